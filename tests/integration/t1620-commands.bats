#!/usr/bin/env bats
# bats file_tags=sanitized
#
# The text of a setting's command is in no process's words while it runs, and
# in the environment of nothing that it starts.

load lib

setup() {
    configure <<CONF
defaults = { app = "tasks"; worker_dir = "$APP_DIR"; delete_pyc_files = false; };
workers = ( { queue = "celery"; } );
CONF
    WORD=secret$SRANDOM
    # Looks about while it runs, itself a file so that it has no such word.
    cat >"$SCRATCH/look" <<LOOK
#!/bin/bash
grep -l -a -F -f "$SCRATCH/word" /proc/[0-9]*/cmdline >"$SCRATCH/found"
env >"$SCRATCH/env"
readlink /proc/self/fd/0 >"$SCRATCH/input"
LOOK
    chmod +x "$SCRATCH/look"
    echo "$WORD" >"$SCRATCH/word"
}

no_word_was_seen() {
    [ -e "$SCRATCH/env" ]
    [ ! -s "$SCRATCH/found" ]
    fails grep -q -F -f "$SCRATCH/word" "$SCRATCH/env"
    fails grep -q CELERY_TMUX_COMMAND "$SCRATCH/env"
    [ "$(cat "$SCRATCH/input")" = /dev/null ]
    rm "$SCRATCH/found" "$SCRATCH/env"
}

# setting KEY COMMAND: in the file, for a call's own words have it
setting() {
    configure <<CONF
defaults = { app = "tasks"; worker_dir = "$APP_DIR"; delete_pyc_files = false;
             start_timeout = 20; git_sync_dir = "$SCRATCH"; git_pull_cmd = "";
             git_submodule_update_cmd = ""; };
workers = ( { queue = "celery"; $1 = "$2"; } );
CONF
}

@test "sync's commands" {
    for key in git_pull_cmd git_submodule_update_cmd master_setup_cmd; do
        git init -q "$SCRATCH" 2>/dev/null
        setting "$key" "X=$WORD; '$SCRATCH/look'; true"
        "$LAUNCH" sync
        no_word_was_seen
    done
}

@test "worker_setup_cmd" {
    setting worker_setup_cmd "X=$WORD; '$SCRATCH/look'; exit 3"
    run "$LAUNCH" start
    [ "$status" -eq 69 ]
    no_word_was_seen
}

@test "root_setup_cmd" {
    [ "$(id -u)" -eq 0 ] || skip "only root runs it without sudo"
    setting root_setup_cmd "X=$WORD; '$SCRATCH/look'; exit 3"
    run "$LAUNCH" start
    [ "$status" -eq 69 ]
    no_word_was_seen
}

# same_result STATUS OUTPUT COMMAND: as sh -c would
same_result() {
    run "$LAUNCH" sync --master-setup-cmd="$3"
    [[ $output = *"$2"* ]]
    if [ "$1" -eq 0 ]; then
        [ "$status" -eq 0 ]
    else
        [[ $output = *"ended with status $1;"* ]]
    fi
}

@test "it is run as -c would run it" {
    same_result 0 'two 0' $'cat <<E\ntwo $#\nE'
    same_result 0 commented 'echo commented # and no more'
    same_result 7 '' 'exit 7'
    same_result 1 before 'set -e; echo before; false; echo after'
    same_result 137 '' 'kill -KILL $$'
    same_result 127 'nosuch' 'nosuch-command'
    same_result 2 'yntax error' 'if'
}
