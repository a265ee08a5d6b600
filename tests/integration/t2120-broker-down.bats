#!/usr/bin/env bats
#
# F12: a broker that is down ends no worker.  Start says so and does not wait
# for ever; the worker goes on by itself; kill ends it at once.  And a pane
# that is dead does not stand in the way of the next run.

load lib

setup_file() {
    begin_file
    redis_start
    redis_stop
    configure_app tasks 'pool = "solo"; mingle = false; start_timeout = 3;
        autorestart = false;'
}

cannot_connect() {
    "$LAUNCH" logs | grep -q 'Cannot connect to redis'
}

lost_connection() {
    screen celery-celery | grep -q -i 'connection to broker lost'
}

@test "start gives up after start_timeout, and the worker does not" {
    run within 20 "$LAUNCH" start
    [ "$status" -eq 75 ]
    [[ $output = *'celery: still starting after 3 s'* ]]
    run "$LAUNCH" status
    [ "$status" -eq 75 ]
    [ "$output" = 'celery: starting' ]
    wait_for cannot_connect
}

@test "a second start joins it, and shows what it complains of" {
    first=$(worker_pid celery)
    run within 20 "$LAUNCH" start --kill-existing=false
    [ "$status" -eq 75 ]
    [[ $output = *'still starting after 3 s'*'Cannot connect to redis'* ]]
    [ "$(worker_pid celery)" = "$first" ]
    state_is celery starting
}

@test "several wait for their broker at the same time" {
    # Where workers are configured a queue must be one of theirs.
    (umask 077 && sed '/^workers/,/^);/d' \
        "$HOME/.config/celery-tmux/celery-tmux.conf" >"$SCRATCH/none.conf")
    run within 30 "$LAUNCH" -c "$SCRATCH/none.conf" start --start-timeout=5 \
        -q one -q two -q three -q four
    echo "$output"
    [ "$status" -eq 75 ]
    [ "$(grep -c 'still starting after 5 s' <<<"$output")" -eq 4 ]
    "$LAUNCH" kill --now -q one -q two -q three -q four
    [ "$(sessions)" = celery-celery ]
}

@test "the worker is running by itself when the broker comes" {
    first=$(worker_pid celery)
    redis_start
    wait_for -t 45 state_is celery running
    [ "$(worker_pid celery)" = "$first" ]
    [ "$(task add 2 3)" = 5 ]
}

@test "a broker lost later ends no worker either" {
    first=$(worker_pid celery)
    redis_stop
    wait_for lost_connection
    run "$LAUNCH" status
    [ "$status" -eq 0 ]
    [ "$output" = 'celery: running' ]
    redis_start
    [ "$(task -t 45 add 2 3)" = 5 ]
    [ "$(worker_pid celery)" = "$first" ]
}

@test "kill ends at once what still waits for its broker, start says so" {
    "$LAUNCH" kill
    redis_stop
    "$LAUNCH" start --start-timeout=60 >"$SCRATCH/said" 2>&1 3>&- &
    starting=$!
    wait_for cannot_connect
    [ "$(within 15 "$LAUNCH" kill)" = 'celery: killed' ]
    status=0
    within 15 wait "$starting" || status=$?
    [ "$status" -eq 69 ]
    grep -q 'celery: did not start: kill ended it in the meantime' "$SCRATCH/said"
    no_leftovers
    [ -z "$(sessions)" ]
}

@test "five restarts in a row find no dead pane in their way" {
    redis_start
    "$LAUNCH" start --start-timeout=60
    for _ in 1 2 3 4 5; do
        before=$(worker_pid celery)
        [ "$("$LAUNCH" restart --start-timeout=60)" = 'celery: restarted' ]
        [ "$(worker_pid celery)" != "$before" ]
        [ "$(sessions)" = celery-celery ]
    done
}

@test "nor do starts after a worker that was killed and one that failed" {
    for _ in 1 2; do
        runner=$(runner_pid celery)
        kill -KILL "$(worker_pid celery)"
        wait_for fails is_running "$runner"
        # At once, whether tmux has noticed or not.
        [ "$("$LAUNCH" start --start-timeout=60)" = 'celery: started' ]
    done
    run "$LAUNCH" start --app=broken --preflight=false --start-timeout=60
    [ "$status" -eq 69 ]
    [ "$("$LAUNCH" start --start-timeout=60)" = 'celery: started' ]
    [ "$(task add 2 3)" = 5 ]
}
