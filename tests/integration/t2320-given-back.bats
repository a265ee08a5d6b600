#!/usr/bin/env bats
# bats file_tags=soak
#
# kill leaves no message behind: what a worker holds goes back to its broker
# (F18), and is not held for redis' visibility timeout, an hour.  KILLS is how
# often that is looked at.

load lib

setup_file() {
    begin_file
    redis_start
    cat >"$APP_DIR/late.py" <<'END'
import os
import time
import celery
from celery.signals import worker_shutting_down
from tasks import app
app.conf.task_acks_late = True

# As Celery does it from 5.5 on: after QUIT tasks have this long, and then the
# end begins that gives back.
SOFT = float(os.environ.get("SOFT", 0))
app.conf.worker_soft_shutdown_timeout = SOFT

def shut_down(how="", **_):
    if how == "Cold" and celery.VERSION < (5, 5):
        time.sleep(SOFT)

worker_shutting_down.connect(shut_down, weak=False)
END
    configure_app late 'concurrency = 2; prefetch_multiplier = 2;
        mingle = false; stop_timeout = 1;'
}

setup() {
    NOTES=$(mktemp -d "$SCRATCH/notes XXXXXX")
    redis-cli -p "$REDIS_PORT" flushall >/dev/null
}

held() {
    redis-cli -p "$REDIS_PORT" hlen unacked
}

waiting() {
    redis-cli -p "$REDIS_PORT" llen celery
}

# holds_four [SETTING]: a worker that has two tasks under way and two reserved
holds_four() {
    "$LAUNCH" start "$@"
    app_python '
import sys, late, tasks
for number in range(6):
    tasks.sleep.delay(120, number, sys.argv[1])' "$NOTES"
    wait_for eval '[ "$(grep -c begin "$NOTES/tokens")" -eq 2 ]'
    wait_for eval '[ "$(held)" -eq 4 ]'
}

@test "after kill nothing is held, whether it waited or not" {
    for ((round = 1; round <= ${KILLS:-2}; round++)); do
        holds_four
        way=--now
        [ $((round % 2)) -eq 1 ] || way=--stop-timeout=1
        [ "$(within 20 "$LAUNCH" kill "$way")" = 'celery: killed' ]
        echo "round $round, $way: $(held) held, $(waiting) waiting"
        [ "$(held)" -eq 0 ]
        [ "$(waiting)" -eq 6 ]
        redis-cli -p "$REDIS_PORT" flushall >/dev/null
        rm -f "$NOTES/tokens"
    done
    tell "kill, $((round - 1)) rounds of four messages of 120 s tasks: none held"
}

@test "nor where Celery has a soft shutdown, for which kill waits as well" {
    holds_four --environment=SOFT=5.5
    [ "$(within 30 "$LAUNCH" kill --now)" = 'celery: killed' ]
    [ "$(held)" -eq 0 ]
    [ "$(waiting)" -eq 6 ]
}

@test "a soft shutdown that is no number does not keep a worker from ready" {
    cat >"$SCRATCH/soft.py" <<'END'
from types import SimpleNamespace as Thing

import celery_tmux as module

said = []
module.notify = said.append


def soft(value):
    module.arrivals = None
    module.ready(Thing(pool=None, app=Thing(
        loader=Thing(task_modules=set()),
        conf=Thing(worker_soft_shutdown_timeout=value))))
    return int(said.pop().rpartition("=")[2])


assert soft("60") == 60 and soft("5.5") == 6 and soft(7) == 7
assert soft(1e9) == soft("1e9") == 86400
assert [soft(none) for none in (None, 0, "", "soon", "nan", [])] == [0] * 6
END
    PYTHONPATH=$ROOT/launcher/runner PYTHONDONTWRITEBYTECODE=1 \
        "$PYTHON" "$SCRATCH/soft.py"
}
