#!/usr/bin/env bats
#
# A broker that takes connections and answers none keeps no worker from its
# end: what waits for it is freed, and what then waits for it once more is
# ended.

load lib

setup_file() {
    begin_file
    redis_start
    configure_app tasks 'concurrency = 2; stop_timeout = 100;' \
        '{ queue = "a"; }, { queue = "b"; }'
}

@test "stop and restart end a worker whose broker is silent for good" {
    "$LAUNCH" start
    redis=$(redis-cli -u "$REDIS_URL" info server |
        sed -n 's/^process_id:\([0-9]*\).*/\1/p')
    kill -STOP "$redis"
    # Each has sent a heartbeat that is not answered.
    wait_for eval '[ "$(ss -Htn "sport = :$REDIS_PORT" |
        awk "\$2 > 0" | wc -l)" -ge 2 ]'
    "$LAUNCH" stop a >"$SCRATCH/stop" 2>&1 3>&- &
    stopping=$!
    # The next one has no broker to get ready with.
    "$LAUNCH" restart b --preflight=false --no-wait >"$SCRATCH/restart" \
        2>&1 3>&- &
    restarting=$!
    wait_for -t 110 fails is_running "$stopping"
    wait_for -t 110 fails is_running "$restarting"
    kill -CONT "$redis"
    cat "$SCRATCH/stop" "$SCRATCH/restart"
    [ "$(cat "$SCRATCH/stop")" = 'a: stopped' ]
    [ "$(cat "$SCRATCH/restart")" = 'b: restarted' ]
    wait_for state_is b running
}
