# shellcheck shell=bash
#
# broken.bash - for tests that restart a busy worker with something that cannot
# work: an app and a configuration that are sound, tasks that are held and
# counted.

SENT=0

setup_file() {
    begin_file
    redis_start
    cp -R "$APP_DIR" "$SCRATCH/sound"
    mkdir "$SCRATCH/tokens"
}

# Whatever came of a test, the next one begins from a clean table.
teardown() {
    end_test
    end_all
    rm -f "$SCRATCH/tokens"/*
    redis-cli -p "$REDIS_PORT" flushall >/dev/null
}

# sound [SETTINGS]: the app and the configuration as they should be, and more
sound() {
    cp "$SCRATCH"/sound/*.py "$APP_DIR"
    configure_app "${app:-tasks}" "concurrency = 2; mingle = false;
        stop_timeout = 60; ${1-}"
}

# send_more COUNT: so many more tasks, each with a number of its own
send_more() {
    APP_DIR=$SCRATCH/sound app_python '
import sys
from tasks import sleep
for number in range(int(sys.argv[1]), int(sys.argv[2])):
    sleep.delay(0.4, number, sys.argv[3])
' "$SENT" "$((SENT + $1))" "$SCRATCH/tokens"
    SENT=$((SENT + $1))
}

# is_busy: it has two tasks in work, which are held until `release`
is_busy() {
    [ "$(grep -c begin "$SCRATCH/tokens/tokens")" -eq 2 ]
}

release() {
    rm "$SCRATCH/tokens/held"
}

# all_done: of everything sent nothing is lost, nothing done twice
all_done() {
    wait_for -t 60 all_ended "$SCRATCH/tokens" "$SENT"
    [ -z "$(tokens_lost "$SCRATCH/tokens")" ]
    [ "$(grep -c begin "$SCRATCH/tokens/tokens")" -eq "$SENT" ]
}

# begin_busy [SETTINGS]: a sound worker with tasks, and its pid in `first`
begin_busy() {
    touch "$SCRATCH/tokens/held"
    SENT=0
    sound "${1-}"
    "$LAUNCH" start
    send_more 6
    wait_for is_busy
    # shellcheck disable=SC2034 # for the tests
    first=$(worker_pid celery)
}
