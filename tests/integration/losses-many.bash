# shellcheck shell=bash
# shellcheck disable=SC2154 # `choose` sets name, notes and broker
#
# losses-many.bash - workers of several combinations, of a broker, a pool and
# others, side by side: each has a queue, a directory for notes and, with
# redis, a database of its own.  Who loads this, behind lib and rabbit, has a
# function `choose COMBINATION` for what follows.

# broker_url NUMBER: the combination's, noted.  A redis keeps what is
# unacknowledged once a database, so each of several has a number.
broker_url() {
    if [ "$broker" = redis ]; then
        echo "${REDIS_URL%/*}/$1"
    else
        echo "${RABBIT_URL-}"
    fi | tee "$notes/broker"
}

# in_app COMMAND...: with the combination's broker; for a subshell
in_app() {
    cd "$APP_DIR" || exit
    export CELERY_RESULT_BACKEND=disabled://
    CELERY_BROKER_URL=$(cat "$notes/broker") exec "$@"
}

# held: how many messages wait or are unacknowledged
held() {
    local client

    if [ "$broker" = redis ]; then
        client="redis-cli -u $(cat "$notes/broker")"
        echo $(($($client LLEN "$name") + $($client ZCARD unacked_index)))
    else
        rabbit_count "$name" messages
    fi
}
