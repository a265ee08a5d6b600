#!/usr/bin/env bats
#
# Nothing lost: `restart` while tasks run and wait.

load lib
load losses

@test "restart loses no task" {
    with tasks
    survive "$LAUNCH" restart
}

@test "restart loses no task that is acknowledged late" {
    with late
    survive "$LAUNCH" restart
}

# StarCluster's plugin did this to restart a worker.
starcluster_restart() {
    tmux kill-session -t celery-celery || true
    tmux new-session -d -s celery-celery "cd '$APP_DIR'; CELERY_BROKER_URL=\
'$REDIS_URL' celery -A tasks worker -Q celery -c 4 --without-mingle"
}

# Nothing waits, and no task has begun or ended for longer than one takes.
is_quiet() {
    local before

    [ "$(redis-cli -p "$REDIS_PORT" LLEN celery)" -eq 0 ] || return 1
    before=$(begun)/$(ended)
    sleep 2
    [ "$before" = "$(begun)/$(ended)" ]
}

@test "for comparison: what StarCluster's way loses" {
    starcluster_restart
    send_all
    for number in $(seq "$ENDS"); do
        wait_for -t 120 has_begun_part "$number"
        starcluster_restart
    done
    wait_for -t 300 is_quiet
    tell "StarCluster's way: $TASKS tasks, $ENDS ends: $(begun) begun," \
        "$(ended) ended, $((TASKS - $(tokens_ended "$NOTES"))) lost," \
        "$(unacknowledged) unacknowledged"
    [ "$(begun)" -gt 0 ]
    "$LAUNCH" kill
    no_leftovers
}
