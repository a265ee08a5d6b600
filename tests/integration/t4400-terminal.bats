#!/usr/bin/env bats
#
# The worker's own terminal: whatever happens to the pane, tasks go on.

load lib

setup_file() {
    begin_file
    redis_start
    cat >"$APP_DIR/loud.py" <<'END'
import os
from tasks import app

@app.task
def shout(megabytes):
    line = b"x" * 99 + b"\n"
    for _ in range(megabytes):
        _all(line * 10486)

def _all(block):
    while block:
        block = block[os.write(1, block):]

@app.task
def size():
    return tuple(os.get_terminal_size(1))
END
    configure_app loud 'concurrency = 2; mingle = false; stop_timeout = 30;'
    "$LAUNCH" start
}

# app_task SECONDS NAME [NUMBER]: its result, in time
app_task() {
    app_python '
import sys, loud
print(loud.app.tasks["loud." + sys.argv[2]].delay(*map(int, sys.argv[3:])).get(
    timeout=float(sys.argv[1])))' "$@"
}

tasks_work() {
    [ "$(task -t 10 add 2 3)" = 5 ]
}

@test "^S in the pane stops nothing" {
    tmux send-keys -t =celery-celery: C-s
    app_task 20 shout 2
    tasks_work
    tmux send-keys -t =celery-celery: C-q 'typed text' Enter
    tasks_work
}

@test "a copy mode that is left open stops nothing" {
    tmux copy-mode -t =celery-celery:
    app_task 20 shout 2
    tasks_work
    tmux send-keys -t =celery-celery: -X cancel
}

@test "a window of 1 by 1 stops nothing, and the size is handed on" {
    ! tmux_is_before 2.9 || skip "before 2.9 tmux resizes no window by itself"
    [[ $(tmux -V) != 'tmux 3.0'* ]] ||
        skip "3.0 tells no program of a new size while nobody is attached"
    tmux set-option -w -t =celery-celery: window-size manual
    tmux resize-window -t =celery-celery: -x 1 -y 1
    app_task 30 shout 1
    tasks_work
    tmux resize-window -t =celery-celery: -x 123 -y 45
    wait_for eval '[ "$(app_task 10 size)" = "[123, 45]" ]'
}

@test "200 MB that a task prints do not keep the other tasks waiting" {
    app_python 'import loud; loud.shout.delay(200)'
    tasks_work
    tasks_work
    app_task 100 shout 1
}

@test "a tmux server that does not read blocks nobody, and what was dropped is said" {
    server=$(tmux display-message -p -t =celery-celery: '#{pid}')
    kill -STOP "$server"
    app_task 30 shout 30
    tasks_work
    kill -CONT "$server"
    wait_for eval 'tmux capture-pane -p -J -S - -t =celery-celery: |
        grep -q "dropped [0-9]* bytes here"'
    "$LAUNCH" restart
    "$LAUNCH" status -v | grep -q 'bytes of output not shown'
}

@test "^C typed into the session ends nothing, and the pane says what does" {
    "$LAUNCH" start
    main=$(worker_pid celery)
    mkdir -p "$SCRATCH/notes"
    send_tasks sleep 2 last "$SCRATCH/notes"
    wait_for grep -q 'begin last' "$SCRATCH/notes/tokens"
    for _ in 1 2 3 4 5; do
        tmux send-keys -t =celery-celery: C-c
    done
    wait_for eval 'screen celery-celery | grep -qF "[celery-tmux-launch: ^C does not end this worker: celery-tmux-launch stop celery does, and C-b d detaches]"'
    wait_for grep -q 'end last' "$SCRATCH/notes/tokens"
    tasks_work
    [ "$(worker_pid celery)" = "$main" ]
    [ "$("$LAUNCH" status)" = 'celery: running' ]
    [ "$(screen celery-celery | grep -c 'does not end this worker')" -le 2 ]
    [ "$("$LAUNCH" stop)" = 'celery: stopped' ]
    no_leftovers
}

@test "a closed session asks for one warm stop" {
    "$LAUNCH" start
    mkdir -p "$SCRATCH/closed"
    send_tasks sleep 2 last "$SCRATCH/closed"
    wait_for grep -q 'begin last' "$SCRATCH/closed/tokens"
    tmux kill-session -t =celery-celery:
    wait_for eval '[ "$("$LAUNCH" status)" = "celery: stopped" ]'
    grep -q 'end last' "$SCRATCH/closed/tokens"
    "$LAUNCH" status -v | grep -q 'asked by closing its session'
    wait_for no_leftovers
}
