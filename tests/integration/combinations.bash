# shellcheck shell=bash
#
# combinations.bash - for tests that nothing is lost and nothing left, however
# Celery is called and whatever its pool is.  There is a file for each way of
# calling it, and `make check` takes one pool with each; COMBINATIONS=all takes
# every pool (`make soak`).  Loaded behind losses and leftovers.

# These stay short in a soak as well: there are many of them.
export TASKS=60 ENDS=2 LONGEST=0.3

# each_pool POOL COMMAND...: with the pool, or with each of them
each_pool() {
    local pools=$1 pool

    shift
    [ "${COMBINATIONS-}" != all ] || pools='prefork solo threads'
    for pool in $pools; do
        echo "--- pool $pool:"
        rm -f "$NOTES"/*
        "$@" "$pool"
    done
}

# with_pool POOL STOP_TIMEOUT; CALL has the settings that say how Celery is
# called, APP what it runs when that is not `tasks`
with_pool() {
    local concurrency=4

    [ "$1" != solo ] || concurrency=1
    configure_app "${APP-tasks}" "pool = \"$1\"; concurrency = $concurrency;
        mingle = false; stop_timeout = $2; ${CALL-}"
}

# loses_nothing POOL: it is restarted while tasks run and wait
loses_nothing() {
    with_pool "$1" 60
    BROKER_NAME="redis, $1" survive "$LAUNCH" restart
}

# leave_all: of every kind one; the pids of all but the storm
leave_all() {
    # shellcheck disable=SC2086 # words
    app_python '
import sys, tasks
sent = [tasks.leave.delay(kind) for kind in sys.argv[1:]]
print(*[result.get(timeout=60) for result in sent][:-1])' $KINDS
}

# leaves_nothing POOL: five times, of every kind of leftovers
leaves_nothing() {
    local left round

    with_pool "$1" 10
    for round in 1 2 3 4 5; do
        "$LAUNCH" start
        left=$(leave_all)
        # shellcheck disable=SC2086 # words
        is_running $left
        clean_after "$LAUNCH" kill
        for left in $left; do
            fails is_running "$left"
        done
    done
    tell "$1: $BATS_TEST_DESCRIPTION: $round rounds, nothing left"
}
