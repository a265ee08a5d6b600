# shellcheck shell=bash
#
# losses.bash - for tests that count tasks: while they run and wait, the
# worker is ended again and again; every task that begins must end, every task
# must be done, and done once, and nothing may stay unacknowledged.
#
# TASKS, ENDS and LONGEST make it longer: `make soak` runs 1,000 tasks of up
# to a second over ten ends.  The broker is redis; losses-rabbit.bash, loaded
# behind this, makes it RabbitMQ.

setup_file() {
    begin_file
    export NOTES="$SCRATCH/notes" TASKS=${TASKS:-60} ENDS=${ENDS:-2}
    export LONGEST=${LONGEST:-0.5} BROKER_NAME=redis
    broker_start
    mkdir "$NOTES"
    cat >"$APP_DIR/late.py" <<'END'
from tasks import app  # noqa: F401
app.conf.task_acks_late = True
END
}

setup() {
    rm -f "$NOTES"/*
}

broker_start() {
    redis_start
}

# Tasks that wait in the broker for a worker.
waiting() {
    redis-cli -p "$REDIS_PORT" LLEN celery
}

# Tasks that a worker has taken and not answered for.
unacknowledged() {
    redis-cli -p "$REDIS_PORT" HLEN unacked
}

# with APP [SETTING]...: a worker of four processes
with() {
    local app=$1

    shift
    configure_app "$app" \
        "concurrency = 4; mingle = false; stop_timeout = 60; $*"
}

send_all() {
    app_python '
import random, sys
from tasks import app
count, longest, directory = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
random.seed(count)
for number in range(count):
    app.send_task("tasks.sleep", queue="celery", args=[
        random.uniform(0.05, longest), "t%d" % number, directory])' \
        "$TASKS" "$LONGEST" "$NOTES"
}

begun() {
    grep -c '^begin ' "$NOTES/tokens" 2>/dev/null || true
}

ended() {
    grep -c '^end ' "$NOTES/tokens" 2>/dev/null || true
}

# At the so manyth of all ends, so many of all tasks have begun.
has_begun_part() {
    [ "$(begun)" -ge $((TASKS * $1 / (ENDS + 1))) ]
}

# Nothing waits, is under way or unanswered; a task that is done twice could
# still be when all have ended once.
all_is_quiet() {
    [ "$(begun)" -eq "$(ended)" ] && [ "$(waiting)" -eq 0 ] &&
        [ "$(unacknowledged)" -eq 0 ]
}

# survive COMMAND...: run it ENDS times while tasks run; count what is done
survive() {
    local number

    "$LAUNCH" start
    send_all
    for number in $(seq "$ENDS"); do
        wait_for -t 120 has_begun_part "$number"
        "$@"
    done
    wait_for -t 300 all_ended "$NOTES" "$TASKS"
    wait_for all_is_quiet
    tell "$BROKER_NAME: $BATS_TEST_DESCRIPTION: $TASKS tasks, $ENDS ends:" \
        "$(tokens_ended "$NOTES") done, $(($(begun) - TASKS)) of them twice," \
        "$(tokens_lost "$NOTES" | wc -l) lost, $(unacknowledged)" \
        "unacknowledged"
    [ "$(tokens_ended "$NOTES")" -eq "$TASKS" ]
    [ "$(begun)" -eq "$TASKS" ]
    [ "$(ended)" -eq "$TASKS" ]
    [ -z "$(tokens_lost "$NOTES")" ]
    run "$LAUNCH" kill
    # shellcheck disable=SC2154 # run sets it
    [ "$output" = 'celery: killed' ]
    no_leftovers
    # What it had taken would now be back.
    [ "$(waiting)" -eq 0 ]
}

close_session() {
    tmux kill-session -t =celery-celery:
    "$LAUNCH" start
}

kill_server() {
    kill -KILL "$(tmux display-message -p -t =celery-celery: '#{pid}')"
    "$LAUNCH" start
}

# StarCluster's plugin did this to restart a worker.  (The server goes with its
# last session, and whoever calls it meanwhile is turned away.)
starcluster_restart() {
    tmux kill-session -t celery-celery || true
    wait_for tmux new-session -d -s celery-celery "cd '$APP_DIR'; \
CELERY_BROKER_URL='$REDIS_URL' celery -A tasks worker -Q celery -c 4 \
--without-mingle --without-mingle"
}

# Nothing waits, and no task has begun or ended for longer than one takes.
is_quiet() {
    local before

    [ "$(waiting)" -eq 0 ] || return 1
    before=$(begun)/$(ended)
    sleep 2
    [ "$before" = "$(begun)/$(ended)" ]
}

# It may lose so many that the others never make up the next part.
has_begun_part_or_all() {
    has_begun_part "$1" || is_quiet
}

# compare_starcluster: what its way loses, for comparison
compare_starcluster() {
    local number

    starcluster_restart
    send_all
    for number in $(seq "$ENDS"); do
        wait_for -t 120 has_begun_part_or_all "$number"
        starcluster_restart
    done
    wait_for -t 300 is_quiet
    tell "$BROKER_NAME: StarCluster's way: $TASKS tasks, $ENDS ends: $(begun)" \
        "begun, $(ended) ended, $((TASKS - $(tokens_ended "$NOTES"))) lost," \
        "$(unacknowledged) unacknowledged"
    [ "$(begun)" -gt 0 ]
    with tasks
    "$LAUNCH" kill
    no_leftovers
}
