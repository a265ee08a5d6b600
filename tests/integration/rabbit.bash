# shellcheck shell=bash
#
# rabbit.bash - a RabbitMQ node of a test file's own.  Loaded behind lib.
#
# Its directory is not below $SCRATCH, so that the node, its helpers and its
# epmd are never taken for something that a worker left, and has no blank in
# its name, which Debian 11's RabbitMQ could not bear.

RABBIT_PROGRAMS=/usr/lib/rabbitmq/bin

rabbit_exists() {
    [ ! -x "$RABBIT_PROGRAMS/rabbitmq-server" ] || return 0
    # What is there and not where we look is no reason to skip anything.
    ! type -P rabbitmq-server || exit 1
    return 1
}

# rabbit_start: on free ports of 127.0.0.1, with its own epmd; exports
# RABBIT_URL and RABBIT_PORT, of which the next two are taken as well.
rabbit_start() {
    local try

    for try in 1 2 3 4 5; do
        RABBIT_PORT=$((10000 + (SRANDOM % 7000) * 3))
        rabbit_prepare
        rabbit_begin env
        if wait_for -t 180 rabbit_answers_or_ended && rabbit_answers; then
            return 0
        fi
        echo "rabbitmq-server did not start ($try):"
        tail -n 20 "$RABBIT/log"
        rabbit_stop
    done
    return 1
}

# rabbit_prepare: a directory for a node on RABBIT_PORT
rabbit_prepare() {
    RABBIT=$(mktemp -d "${TMPDIR:-/tmp}/celery-tmux-rabbit.XXXXXX")
    RABBIT=$(readlink -f "$RABBIT")
    RABBIT_URL=amqp://guest:guest@127.0.0.1:$RABBIT_PORT//
    export RABBIT RABBIT_PORT RABBIT_URL
    printf '%s\n' "listeners.tcp.1 = 127.0.0.1:$RABBIT_PORT" \
        'log.console = true' 'log.file = false' >"$RABBIT/rabbit.conf"
    : >"$RABBIT/env.conf"
    : >"$RABBIT/log"
    echo '[].' >"$RABBIT/plugins"
}

# rabbit_begin WORD...: start it, behind these words
rabbit_begin() {
    rabbit_run "$@" epmd -address 127.0.0.1 -port $((RABBIT_PORT + 2))
    echo "$started" >"$RABBIT/epmd.pid"
    rabbit_run "$@" "$RABBIT_PROGRAMS/rabbitmq-server"
    echo "$started" >"$RABBIT/pid"
}

# rabbit_exec COMMAND...: in the directory and the environment of the node;
# for a subshell
rabbit_exec() {
    cd "$RABBIT" || exit
    export HOME=$RABBIT ERL_EPMD_PORT=$((RABBIT_PORT + 2)) \
        ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_NODENAME=test@localhost \
        RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 \
        RABBITMQ_NODE_PORT="$RABBIT_PORT" \
        RABBITMQ_DIST_PORT=$((RABBIT_PORT + 1)) \
        RABBITMQ_CONFIG_FILE="$RABBIT/rabbit.conf" \
        RABBITMQ_CONF_ENV_FILE="$RABBIT/env.conf" \
        RABBITMQ_MNESIA_BASE="$RABBIT/data" RABBITMQ_LOGS=- \
        RABBITMQ_LOG_BASE="$RABBIT/logs" \
        RABBITMQ_GENERATED_CONFIG_DIR="$RABBIT/generated" \
        RABBITMQ_ENABLED_PLUGINS_FILE="$RABBIT/plugins" \
        RABBITMQ_PID_FILE="$RABBIT/rabbit.pid" \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
    exec "$@"
}

# rabbit_run COMMAND...: in the background, its pid in $started
rabbit_run() {
    (rabbit_exec setsid "$@" >>"$RABBIT/log" 2>&1 3>&- </dev/null) 3>&- &
    started=$!
    disown "$started"
}

rabbit_answers() {
    grep -q 'Server startup complete' "$RABBIT/log" &&
        (: <"/dev/tcp/127.0.0.1/$RABBIT_PORT")
}

rabbit_answers_or_ended() {
    rabbit_answers || ! is_running "$(cat "$RABBIT/pid")"
}

# rabbit_count QUEUE COLUMN: as rabbitmqctl's list_queues has it, such as
# messages_ready or messages_unacknowledged
rabbit_count() {
    (rabbit_exec "$RABBIT_PROGRAMS/rabbitmqctl" -q --no-table-headers \
        list_queues name "$2" 3>&-) |
        awk -F '\t' -v queue="$1" '$1 == queue { print $2; found = 1 }
            END { exit !found }'
}

# rabbit_end: the node, what it started, and its epmd, each by pid
rabbit_end() {
    local pid pids

    [ -s "$RABBIT/pid" ] || return 0
    pid=$(cat "$RABBIT/pid")
    pids="$pid $(descendants "$pid") $(cat "$RABBIT/epmd.pid")"
    # shellcheck disable=SC2086 # a list
    kill -TERM $pids 2>/dev/null || true
    # shellcheck disable=SC2086
    wait_for -t 20 rabbit_is_gone $pids || kill -KILL $pids 2>/dev/null || true
    rm -f "$RABBIT/pid" "$RABBIT/epmd.pid"
}

rabbit_is_gone() {
    fails is_running_any "$@"
}

is_running_any() {
    local pid

    for pid; do
        ! is_running "$pid" || return 0
    done
    return 1
}

# rabbit_stop: and give back its directory
rabbit_stop() {
    [ -n "${RABBIT-}" ] || return 0
    rabbit_end
    rm -rf "$RABBIT"
}
