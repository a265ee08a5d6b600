#!/usr/bin/env bats
# bats file_tags=long,soak
#
# F19: after a broker that restarts thrice in a row a worker may be connected
# and consume nothing.  RESTARTS says how often that is done; every worker
# consumes afterwards, and none is restarted for it.

load lib

setup_file() {
    begin_file
    redis_start
    export TOKENS=$SCRATCH/tokens
    mkdir "$TOKENS"
    configure_app tasks "start_timeout = 90; concurrency = 1;
        result_backend = \"file://$SCRATCH\";" - <<END
{ queue = "q0"; }, { queue = "q1"; }, { queue = "q2"; pool = "solo"; },
{ queue = "q3"; pool = "solo"; }, { queue = "q4"; pool = "threads"; }
END
}

ended() {
    grep -qx "end $1" "$TOKENS/tokens"
}

@test "every worker consumes after three quick restarts of its broker" {
    local round queue pids worst=0 took

    "$LAUNCH" start
    pids=$("$LAUNCH" status --json | jq .mainprocess | xargs)
    for ((round = 1; round <= ${RESTARTS:-1}; round++)); do
        for _ in 1 2 3; do
            redis_stop
            redis_start
            sleep 0.$((RANDOM % 9))
        done
        began=$SECONDS
        for queue in q0 q1 q2 q3 q4; do
            send_tasks -q "$queue" sleep 0 "$queue-$round" "$TOKENS"
        done
        for queue in q0 q1 q2 q3 q4; do
            wait_for -t 90 ended "$queue-$round"
        done
        took=$((SECONDS - began))
        [ "$took" -lt "$worst" ] || worst=$took
    done
    [ "$("$LAUNCH" status --json | jq .mainprocess | xargs)" = "$pids" ]
    tell "after three restarts of redis, ${RESTARTS:-1} times:" \
        "all consume after $worst s at the most, healed" \
        "$("$LAUNCH" status --json | jq -s 'map(.healed) | add') times"
    "$LAUNCH" kill --now
}
