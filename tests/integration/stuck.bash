# shellcheck shell=bash
#
# stuck.bash - workers behind a proxy that falls silent, and who of them
# consumes.  Loaded behind lib and proxy; $TOKENS is the directory of what the
# tasks leave.

# configure_stuck SETTINGS URL POOL...: a worker for each pool, on a queue of
# its name, and one that nobody watches over for each off-POOL.  URL is that
# of the broker behind the proxy.  Results go past it: a task that cannot
# leave its result is one that runs.
configure_stuck() {
    local settings=$1 url=$2 pool

    shift 2
    REDIS_URL=$url configure_app tasks \
        "start_timeout = 90; result_backend = \"file://$SCRATCH\"; $settings" \
        - <<<"$(
        for pool; do
            [ "$pool" = "$1" ] || echo ,
            echo "{ queue = \"$pool\"; pool = \"${pool#off-}\"; concurrency ="
            case $pool in *solo) echo 1 ;; *) echo 2 ;; esac
            case $pool in off-*) echo '; watchdog = "off"' ;; esac
            echo '; }'
        done)"
}

# feed QUEUE...: a task a second for each, named QUEUE-NUMBER, past the proxy
# to $FEED_URL, until `fed`
feed() {
    # Killed below, so no shell may stand around it.
    (cd "$APP_DIR" && CELERY_BROKER_URL=$FEED_URL exec "$PYTHON" -c '
import sys, time
from tasks import app
for number in range(600):
    for queue in sys.argv[2:]:
        app.send_task("tasks.sleep", queue=queue, args=[
            0, "%s-%d" % (queue, number), sys.argv[1]])
    time.sleep(1)
' "$TOKENS" "$@" >/dev/null 2>&1 3>&-) &
    feeder=$!
}

fed() {
    kill "$feeder" 2>/dev/null || true
    wait "$feeder" 2>/dev/null || true
}

# ended QUEUE: how many of its tasks have
ended() {
    grep -c "^end $1-" "$TOKENS/tokens" 2>/dev/null
}

# consumes_again QUEUE: more have ended than when it fell silent
consumes_again() {
    [ "$(ended "$1")" -gt "${before[$1]}" ]
}

# fall_silent QUEUE...: when each of them is consumed
fall_silent() {
    local queue

    declare -gA before
    for queue; do
        wait_for -t 60 ended "$queue"
    done
    proxy_do silence
    began=$SECONDS
    # What was on its way arrives, and is done.
    sleep 3
    for queue; do
        before[$queue]=$(ended "$queue")
    done
}

# silent_for: seconds since then
silent_for() {
    echo $((SECONDS - began))
}

# all_consume_again BROKER QUEUE...: within 40 s, and tell it
all_consume_again() {
    local queue

    for queue in "${@:2}"; do
        wait_for -t 60 consumes_again "$queue"
        tell "$1, $queue: consumes again after $(silent_for) s"
    done
    [ "$(silent_for)" -le 40 ]
}
