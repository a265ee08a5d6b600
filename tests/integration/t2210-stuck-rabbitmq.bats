#!/usr/bin/env bats
# bats file_tags=soak
#
# The same with RabbitMQ.  It has handed out what a worker may have by then,
# so that no message waits where one can see it: the worker is seen to be deaf.
# What went into the dead connection the broker gives back when it notices.
# `make soak` sets DEAF=all, for threads too.

load lib
load proxy
load rabbit
load stuck

setup_file() {
    begin_file
    rabbit_exists || {
        export SKIP='there is no rabbitmq-server here'
        return 0
    }
    rabbit_start
    proxy_start "$RABBIT_PORT"
    export TOKENS=$SCRATCH/tokens FEED_URL=$RABBIT_URL
    export POOLS="prefork solo${DEAF:+ threads}"
    mkdir "$TOKENS"
    # shellcheck disable=SC2086 # a list
    configure_stuck '' "amqp://guest:guest@127.0.0.1:$PROXY_PORT//" \
        $POOLS off-prefork
}

teardown_file() {
    [ -z "${PROXY-}" ] || proxy_stop
    rabbit_stop
    end_file
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
}

# deaf: it is stuck, which is over in a moment
deaf() {
    run "$LAUNCH" status -v prefork
    [ "$status" -eq 4 ] && [ "${lines[0]}" = 'prefork: running (stuck)' ] &&
        [[ $output = *'its connection to the broker has not answered for '*' s'* ]]
}

@test "workers consume again, unwatched ones do not, and no password shows" {
    "$LAUNCH" start
    pid=$(worker_pid prefork)
    REDIS_URL=$RABBIT_URL send_tasks -q prefork sleep 40 long "$TOKENS"
    feed prefork off-prefork
    # The others have nothing to do when it happens.
    for pool in solo ${DEAF:+threads}; do
        REDIS_URL=$RABBIT_URL send_tasks -q "$pool" sleep 0 "$pool-0" "$TOKENS"
    done
    # shellcheck disable=SC2086
    fall_silent $POOLS off-prefork
    fed
    wait_for deaf
    wait_for state_is prefork running
    # shellcheck disable=SC2086
    feed $POOLS off-prefork
    # shellcheck disable=SC2086
    all_consume_again RabbitMQ $POOLS
    while [ "$(silent_for)" -lt 45 ]; do
        sleep 1
    done
    fails consumes_again off-prefork
    fed
    [ "$(worker_pid prefork)" = "$pid" ]
    wait_for -t 60 grep -qx 'end long' "$TOKENS/tokens"
    [ "$(grep -cx 'begin long' "$TOKENS/tokens")" -eq 1 ]
    cat "$HOME"/.local/state/celery-tmux/*/*/runs/*/health >"$SCRATCH/health"
    grep -q . "$SCRATCH/health"
    fails grep guest:guest "$SCRATCH/health"
}

@test "restart and stop end in mid-silence" {
    proxy_do silence
    [ "$(within 90 "$LAUNCH" restart --stop-timeout=50 prefork)" = \
        'prefork: restarted' ]
    [ "$(within 50 "$LAUNCH" stop --stop-timeout=50 solo)" = 'solo: stopped' ]
    "$LAUNCH" kill --now
    no_leftovers
}
