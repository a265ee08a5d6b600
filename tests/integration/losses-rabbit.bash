# shellcheck shell=bash
#
# losses-rabbit.bash - the tests of losses.bash with RabbitMQ.  Loaded behind
# rabbit and losses.

broker_start() {
    rabbit_exists || {
        export SKIP='there is no rabbitmq-server here'
        return 0
    }
    rabbit_start
    # Where lib.bash and losses.bash look for the broker.
    export REDIS_URL=$RABBIT_URL BROKER_NAME=RabbitMQ
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
    rm -f "$NOTES"/*
}

teardown_file() {
    rabbit_stop
    end_file
}

waiting() {
    rabbit_count celery messages_ready
}

unacknowledged() {
    rabbit_count celery messages_unacknowledged
}
