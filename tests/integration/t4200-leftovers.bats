#!/usr/bin/env bats
# bats file_tags=soak
#
# Nothing left: whatever tasks leave behind, after `kill` no process of the
# worker is there, within stop_timeout and five seconds.
#
# ROUNDS makes it longer; `make soak` takes 200.

load lib
load leftovers

setup_file() {
    begin_file
    redis_start
    export ROUNDS=${ROUNDS:-8}
}

# with [SETTING]...
with() {
    configure_app tasks \
        "concurrency = 2; mingle = false; stop_timeout = 10; $*"
}

leave_all() {
    app_python '
import sys, tasks
for kind in sys.argv[1:]:
    tasks.leave.delay(kind)' "$@"
}

# Processes below the runner other than Celery's own: what tasks have left.
left_behind() {
    [ "$(descendants "$(runner_pid celery)" | wc -l)" -gt 4 ]
}

@test "kill leaves nothing of ten kinds of children, in mixed order, again and again" {
    with
    for round in $(seq "$ROUNDS"); do
        "$LAUNCH" start
        # shellcheck disable=SC2046,SC2086 # words
        leave_all $(shuf -e $KINDS --random-source=<(yes "$round") | head -5)
        wait_for left_behind
        clean_after "$LAUNCH" kill
    done
    tell "$ROUNDS rounds of five of ten kinds of leftovers: nothing left"
}

@test "a storm of forks alone is ended as well" {
    with
    "$LAUNCH" start
    send_tasks leave storm
    send_tasks leave storm
    [ "$(task add 1 2)" = 3 ]
    clean_after "$LAUNCH" kill
}

@test "stop leaves nothing either, nor does kill --now with a task under way" {
    with
    "$LAUNCH" start
    for kind in setsid bare refork stopped; do
        task leave "$kind" >/dev/null
    done
    clean_after "$LAUNCH" stop
    "$LAUNCH" start
    task leave stubborn >/dev/null
    mkdir -p "$SCRATCH/notes"
    send_tasks sleep 100 long "$SCRATCH/notes"
    wait_for grep -q 'begin long' "$SCRATCH/notes/tokens"
    clean_after "$LAUNCH" kill --now
}

@test "kill ends what is left when the runner was killed" {
    with
    "$LAUNCH" start
    for kind in setsid double_fork stubborn; do
        task leave "$kind" >/dev/null
    done
    kill -KILL "$(runner_pid celery)"
    wait_for eval '[ -z "$(sessions)" ] || "$LAUNCH" status | grep -q .'
    clean_after "$LAUNCH" kill
}

@test "kill ends a worker whose tmux server was killed meanwhile" {
    with
    "$LAUNCH" start
    task leave setsid >/dev/null
    kill -KILL "$(tmux display-message -p -t =celery-celery: '#{pid}')"
    "$LAUNCH" kill
    # The runner may have asked for a successor before it heard of kill; that
    # finds that nothing is wanted.
    wait_for no_leftovers
    [ -z "$(sessions)" ]
}

@test "after a reboot, or when a pid was given away, nobody else is hit" {
    with 'pool = "solo";'
    "$LAUNCH" start
    run=$(run_of "$HOME"/.local/state/celery-tmux/*/celery-celery)/run
    "$LAUNCH" kill
    sleep 1000 3>&- &
    bystander=$!
    # A record of another boot, and one with a start time that is not his.
    sed -i -e 's/^state .*/state running/' -e 's/^boot .*/boot another/' \
        -e "s/^runner .*/runner $bystander 1/" \
        -e "s/^mainprocess .*/mainprocess $bystander 1/" -e '/^# sum/d' "$run"
    [ "$("$LAUNCH" kill)" = 'celery: not running' ]
    # A record of now, as it was not changed by that.
    sed -i -e "s/^boot .*/boot $(cat /proc/sys/kernel/random/boot_id)/" \
        -e 's/^state .*/state running/' -e '/^# sum/d' "$run"
    [ "$("$LAUNCH" kill)" = 'celery: not running' ]
    is_running "$bystander"
    kill "$bystander"
}

@test "kill --dry-run lists every process that would end" {
    with 'pool = "solo";'
    "$LAUNCH" start
    pid=$(task leave setsid)
    run "$LAUNCH" kill --dry-run
    [[ $output = *"    $pid (left-behind 1000)"* ]]
    is_running "$pid"
    clean_after "$LAUNCH" kill
}
