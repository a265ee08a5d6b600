#!/usr/bin/env bats
# bats file_tags=long,soak
#
# Celery that ends by remote control leaves its loop, and waits for its tasks.
# Nobody is stuck then, and nothing is healed: their messages are acknowledged
# over the connections that it has.

load lib
load rabbit

setup_file() {
    begin_file
    rabbit_exists || {
        export SKIP='there is no rabbitmq-server here'
        return 0
    }
    rabbit_start
    export TOKENS=$SCRATCH/tokens REDIS_URL=$RABBIT_URL
    mkdir "$TOKENS"
    configure_app tasks "start_timeout = 90;
        result_backend = \"file://$SCRATCH\"" '{ queue = "late"; }'
    printf '\napp.conf.task_acks_late = True\n' >>"$APP_DIR/tasks.py"
}

teardown_file() {
    rabbit_stop
    end_file
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
}

@test "a long end by remote control is not healed, and no task done twice" {
    "$LAUNCH" start
    send_tasks -q late sleep 50 long "$TOKENS"
    wait_for grep -qx 'begin long' "$TOKENS/tokens"
    app_python 'from tasks import app; app.control.shutdown()'
    wait_for state_is late draining
    # It has said so for the first time.
    wait_for fails eval '[ "$(worker_field late healed)" = null ]'
    while fails grep -qx 'end long' "$TOKENS/tokens"; do
        [ "$(worker_field late healed)" -eq 0 ]
        [ "$(worker_field late stuck)" = false ]
        sleep 1
    done
    wait_for state_is late stopped
    "$LAUNCH" start
    # What was given back would come before this.
    send_tasks -q late sleep 0 after "$TOKENS"
    wait_for grep -qx 'end after' "$TOKENS/tokens"
    [ "$(grep -cx 'begin long' "$TOKENS/tokens")" -eq 1 ]
    "$LAUNCH" kill --now
    no_leftovers
}
