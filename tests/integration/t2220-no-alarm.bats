#!/usr/bin/env bats
# bats file_tags=soak
#
# Nobody is stuck who has a reason to take no task: a busy pool, a consumer
# that was cancelled by hand, a rate limit, tasks that wait for their time, a
# queue without messages, a broker that is down, a stop of some seconds.
# CALM says for how many seconds each second is looked at; `make soak` sets it
# to an hour.

load lib

CALM=${CALM:-12}

setup_file() {
    begin_file
    redis_start
    export TOKENS=$SCRATCH/tokens
    mkdir "$TOKENS"
    configure_app tasks "concurrency = 1; start_timeout = 90;
        result_backend = \"file://$SCRATCH\"; pool = \"solo\"" - <<END
{ queue = "busy"; pool = "prefork"; concurrency = 2; },
{ queue = "sole"; },
{ queue = "cancelled"; },
{ queue = "limited"; },
{ queue = "late"; prefetch_multiplier = 1; },
{ queue = "empty"; pool = "threads"; }
END
}

# load_all: what keeps them from taking tasks
load_all() {
    app_python '
import sys
from socket import gethostname
from tasks import app
def send(queue, name, count, args, **how):
    for number in range(count):
        app.send_task("tasks." + name, queue=queue, args=args, **how)
def node(queue):
    return ["%s@%s" % (queue, gethostname())]
control = app.control
assert control.cancel_consumer("cancelled", destination=node("cancelled"),
                               reply=True, timeout=10)
assert control.rate_limit("tasks.add", "1/h", destination=node("limited"),
                          reply=True, timeout=10)
long = [int(sys.argv[1]), "t", sys.argv[2]]
send("busy", "sleep", 40, long)
send("sole", "sleep", 9, long)
send("cancelled", "add", 9, [1, 2])
send("limited", "add", 40, [1, 2])
send("late", "retry", 4, [3])
send("late", "add", 9, [1, 2], countdown=7200)
' "$((CALM + 120))" "$TOKENS"
}

# look SECONDS: none is stuck, and nobody was healed
look() {
    local end=$((SECONDS + $1))

    while [ "$SECONDS" -lt "$end" ]; do
        "$LAUNCH" status --json >"$SCRATCH/seen"
        # Who has just begun has not said anything yet.
        if ! jq -es 'all(.stuck == false and (.healed // 0) == 0)' \
            "$SCRATCH/seen" >/dev/null; then
            "$LAUNCH" status -v
            return 1
        fi
        sleep 1
    done
}

@test "nobody is stuck who has a reason to take no task" {
    local name

    "$LAUNCH" start
    load_all
    look "$CALM"
    [ "$(worker_field busy busy)" = 2 ]
    [ "$(worker_field sole busy)" = 1 ]
    for name in busy sole cancelled limited late empty; do
        kill -STOP "$(worker_pid "$name")"
    done
    sleep 2
    for name in busy sole cancelled limited late empty; do
        kill -CONT "$(worker_pid "$name")"
    done
    look 5
    [ "$("$LAUNCH" tend)" = '' ]
}

says_silence() {
    "$LAUNCH" status -v empty | grep '^    its broker has not answered for '
}

@test "nor while their broker is down, which is said" {
    redis_stop
    look $((CALM > 60 ? 60 : 15))
    wait_for says_silence
    look 1
    redis_start
    app_python '
import sys
from tasks import app
app.send_task("tasks.sleep", queue="empty", args=[0, "empty", sys.argv[1]])
' "$TOKENS"
    # It may need the healing to come back from that (F19).
    wait_for -t 60 grep -qx "end empty" "$TOKENS/tokens"
}

@test "a stop that gives up names the tasks that run, and for how long" {
    run "$LAUNCH" stop --stop-timeout=2 busy
    echo "$output"
    [ "$status" -eq 75 ]
    [[ $output = *'busy: tasks are still running after 2 s: tasks.sleep for '*\
', tasks.sleep for '*'; it goes on draining; '* ]]
    run "$LAUNCH" status -v busy
    [[ $output = *'    running: tasks.sleep for '* ]]
    "$LAUNCH" kill --now
}
