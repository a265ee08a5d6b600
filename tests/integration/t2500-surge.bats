#!/usr/bin/env bats
# bats file_tags=sanitized
#
# surge: the new worker is there before the old one ends.

load lib

setup_file() {
    begin_file
    redis_start
    export NOTES="$SCRATCH/notes"
    mkdir "$NOTES"
    cat >"$APP_DIR/held.py" <<'END'
import os
import time

from tasks import app


@app.task
def hold(path):
    """Run until the file is there."""
    while not os.path.exists(path):
        time.sleep(0.05)
    open(path + ".done", "w").close()
END
}

setup() {
    "$LAUNCH" kill --now >/dev/null 2>&1 || true
    rm -f "$NOTES"/*
    configure_app held 'pool = "solo"; surge = true; preflight = false;'
}

# others: the numbers of the runs that are not current, a line each
others() {
    "$LAUNCH" status --json | jq -r '.others | keys[]'
}

has_one_runner() {
    [ "$(our_processes | grep -c 'celery-tmux-launch run ')" -eq 1 ]
}

# is_busy: the worker has a task
is_busy() {
    [ "$(worker_field celery busy)" = 1 ]
}

# replace NAME: the only process gets a task that ends when $NOTES/NAME is
# there, and is replaced by surge
replace() {
    old=$(worker_pid celery)
    app_python 'import sys; from held import hold; hold.delay(sys.argv[1])' \
        "$NOTES/$1"
    wait_for is_busy
    "$LAUNCH" restart
    new=$(worker_pid celery)
}

@test "a long task goes on while the new worker takes tasks" {
    local old new

    "$LAUNCH" start
    replace first
    [ "$new" != "$old" ]
    is_running "$old" "$new"
    wait_for state_is celery 'running, draining (1)'
    [ "$(sessions | xargs)" = 'celery-celery celery-celery~old' ]
    [ "$(others | wc -l)" -eq 1 ]
    send_tasks sleep 0 new "$NOTES"
    wait_for grep -qx 'end new' "$NOTES/tokens"
    is_running "$old"
    touch "$NOTES/first"
    wait_for fails is_running "$old"
    [ -e "$NOTES/first.done" ]
    wait_for state_is celery running
    wait_for fails session_exists celery-celery~old
    [ "$(worker_pid celery)" = "$new" ]
    run "$LAUNCH" status -v
    [[ $output = *'ended with status 0, asked by restart'* ]]
}

@test "logs and attach mean the new one, with --draining the old" {
    local old new

    "$LAUNCH" start
    send_tasks say older
    wait_for eval '"$LAUNCH" logs | grep -q older'
    replace first
    send_tasks say newer
    wait_for eval '"$LAUNCH" logs | grep -q newer'
    run "$LAUNCH" logs
    [[ $output != *older* ]]
    run "$LAUNCH" logs --draining
    echo "$output"
    [[ $output = *older* && $output != *newer* ]]
    "$LAUNCH" kill --now
    run "$LAUNCH" logs --draining
    [ "$status" -eq 3 ]
    [[ $output = *'no old worker of celery drains; leave --draining out'* ]]
}

@test "stop waits for both, kill ends both" {
    local old new

    "$LAUNCH" start
    replace first
    "$LAUNCH" stop >"$SCRATCH/said" &
    # The new one, which is free, may have ended by now.
    wait_for eval '"$LAUNCH" status |
        grep -Eq "(draining|stopped), draining \(1\)"'
    is_running "$old"
    touch "$NOTES/first"
    wait $!
    [ "$(cat "$SCRATCH/said")" = 'celery: stopped' ]
    [ -e "$NOTES/first.done" ]
    # The old one's runner has called a successor, which finds nothing to do.
    wait_for no_leftovers
    "$LAUNCH" start
    replace second
    run "$LAUNCH" kill --dry-run
    [[ $output = *" $old "* || $output = *"$old"* ]]
    [[ $output = *"$new"* ]]
    run "$LAUNCH" kill --now
    [ "$status $output" = '0 celery: killed' ]
    wait_for no_leftovers
    [ -z "$(sessions)" ]
}

# is_another PID: the worker runs, and its MainProcess is not that one
is_another() {
    "$LAUNCH" status --json | jq -e --argjson old "$1" '.state == "running"
        and .mainprocess != null and .mainprocess != $old'
}

@test "the tmux server is killed: the tasks go on, and so does the queue" {
    local old new

    "$LAUNCH" start
    replace first
    kill -KILL "$(tmux display-message -p '#{pid}')"
    # Until the next is there this one takes tasks.
    [ "$(task add 1 2)" = 3 ]
    wait_for -t 90 is_another "$new"
    [ "$(task add 2 3)" = 5 ]
    session_exists celery-celery
    wait_for state_is celery 'running, draining (1)'
    is_running "$old"
    touch "$NOTES/first"
    wait_for state_is celery running
    [ -e "$NOTES/first.done" ]
    fails is_running "$old"
    "$LAUNCH" kill
    no_leftovers
}

@test "not more than surge_max drain, and another surge beside them" {
    local old new first

    "$LAUNCH" start
    replace first
    first=$old
    run "$LAUNCH" restart --surge-max=1
    [ "$status" -eq 75 ]
    [[ $output = *'1 old worker of it still drains; try again later, or raise surge_max' ]]
    replace second
    wait_for state_is celery 'running, draining (2)'
    is_running "$first" "$new"
    run "$LAUNCH" restart
    [ "$status" -eq 75 ]
    [[ $output = *'2 old workers of it still drain'*'raise surge_max'* ]]
    "$LAUNCH" kill --now
    wait_for no_leftovers
}

@test "a new one that cannot start leaves the old one as it was" {
    local old app

    "$LAUNCH" start
    old=$(worker_pid celery)
    for app in nothing leaves; do
        echo 'import sys; sys.exit(3)' >"$APP_DIR/leaves.py"
        run "$LAUNCH" restart --app="$app"
        echo "$output"
        [ "$status" -eq 69 ]
        [[ $output = *'celery: was not restarted; the old one goes on'* ]]
        is_running "$old"
        [ "$(sessions)" = celery-celery ]
        [ -z "$(others)" ]
    done
    [[ $("$LAUNCH" status) = 'celery: running' ]]
    [ "$(task add 1 2)" = 3 ]
    # One that never gets ready.
    run "$LAUNCH" restart --start_timeout=3 --broker=redis://127.0.0.1:1/0
    echo "$output"
    [ "$status" -eq 69 ]
    is_running "$old"
    [ "$(sessions)" = celery-celery ]
    [ "$(worker_pid celery)" = "$old" ]
    wait_for has_one_runner
}

@test "what two workers cannot have is not had twice" {
    local old

    configure_app held 'pool = "solo"; preflight = false;
        extra_args = ("--statedb='"$SCRATCH"'/state");'
    "$LAUNCH" start
    old=$(worker_pid celery)
    run "$LAUNCH" restart --surge
    [ "$status" -eq 69 ]
    [[ $output = *'--statedb='*'at the same time'* ]]
    is_running "$old"
    configure_app held 'pool = "solo"; preflight = false; surge = true;
        extra_args = ("--statedb='"$SCRATCH"'/state");'
    run "$LAUNCH" restart
    [ "$status" -eq 0 ]
    [[ $output = *'restarting without surge'*'celery: restarted' ]]
    fails is_running "$old"
}

# five_and_a_holder LOCK: have it open
five_and_a_holder() {
    [ "$(find /proc/[0-9]*/fd -lname "$1" 2>/dev/null |
        cut -d / -f 3 | sort -u | wc -l)" -ge 6 ]
}

@test "many at once begin one" {
    local old i lock holder

    "$LAUNCH" start
    old=$(worker_pid celery)
    # One that comes when another has begun wants one that begins later.
    lock=$(find "$HOME/.local" -name lock -path '*/celery-celery/*')
    flock --no-fork "$lock" sleep 1000 3>&- &
    holder=$!
    wait_for fails flock --nonblock "$lock" true
    for i in 1 2 3 4 5; do
        "$LAUNCH" restart >"$SCRATCH/said.$i" 2>&1 &
    done
    wait_for five_and_a_holder "$lock"
    kill "$holder"
    wait
    cat "$SCRATCH"/said.*
    [ "$(cat "$SCRATCH"/said.* | grep -cx 'celery: restarted')" -eq 5 ]
    wait_for fails is_running "$old"
    wait_for state_is celery running
    wait_for has_one_runner
}
