#!/usr/bin/env bats
#
# The same with RabbitMQ, Celery's usual broker: tasks outlive a restart of
# the worker, and nothing is left of it after a kill; nor is a task cut off
# that it takes before Celery says that it is ready.

load lib
load rabbit

setup_file() {
    begin_file
    rabbit_exists || {
        export SKIP='there is no rabbitmq-server here'
        return 0
    }
    rabbit_start
    configure <<END
defaults = {
    app = "tasks"; worker_dir = "$APP_DIR"; broker = "$RABBIT_URL";
    result_backend = "rpc://"; concurrency = 2; stop_timeout = 20;
    start_timeout = 60;
};
workers = ( { queue = "celery"; } );
END
}

teardown_file() {
    rabbit_stop
    end_file
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
}

@test "20 tasks survive a restart in their midst, and none is lost" {
    export REDIS_URL=$RABBIT_URL
    mkdir "$SCRATCH/tokens"
    [ "$("$LAUNCH" start)" = 'celery: started' ]
    touch "$SCRATCH/tokens/held"
    send_tasks -n 20 sleep 0.1 '{}' "$SCRATCH/tokens"
    wait_for [ -s "$SCRATCH/tokens/tokens" ]
    first=$(worker_pid celery)
    "$LAUNCH" restart >"$SCRATCH/restarted" 3>&- &
    wait_for state_is celery draining
    [ "$(tokens_ended "$SCRATCH/tokens")" -eq 0 ]
    rm "$SCRATCH/tokens/held"
    wait "$!"
    [ "$(cat "$SCRATCH/restarted")" = 'celery: restarted' ]
    [ "$(worker_pid celery)" != "$first" ]
    wait_for -t 60 all_ended "$SCRATCH/tokens" 20
    [ -z "$(tokens_lost "$SCRATCH/tokens")" ]
}

@test "kill ends it with a task at work, and leaves nothing" {
    export REDIS_URL=$RABBIT_URL
    mkdir "$SCRATCH/killed"
    send_tasks sleep 600 k "$SCRATCH/killed"
    wait_for [ -s "$SCRATCH/killed/tokens" ]
    [ "$("$LAUNCH" kill --now)" = 'celery: killed' ]
    fails session_exists celery-celery
    no_leftovers
    [ "$("$LAUNCH" status)" = 'celery: stopped' ]
}

# kombu waits for RabbitMQ's answer about the last queue, and is sent tasks of
# the others meanwhile, which solo runs on the spot.
@test "solo with several queues is ready as soon as it takes a task" {
    export REDIS_URL=$RABBIT_URL
    mkdir "$SCRATCH/early"
    touch "$SCRATCH/early/held"
    configure <<END
defaults = {
    app = "tasks"; worker_dir = "$APP_DIR"; broker = "$RABBIT_URL";
    pool = "solo"; stop_timeout = 20; start_timeout = 60;
};
workers = ( { name = "several"; queue = "a,b,c,d"; } );
END
    send_tasks -q a -n 6 sleep 0.1 '{}' "$SCRATCH/early"
    [ "$("$LAUNCH" start)" = 'several: started' ]
    wait_for [ -s "$SCRATCH/early/tokens" ]
    "$LAUNCH" stop >"$SCRATCH/stopped" 3>&- &
    wait_for state_is several draining
    [ "$(tokens_ended "$SCRATCH/early")" -eq 0 ]
    rm "$SCRATCH/early/held"
    wait "$!"
    [ "$(cat "$SCRATCH/stopped")" = 'several: stopped' ]
    [ -z "$(tokens_lost "$SCRATCH/early")" ]
    [ "$("$LAUNCH" start)" = 'several: started' ]
    wait_for all_ended "$SCRATCH/early" 6
    [ "$(grep -c begin "$SCRATCH/early/tokens")" -eq 6 ]
    [ "$("$LAUNCH" stop)" = 'several: stopped' ]
}
