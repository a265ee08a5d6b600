#!/usr/bin/env bats
# bats file_tags=sanitized
#
# The shortest way through: a worker is started, seen, used and ended.

load lib

setup_file() {
    begin_file
    redis_start
    configure_app tasks 'concurrency = 2; kill_existing = false;'
}

@test "nothing runs before the first start" {
    run "$LAUNCH" status
    [ "$status" -eq 3 ]
    [ "$output" = 'celery: stopped' ]
    [ -z "$(sessions)" ]
}

@test "start returns when the worker is ready, in a session of its name" {
    run "$LAUNCH" start
    [ "$status" -eq 0 ]
    [ "$output" = 'celery: started' ]
    [ "$(sessions)" = celery-celery ]
    # Celery prints it when it has told everybody else.
    wait_for eval "screen celery-celery | grep -q 'celery@.* ready\.$'"

    run "$LAUNCH" status
    [ "$status" -eq 0 ]
    [ "$output" = 'celery: running' ]
}

@test "the worker does tasks, and its MainProcess is the one in status" {
    [ "$(task add 2 3)" = 5 ]
    [ "$(task main_pid)" = "$(worker_pid celery)" ]
    is_running "$(worker_pid celery)" "$(runner_pid celery)"
}

@test "a second start changes nothing when kill_existing is off" {
    first=$(worker_pid celery)
    run "$LAUNCH" start
    [ "$status" -eq 0 ]
    [ "$output" = 'celery: already running' ]
    [ "$(worker_pid celery)" = "$first" ]
}

@test "logs shows what the worker printed last" {
    task say 'a line that nobody else prints'
    wait_for eval \
        '"$LAUNCH" logs -n 20 | grep -q "a line that nobody else prints"'
}

@test "kill ends the worker and all that its tasks left behind" {
    for kind in child nohup setsid double_fork stubborn bare; do
        left+=("$(task leave "$kind")")
    done
    is_running "${left[@]}"

    run "$LAUNCH" kill
    [ "$status" -eq 0 ]
    [ "$output" = 'celery: killed' ]
    no_leftovers
    for pid in "${left[@]}"; do
        fails is_running "$pid"
    done
    [ -z "$(sessions)" ]
}

@test "to kill what does not run is no failure" {
    run "$LAUNCH" kill
    [ "$status" -eq 0 ]
    [ "$output" = 'celery: not running' ]
}
