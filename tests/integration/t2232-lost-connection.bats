#!/usr/bin/env bats
#
# F22: Celery 5.3 to 5.6.2 forgets what runs when its connection is lost.  Any
# Celery is made to do so here.

load lib

setup_file() {
    begin_file
    redis_start
    export TOKENS=$SCRATCH/tokens
    mkdir "$TOKENS"
    configure_app tasks 'concurrency = 2;'
    cat >>"$APP_DIR/tasks.py" <<'END'

from celery.concurrency import asynpool


def forget(pool, flush=asynpool.AsynPool.flush):
    flush(pool)
    pool._cache.clear()
    open("forgotten", "w").close()


asynpool.AsynPool.flush = forget
END
}

busy_are() {
    [ "$(worker_field celery busy)" = "$1" ]
}

@test "a task that outlives its connection is known to end" {
    local pid

    "$LAUNCH" start
    pid=$(worker_pid celery)
    touch "$TOKENS/held"
    send_tasks sleep 0 first "$TOKENS"
    wait_for busy_are 1
    redis-cli -p "$REDIS_PORT" client kill type normal
    wait_for [ -e "$APP_DIR/forgotten" ]
    send_tasks sleep 0 second "$TOKENS"
    rm "$TOKENS/held"
    wait_for all_ended "$TOKENS" 2
    wait_for busy_are 0
    wait_for eval '[ "$(worker_field celery "done")" -eq 2 ]'
    [ "$(worker_pid celery)" = "$pid" ]
    [ "$("$LAUNCH" stop)" = 'celery: stopped' ]
}
