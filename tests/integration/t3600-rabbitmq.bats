#!/usr/bin/env bats
#
# The same with RabbitMQ, Celery's usual broker: tasks outlive a restart of
# the worker, and nothing is left of it after a kill.

load lib

setup_file() {
    begin_file
    export RABBIT=$SCRATCH/rabbit
    RABBITMQ=/usr/lib/rabbitmq/bin/rabbitmq-server
    [ -x "$RABBITMQ" ] || {
        export SKIP='there is no rabbitmq-server here'
        return 0
    }
    export RABBITMQ
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

# rabbit_start: a node of its own on free ports of 127.0.0.1, with its own
# epmd; exports RABBIT_URL.
rabbit_start() {
    local try port

    mkdir -p "$RABBIT"
    for try in 1 2 3 4 5; do
        port=$((10000 + (SRANDOM % 7000) * 3))
        export RABBIT_URL=amqp://guest:guest@127.0.0.1:$port//
        printf '%s\n' "listeners.tcp.1 = 127.0.0.1:$port" \
            'log.console = true' 'log.file = false' >"$RABBIT/rabbit.conf"
        : >"$RABBIT/env.conf"
        echo '[].' >"$RABBIT/plugins"
        rabbit_run epmd -address 127.0.0.1 -port $((port + 2))
        echo "$started" >"$RABBIT/epmd.pid"
        rabbit_run "$RABBITMQ"
        echo "$started" >"$RABBIT/pid"
        if wait_for -t 60 rabbit_answers_or_ended "$port" &&
            rabbit_answers "$port"; then
            return 0
        fi
        echo "rabbitmq-server did not start ($try):"
        tail -n 20 "$RABBIT/log"
        rabbit_stop
    done
    return 1
}

# rabbit_run COMMAND...: in the directory and the environment of the node
rabbit_run() {
    # shellcheck disable=SC2030,SC2031 # in a subshell on purpose
    (
        cd "$RABBIT"
        export HOME=$RABBIT ERL_EPMD_PORT=$((port + 2)) \
            ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_NODENAME=test@localhost \
            RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$port" \
            RABBITMQ_DIST_PORT=$((port + 1)) \
            RABBITMQ_CONFIG_FILE="$RABBIT/rabbit.conf" \
            RABBITMQ_CONF_ENV_FILE="$RABBIT/env.conf" \
            RABBITMQ_MNESIA_BASE="$RABBIT/data" RABBITMQ_LOGS=- \
            RABBITMQ_LOG_BASE="$RABBIT/logs" \
            RABBITMQ_GENERATED_CONFIG_DIR="$RABBIT/generated" \
            RABBITMQ_ENABLED_PLUGINS_FILE="$RABBIT/plugins" \
            RABBITMQ_PID_FILE="$RABBIT/rabbit.pid" \
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
        exec setsid "$@" >>"$RABBIT/log" 2>&1 3>&- </dev/null
    ) 3>&- &
    started=$!
    disown "$started"
}

rabbit_answers() {
    grep -q 'Server startup complete' "$RABBIT/log" &&
        (: <"/dev/tcp/127.0.0.1/$1")
}

rabbit_answers_or_ended() {
    rabbit_answers "$1" || ! is_running "$(cat "$RABBIT/pid")"
}

# rabbit_stop: the node, what it started, and its epmd, each by pid
rabbit_stop() {
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
    local pid

    for pid; do
        ! is_running "$pid" || return 1
    done
}

@test "20 tasks survive a restart in their midst, and none is lost" {
    export REDIS_URL=$RABBIT_URL
    mkdir "$SCRATCH/tokens"
    [ "$("$LAUNCH" start)" = 'celery: started' ]
    send_tasks -n 20 sleep 0.5 '{}' "$SCRATCH/tokens"
    wait_for [ -s "$SCRATCH/tokens/tokens" ]
    first=$(worker_pid celery)
    run "$LAUNCH" restart
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(tokens_ended "$SCRATCH/tokens")" -lt 20 ]
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
    # Neither the node nor its epmd is meant.
    our_processes >"$SCRATCH/processes"
    ! grep -e celery-tmux-launch -e 'celery.* worker' "$SCRATCH/processes" ||
        false
    [ "$("$LAUNCH" status)" = 'celery: stopped' ]
}
