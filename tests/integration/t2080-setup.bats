#!/usr/bin/env bats
# bats file_tags=sanitized
#
# F8: worker_setup_cmd runs in one shell that becomes Celery: it may prepare
# whatever a shell can, and no shell stays between.  When it fails, so does
# the start.

load lib

setup_file() {
    begin_file
    redis_start
    "$PYTHON" -m venv --without-pip --system-site-packages "$HOME/venv"
    # A script of pip's would name this Python in its first line, where no
    # blank may be.
    printf '#!/bin/sh\nexec "%s/venv/bin/python" -m celery "$@"\n' "$HOME" \
        >"$HOME/venv/bin/celery"
    chmod +x "$HOME/venv/bin/celery"
    configure_app tasks 'pool = "solo"; mingle = false;'
}

# start_with SETUP [OPTION]...
start_with() {
    run within 40 "$LAUNCH" start --worker-setup-cmd="$1" "${@:2}"
}

in_worker() {
    "$PYTHON" -c '
import json, sys
print(json.load(open(sys.argv[1])).get(sys.argv[2]))' "$SCRATCH/$1" "$2"
}

@test "setup activates, exports, changes directory and arguments, runs once" {
    start_with '
        echo "$$" >>setup-ran
        . ./venv/bin/activate
        export FROM_SETUP="two  words"
        LATE=not-exported
        set -- --purge "$@"
        alias exec=false
        umask 027
        cd /'
    [ "$status" -eq 0 ]
    [ "$output" = 'celery: started' ]
    [ "$(cat "$HOME/setup-ran")" = "$(worker_pid celery)" ]

    task env >"$SCRATCH/env"
    [ "$(in_worker env FROM_SETUP)" = 'two  words' ]
    [ "$(in_worker env VIRTUAL_ENV)" = "$HOME/venv" ]
    [ "$(in_worker env LATE)" = None ]
    [[ $(in_worker env PATH) = "$HOME/venv/bin:"* ]]
    task surroundings >"$SCRATCH/surroundings"
    [ "$(in_worker surroundings cwd)" = "$APP_DIR" ]
    [ "$(in_worker surroundings umask)" = 0027 ]
}

@test "it was the environment's Celery, with the words that show promises" {
    task argv >"$SCRATCH/argv"
    "$LAUNCH" show | sed -n 's/^exec celery //p' >"$SCRATCH/shown"
    "$PYTHON" -c '
import json, shlex, sys
words = json.load(open(sys.argv[1]))
assert words[0] == sys.argv[3] + "/venv/bin/python", words
shown = shlex.split(open(sys.argv[2]).read())
assert shown and words[-len(shown):] == shown, (words, shown)
' "$SCRATCH/argv" "$SCRATCH/shown" "$HOME"
}

@test "no shell stays: the pane has the runner, the runner has Celery" {
    runner=$(tmux display-message -p -t =celery-celery: '#{pane_pid}')
    [ "$runner" = "$(runner_pid celery)" ]
    [ "$(descendants "$runner")" = "$(worker_pid celery)" ]
    [ "$(task pid)" = "$(worker_pid celery)" ]
}

@test "stop behind a setup command loses no task" {
    mkdir "$SCRATCH/notes"
    send_tasks sleep 2 long "$SCRATCH/notes"
    wait_for grep -q begin "$SCRATCH/notes/tokens"
    "$LAUNCH" stop
    all_ended "$SCRATCH/notes" 1
}

# failed_with STATUS WORDS: the start did, and says so in the screen's words
failed_with() {
    [ "$status" -eq 69 ]
    [[ $output = *"celery: did not start: worker_setup_cmd ended with \
status $1"*"$2"* ]]
    run "$LAUNCH" status
    [ "$status" -eq 4 ]
    [ "$output" = 'celery: dead' ]
    wait_for no_leftovers
}

@test "a setup command that fails is a failed start" {
    start_with 'echo "the licence server is down" >&2; false'
    failed_with 1 'the licence server is down'
}

@test "so is one that exits, with whatever status" {
    start_with 'echo "too early"; exit 0'
    [ "$status" -eq 69 ]
    [[ $output = *"worker_setup_cmd "*"    too early"* ]]
    start_with 'echo "enough"; exit 7; sleep 1080'
    failed_with 7 'enough'
}

@test "so is one that is no shell command" {
    start_with 'if then'
    [ "$status" -eq 69 ]
    [[ $output = *'worker_setup_cmd ended with status '*'syntax error'* ]]
    start_with 'a-command-that-nobody-has'
    failed_with 127 ''
    [[ $("$LAUNCH" logs) = *'a-command-that-nobody-has: command not found'* ]]
}

@test "what a failed setup command left in the background is ended" {
    start_with 'nohup setsid sleep 1081 & echo "started it"; exit 3'
    failed_with 3 'started it'
    fails pgrep -f '^sleep 1081'
}

@test "after failures the next start works" {
    start_with 'true'
    [ "$status" -eq 0 ]
    [ "$output" = 'celery: started' ]
    [ "$("$LAUNCH" kill)" = 'celery: killed' ]
}

@test "a worker_dir that is not there is no failure of the setup command" {
    run "$LAUNCH" start --worker-setup-cmd=true --worker-dir="$SCRATCH/gone"
    [ "$status" -eq 69 ]
    [[ $output = *'did not start: it ended with status 69'* ]]
    [[ $output = *"cannot work in worker_dir"* ]]
    "$LAUNCH" kill
    [ -z "$(sessions)" ]
}

@test "a setup command may ask the shell to end it at a failing step" {
    for shell in /bin/bash /bin/dash; do
        start_with "set -e; false; true" --shell="$shell"
        [ "$status" -eq 69 ]
        [[ $output = *'worker_setup_cmd ended with status 1'* ]]
        start_with "set -e; IFS=0; true" --shell="$shell"
        [ "$status" -eq 0 ]
        "$LAUNCH" kill
    done
}
