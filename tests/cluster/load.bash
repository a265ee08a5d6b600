# shellcheck shell=bash
#
# load.bash - a cluster whose nodes work on many short tasks, and what became
# of those.  Loaded behind nodes.
#
# TASKS is how many: 100 on 4 nodes, or 2,000 on the 20 of `make
# check-cluster`; LONGEST, the longest one's seconds.  The broker is redis on
# the head, or RabbitMQ after rabbit_ready.

load_ready() {
    export NODES=${NODES:-4} BROKER=redis://head/0 BROKER_NAME=redis
    export TASKS=${TASKS:-$((NODES >= 20 ? 2000 : 100))}
    export LONGEST=${LONGEST:-$((NODES >= 20 ? 2 : 1))}
    cluster_ready
    [ -z "${SKIP-}" ] || return 0
    export EVENTS=$SHARED/shared/notes/events
    export STATE=$SHARED/home/tester/.local/state/celery-tmux
    cp "$BATS_TEST_DIRNAME/load/load.py" "$SHARED/shared/app"
}

# A file that needs more has its own, and calls load_ready.
setup_file() {
    begin_file
    load_ready
}

# rabbit_ready: RabbitMQ on the head; with it goes what it wrote
rabbit_ready() {
    [ -z "${SKIP-}" ] || return 0
    if [ ! -x /usr/lib/rabbitmq/bin/rabbitmq-server ]; then
        ! type -P rabbitmq-server || exit 1     # it lies elsewhere
        export SKIP='there is no rabbitmq-server here'
        return 0
    fi
    cluster exec head mkdir /tmp/rabbit
    # shellcheck disable=SC2016 # for the shell there
    cluster exec head sh -c 'cd /tmp/rabbit &&
        printf "%s\n" "listeners.tcp.1 = 10.77.0.1:5672" \
            "loopback_users = none" "log.console = true" \
            "log.file = false" >rabbit.conf && : >env.conf &&
        echo "[]." >plugins && cat >environment
        env $(cat environment) setsid \
            /usr/lib/rabbitmq/bin/rabbitmq-server >log 2>&1 </dev/null &' \
        3>&- <<'END'
HOME=/tmp/rabbit
ERL_EPMD_ADDRESS=127.0.0.1
RABBITMQ_NODENAME=test@localhost
RABBITMQ_CONFIG_FILE=/tmp/rabbit/rabbit.conf
RABBITMQ_CONF_ENV_FILE=/tmp/rabbit/env.conf
RABBITMQ_MNESIA_BASE=/tmp/rabbit/data
RABBITMQ_LOGS=-
RABBITMQ_LOG_BASE=/tmp/rabbit/logs
RABBITMQ_GENERATED_CONFIG_DIR=/tmp/rabbit/generated
RABBITMQ_ENABLED_PLUGINS_FILE=/tmp/rabbit/plugins
RABBITMQ_PID_FILE=/tmp/rabbit/pid
END
    wait_for -t 120 cluster exec head \
        grep -q 'Server startup complete' /tmp/rabbit/log
    export BROKER=amqp://guest:guest@head// BROKER_NAME=RabbitMQ
}

# rabbit_count COLUMN: of the queue, as rabbitmqctl has it
rabbit_count() {
    # shellcheck disable=SC2016 # for the shell there
    cluster exec head sh -c 'cd /tmp/rabbit && env $(cat environment) \
        /usr/lib/rabbitmq/bin/rabbitmqctl -q --no-table-headers list_queues \
        name "$1"' sh "$1" | awk '$1 == "celery" { print $2 }'
}

# Tasks that wait in the broker, and those that a worker took and has not
# answered for.
waiting() {
    if [ "$BROKER_NAME" = redis ]; then
        cluster exec head redis-cli -h head LLEN celery
    else
        rabbit_count messages_ready
    fi
}

unacknowledged() {
    if [ "$BROKER_NAME" = redis ]; then
        cluster exec head redis-cli -h head HLEN unacked
    else
        rabbit_count messages_unacknowledged
    fi
}

# configured [SETTING]...: the head's configuration, and these
configured() {
    site <<END
defaults = {
    app = "load"; worker_dir = "${WORKER_DIR:-/srv/shared/app}"; broker = "$BROKER";
    prefetch_multiplier = 1; mingle = false;
    stop_timeout = 60; start_timeout = 300;
    $*
};
workers = ( { queue = "celery"; } );
END
}

# send_load [LEAVE]: all tasks; the events begin anew
send_load() {
    on_head truncate -s 0 /srv/shared/notes/events
    on_head env -C /srv/shared/app CELERY_BROKER_URL="$BROKER" \
        /usr/bin/python3 load.py "$TASKS" "$LONGEST" "$@"
}

tally() {
    "$PYTHON" -IS "$BATS_TEST_DIRNAME/load/tally.py" "$@"
}

# value KEY: of KEY=VALUE... on standard input
value() {
    tr ' ' '\n' | sed -n "s/^$1=//p"
}

# counted KEY: begun, ended, twice or cut, of tasks
counted() {
    tally count "$EVENTS" | value "$1"
}

# has_ended PART WHOLE: that part of all tasks
has_ended() {
    [ "$(counted ended)" -ge $((TASKS * $1 / $2)) ]
}

# Nobody works, and nothing waits for somebody who would.
is_quiet() {
    local before

    [ "$(waiting)" -eq 0 ] || return 1
    before=$(tally count "$EVENTS")
    sleep $((LONGEST + 1))
    [ "$before" = "$(tally count "$EVENTS")" ] && [ "$(waiting)" -eq 0 ]
}

# all_done [ONCE]: every task was done, none was cut off, and nothing is
# unanswered; if so asked, none was done twice
all_done() {
    wait_for -t 600 is_quiet
    tally count "$EVENTS"
    tally twice "$EVENTS"
    [ "$(counted ended)" -eq "$TASKS" ]
    [ "$(counted cut)" -eq 0 ]
    [ -z "${1-}" ] || [ "$(counted twice)" -eq 0 ]
    [ "$(unacknowledged)" -eq 0 ]
}

# sampling_begin, sampling_end, sampled: how many nodes are not ready, by their
# records
sampling_begin() {
    : >"$SCRATCH/sampling"
    tally sample "$STATE" "$SCRATCH/sampling" "$NODES" \
        >"$SCRATCH/samples" 3>&- &
    sampler=$!
}

sampling_end() {
    rm -f "$SCRATCH/sampling"
    wait "$sampler" ${weigher:+"$weigher"}
}

# weighing_begin, weighed: what all nodes take of memory, behind sampling_begin
weighing_begin() {
    tally memory "$SCRATCH/sampling" "$(cluster pid head)" \
        >"$SCRATCH/weights" 3>&- &
    weigher=$!
}

weighed() {
    cat "$SCRATCH/weights"
}

sampled() {
    cat "$SCRATCH/samples"
}

# all_are STATE: every node says that of its worker
all_are() {
    local said

    said=$(launch -w "$ALL" -- status 2>&1) || true
    [ "$(grep -c ": celery: $1\$" <<<"$said")" -eq "$NODES" ]
}

# as_loaded: the load average, for figures
as_loaded() {
    echo "load average $(cut -d ' ' -f 1 /proc/loadavg)"
}
