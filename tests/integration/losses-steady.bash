# shellcheck shell=bash
# shellcheck disable=SC2034 # losses-many.bash has it
#
# losses-steady.bash - for tests that restart workers while somebody sends to
# them all the time, and look at every single task: done once, lost, done
# twice, or held, which is unacknowledged although nobody has it.  Loaded
# behind losses-many.
#
# A combination is a load and a pool: idle-prefork.  Each has a sender of its
# own, so that a test's are restarted side by side.
#
# STEADY says for how many seconds each test does it, PACE how many a restart
# takes at least, LOADS which loads: `make soak` does 600, 6 and all of them.

# begin_steady BROKER: redis or RabbitMQ
begin_steady() {
    begin_file
    export NOTES="$SCRATCH/notes" PACE=${PACE:-0} BROKER=$1
    mkdir "$NOTES"
    if [ "$BROKER" = redis ]; then
        redis_start
    elif rabbit_exists; then
        rabbit_start
    else
        export SKIP='there is no rabbitmq-server here'
    fi
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
}

teardown_file() {
    rabbit_stop
    end_file
}

# choose COMBINATION: for the functions below
choose() {
    load=${1%-*} pool=${1#*-} name=$1 notes=$NOTES/$1 broker=$BROKER
    processes=4
    [ "$pool" != solo ] || processes=1
}

# with_loads COMBINATION...: these, or with LOADS their pools with each load
with_loads() {
    local one

    for one; do
        if [ -n "${LOADS-}" ]; then
            # shellcheck disable=SC2086 # words
            printf "%s-${one#*-}\n" $LOADS
        else
            echo "$one"
        fi
    done | sort -u
}

# prepare COMBINATION...: all in one configuration
prepare() {
    local one number=0 workers=''

    for one; do
        choose "$one"
        mkdir "$notes"
        workers+="${workers:+,} { queue = \"$name\"; pool = \"$pool\";
            concurrency = $processes; broker = \"$(broker_url "$number")\"; }"
        number=$((number + 1))
    done
    configure <<END
defaults = {
    app = "tasks"; worker_dir = "$APP_DIR"; mingle = false; stop_timeout = 60;
    autorestart = false;
    environment = { CELERY_RESULT_BACKEND = "disabled://"; };
};
workers = ( $workers );
END
}

# send_steadily: until the combination's file `enough` exists
send_steadily() {
    (in_app "$PYTHON" steady.py "$load" "$pool" "$name" "$notes") 3>&- \
        >"$notes/sender" 2>&1 &
}

# by_program: the way of a user
by_program() {
    "$LAUNCH" restart "$name"
}

# by_signal: the way of systemd, or of a person who may be impatient
by_signal() {
    local pid

    pid=$(worker_pid "$name")
    kill -TERM "$pid"
    [ $((SRANDOM % 2)) -eq 0 ] || kill -TERM "$pid" ||
        fails is_running "$pid"
    wait_for -t 60 fails is_running "$pid"
    "$LAUNCH" start "$name"
}

# restart_for SECONDS WAY...: by one way after the other
restart_for() {
    local end next restarts=0 ways

    next=${EPOCHREALTIME/./}
    end=$((next + $1 * 1000000))
    shift
    ways=("$@")
    while [ "${EPOCHREALTIME/./}" -lt "$end" ]; do
        # Out of step with what Celery and redis do every second.
        sleep "0.$((SRANDOM % 1000))"
        "${ways[restarts % ${#ways[@]}]}"
        restarts=$((restarts + 1))
        echo "$restarts" >"$notes/restarts"
        next=$((next + PACE * 1000000))
        while [ "${EPOCHREALTIME/./}" -lt "$next" ]; do
            sleep 0.1
        done
    done
}

# tokens begin|end: of which tasks the combination's worker noted that
tokens() {
    sed -n "s/^$1 //p" "$notes/tokens" 2>/dev/null | sort
}

has_settled() {
    [ "$(held)" -eq 0 ] &&
        [ "$(tokens begin | wc -l)" -eq "$(tokens end | wc -l)" ]
}

# judge WAY: tell the combination's figures; fails when there is any fault
judge() {
    local restarts sent once lost twice held

    # What is held stays held; what is lost leaves no trace to wait for.
    wait_for -t 60 has_settled || true
    restarts=$(cat "$notes/restarts" || echo 0)
    sent=$(wc -l <"$notes/sent")
    once=$(tokens begin | uniq -u | wc -l)
    twice=$(tokens begin | uniq -d | wc -l)
    lost=$(sort "$notes/sent" | comm -23 - <(tokens end | uniq) | wc -l)
    held=$(held)
    tell "$BROKER, $pool, $load load, $1: $restarts restarts," \
        "$sent messages: $once done once, $lost lost, $twice twice, $held held"
    [ "$restarts" -gt 0 ] && [ "$sent" -gt 0 ] && [ "$once" -eq "$sent" ] &&
        [ "$lost $twice $held" = '0 0 0' ]
}

# endure SECONDS COMBINATION...: every task is done once
endure() {
    local seconds=${STEADY:-$1} one pid pids=() failed=0

    shift
    # shellcheck disable=SC2046 # words
    set -- $(with_loads "$@")
    prepare "$@"
    "$LAUNCH" start
    for one; do
        choose "$one"
        send_steadily
        pids+=($!)
        (
            # Whatever happens, the sender has to end.
            trap 'touch "$notes/enough"' EXIT
            restart_for "$seconds" by_program by_signal
        ) >"$notes/log" 2>&1 3>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || failed=1
    done
    for one; do
        choose "$one"
        judge 'restart and TERM' || failed=1
    done
    if [ "$failed" -ne 0 ]; then
        tail -n 20 "$NOTES"/*/log "$NOTES"/*/sender
        return 1
    fi
    "$LAUNCH" kill
    no_leftovers
}
