#!/usr/bin/env bats
#
# F19: a connection that dies silently leaves Celery waiting for ever.  Seen
# from inside, said by status and tend, and healed, while tasks run on; who is
# not watched over never consumes again.

load lib
load proxy
load stuck

setup_file() {
    begin_file
    redis_start
    proxy_start "$REDIS_PORT"
    export TOKENS=$SCRATCH/tokens FEED_URL=$REDIS_URL
    mkdir "$TOKENS"
    configure_stuck '' "redis://127.0.0.1:$PROXY_PORT/0" \
        prefork solo threads off-prefork off-solo off-threads
}

teardown_file() {
    proxy_stop
    end_file
}

@test "workers consume again, and it is said; unwatched ones do not" {
    "$LAUNCH" start
    pid=$(worker_pid prefork)
    send_tasks -q prefork sleep 40 long "$TOKENS"
    feed prefork solo threads off-prefork off-solo off-threads
    fall_silent prefork solo threads off-prefork off-solo off-threads
    [ -z "$("$LAUNCH" tend)" ]
    # It heals itself within two seconds, and all these are to see it.
    wait_for grep -q '^trouble [0-9]* idle$' "$(run_of \
        "$HOME/.local/state/celery-tmux/$(uname -n)/celery-prefork")/health"
    kill -STOP "$pid"
    state_is prefork 'running (stuck)'
    run "$LAUNCH" status -v prefork
    echo "$output"
    [ "$status" -eq 4 ]
    [[ $output = *'    idle beside '*' for '* ]]
    [[ $output = *'    1 of 2 busy; '*' done, 0 failed; '* ]]
    "$LAUNCH" status --json prefork | tee "$SCRATCH/json"
    jq -e '.stuck == true and .state == "running" and .processes == 2
        and .busy == 1 and .waiting > 0 and .failed == 0 and .done > 0
        and (.trouble | startswith("idle beside ")) and .last_task != null' \
        "$SCRATCH/json"
    "$LAUNCH" tend >"$SCRATCH/tended"
    grep -q '^prefork: stuck (idle beside .* for .*)$' "$SCRATCH/tended"
    fails grep '^off-' "$SCRATCH/tended"
    kill -CONT "$pid"
    all_consume_again redis prefork solo threads
    wait_for state_is prefork running
    "$LAUNCH" tend >>"$SCRATCH/tended"
    "$LAUNCH" tend >>"$SCRATCH/tended"
    [ "$(grep -c '^prefork: stuck' "$SCRATCH/tended")" -eq 1 ]
    [ "$(grep -c '^prefork: takes tasks again$' "$SCRATCH/tended")" -eq 1 ]
    [ "$(worker_field prefork healed)" -ge 1 ]
    [ "$(worker_pid prefork)" = "$pid" ]
    # Nobody heals these.
    while [ "$(silent_for)" -lt 45 ]; do
        sleep 1
    done
    for queue in off-prefork off-solo off-threads; do
        fails consumes_again "$queue"
        state_is "$queue" running
        [ "$(worker_field "$queue" busy)" = null ]
    done
    fed
    wait_for -t 60 grep -qx 'end long' "$TOKENS/tokens"
    [ "$(grep -cx 'begin long' "$TOKENS/tokens")" -eq 1 ]
    "$LAUNCH" kill --now off-prefork off-solo off-threads
}

@test "restart and stop end in mid-silence" {
    proxy_do silence
    "$LAUNCH" restart --stop-timeout=40 prefork >"$SCRATCH/restarted" 2>&1 \
        3>&- &
    restarting=$!
    run within 40 "$LAUNCH" stop --stop-timeout=40 solo threads
    echo "$output"
    [ "$status" -eq 0 ]
    within 90 wait "$restarting"
    [ "$(cat "$SCRATCH/restarted")" = 'prefork: restarted' ]
    proxy_do silence
    # By now its loop waits for an answer.
    sleep 11
    [ "$(within 40 "$LAUNCH" stop --stop-timeout=40 prefork)" = \
        'prefork: stopped' ]
    no_leftovers
}
