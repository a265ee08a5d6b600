#!/usr/bin/env bats
# bats file_tags=sanitized
#
# F2: one call of tmux makes the session, with its history limit in force,
# whatever the user's own configuration of tmux says; of many at once one
# succeeds, and nothing of the user's is changed.

load lib

setup_file() {
    begin_file
    redis_start
    # What people have in there, and what could do harm.
    cat >"$HOME/.tmux.conf" <<'END'
set -g history-limit 1234
set -g base-index 1
set -g renumber-windows on
set -g default-command 'echo this is the default command'
set -g destroy-unattached on
setw -g pane-base-index 1
setw -g remain-on-exit on
setw -g automatic-rename off
END
    # The user's own server, with something of theirs in it.
    tmux start-server \; new-session -d -s mine 'sleep 1020' \; \
        set-option -t mine destroy-unattached off
    # A tmux that counts how often it is called.
    mkdir "$SCRATCH/bin"
    cat >"$SCRATCH/bin/tmux" <<END
#!/bin/sh
echo "\$*" >>'$SCRATCH/calls'
exec $(type -P tmux) "\$@"
END
    chmod +x "$SCRATCH/bin/tmux"
    configure_app tasks \
        'pool = "solo"; mingle = false; tmux_history_limit = 4321;
        autorestart = false;'
}

# What the user has set, and the environment of new sessions.
users_options() {
    tmux show-options -s
    tmux show-options -g
    tmux show-options -gw
    tmux show-environment -g
    tmux show-hooks -g
    tmux show-options -t mine
}

of_session() {
    tmux display-message -p -t "=$1:" "$2"
}

@test "the options of this file are as harmful as they are meant to be" {
    tmux show-options -g destroy-unattached | grep on
    [ "$(of_session mine '#{history_limit} #{window_index}')" = '1234 1' ]
    tmux new-session -d -s lost 'sleep 1021'
    wait_for fails session_exists lost
    session_exists mine
}

@test "one call of tmux makes a session that lasts" {
    users_options >"$SCRATCH/before"
    PATH=$SCRATCH/bin:$PATH "$LAUNCH" start
    [ "$(wc -l <"$SCRATCH/calls")" -eq 1 ]
    grep -q ' new-session .* new-window ' "$SCRATCH/calls"
    users_options | diff "$SCRATCH/before" -

    # The clients of other sessions come and go.
    tmux new-session -d -s lost 'sleep 1022'
    wait_for fails session_exists lost
    state_is celery running
    session_exists celery-celery
    [ "$(task add 2 3)" = 5 ]
}

@test "the worker has the session to itself, and its history limit" {
    [ "$(of_session celery-celery '#{history_limit}')" = 4321 ]
    [ "$(of_session celery-celery '#{session_windows} #{window_panes}')" = '1 1' ]
    [ "$(of_session celery-celery '#{pane_pid}')" = "$(runner_pid celery)" ]
    screen celery-celery >"$SCRATCH/screen"
    [ -s "$SCRATCH/screen" ]
    fails grep -q 'this is the default command' "$SCRATCH/screen"
}

@test "the history limit holds what is printed, beyond tmux's 2000 lines" {
    app_python '
from tasks import app
app.send_task("tasks.say", ["\n".join("line %d." % number
              for number in range(3000))]).get(timeout=30)'
    wait_for eval \
        '[ "$("$LAUNCH" logs -n 3100 | grep -c "^.*line [0-9]*\.$")" -ge 3000 ]'
    screen celery-celery | grep -q 'line 0\.$'
}

@test "a session whose worker ended well is gone, though panes shall remain" {
    runner=$(runner_pid celery)
    kill "$(worker_pid celery)"
    wait_for fails is_running "$runner"
    wait_for fails session_exists celery-celery
    session_exists mine
    [ "$(sessions)" = mine ]

    "$LAUNCH" start
    "$LAUNCH" stop
    [ "$(sessions)" = mine ]
    users_options | diff "$SCRATCH/before" -
}

# The words that start executes, with another program in the place of ours.
raw_words() {
    local line i

    line=$("$LAUNCH" show | grep ' new-session ')
    eval "words=($line)"
    for ((i = 0; i < ${#words[@]}; i++)); do
        if [ "${words[i]}" = run ]; then
            words[i - 1]='sleep'
            words[i]=1023
            unset "words[$((i + 1))]"
            return 0
        fi
    done
    return 1
}

# new_sessions COUNT: at once; their statuses, sorted
new_sessions() {
    local count=$1 go="$SCRATCH/go"

    rm -f "$go" "$SCRATCH/statuses"
    for ((; count > 0; count--)); do
        {
            until [ -e "$go" ]; do sleep 0.01; done
            "${words[@]}" >>"$SCRATCH/said" 2>&1 && echo 0 || echo "$?"
        } 3>&- >>"$SCRATCH/statuses" &
    done
    : >"$go"
    wait
    sort "$SCRATCH/statuses" | uniq -c | tr -s ' \n' ' '
}

@test "of twenty sessions made at once exactly one succeeds" {
    raw_words
    [ "$(new_sessions 20)" = ' 1 0 19 1 ' ]
    [ "$(sort -u "$SCRATCH/said")" = 'duplicate session: celery-celery' ]
    [ "$(sessions)" = $'celery-celery\nmine' ]
    [ "$(of_session celery-celery '#{history_limit}')" = 4321 ]
    wait_for eval '[ "$(pgrep -cf "^sleep 1023")" -eq 1 ]'
}

@test "and so it is when there is no server yet" {
    tmux kill-server
    wait_for fails tmux list-sessions
    raw_words
    [ "$(new_sessions 20)" = ' 1 0 19 1 ' ]
    [ "$(sessions)" = celery-celery ]
    [ "$(of_session celery-celery '#{history_limit}')" = 4321 ]
    end_all
}
