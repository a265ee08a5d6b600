#!/usr/bin/env bats
# bats file_tags=sanitized
#
# `start` comes back when the worker is ready, and soon after it has failed:
# with the reason from the worker's own screen, and nothing left that looks
# alive.  The next start, of what was put right, repairs it all.

load lib
load stand-in

setup_file() {
    begin_file
    redis_start

    # Not ready before a file is there, and it says when it was.
    cat >"$APP_DIR/gated.py" <<'END'
import os
import time

from celery import signals

from tasks import app  # noqa: F401

GATE = os.path.expanduser("~/gate")


@signals.worker_init.connect
def wait(**_):
    open(GATE + ".reached", "w").close()
    while not os.path.exists(GATE):
        time.sleep(0.02)


@signals.worker_ready.connect
def note(**_):
    open(GATE + ".ready", "w").close()
END
    # It cannot be imported, and says when that was.
    cat >"$APP_DIR/stamped.py" <<'END'
import os
import time

with open(os.path.expanduser("~/stamp"), "w") as file:
    file.write("%d" % (time.time() * 1000))
raise RuntimeError("this app was never meant to be imported")
END
}

setup() {
    good="celery_cmd = \"$(stand_in celery)\";"
    rm -f "$HOME"/gate* "$HOME/stamp"
    # A setup command notes down when it ends.
    stamp='date +%s%3N >~/stamp'
}

# worker SETTINGS: the configuration with this one worker
worker() {
    configure_app tasks 'pool = "solo";' "{ $1 }"
}

# start_fails [SECONDS]: within that time, and at once after a stamped failure
start_fails() {
    local late before

    before=$(starts celery)
    run within "${1:-20}" "$LAUNCH" start
    late=$((${EPOCHREALTIME/./} / 1000))
    echo "$output"
    [ "$status" -eq 69 ]
    [[ ${lines[0]} = "celery-tmux-launch: celery: did not start: "* ]]
    if [ -e "$HOME/stamp" ]; then
        late=$((late - $(cat "$HOME/stamp")))
        echo "$late ms after the failure"
        [ "$late" -lt 20000 ]
    fi
    wait_for looks_dead celery-celery
    wait_for -t 5 no_leftovers
    [ "$(starts celery)" -eq "$before" ]
    reason=$output

    run "$LAUNCH" status
    [ "$status" -eq 4 ]
    [ "$output" = 'celery: dead' ]
    [ "$(worker_field celery pid)" = null ]
    [ "$(worker_field celery mainprocess)" = null ]
}

# repaired: with a good configuration, the next start is as any other
repaired() {
    worker "$good $1"
    run "$LAUNCH" start
    [ "$status" -eq 0 ]
    [ "$output" = 'celery: started' ]
    run "$LAUNCH" status
    [ "$output" = 'celery: running' ]
    [ "$(sessions)" = celery-celery ]
    [ "$(tmux list-panes -s -t =celery-celery: -F '#{pane_dead}')" = 0 ]
    "$LAUNCH" kill --now
    [ -z "$(sessions)" ]
}

@test "start at log level info returns when the worker is ready" {
    ready_at info
}

@test "start at log level warning returns when the worker is ready" {
    ready_at warning
}

ready_at() {
    worker "app = \"gated\"; loglevel = \"$1\";"
    in_background "$SCRATCH/start" "$LAUNCH" start
    wait_for test -e "$HOME/gate.reached"
    worker_is celery starting
    # What has not come back after a good while waits for the gate.
    fails wait_for -t 1 ended "$SCRATCH/start"
    [ ! -e "$HOME/gate.ready" ]

    touch "$HOME/gate"
    wait_for ended "$SCRATCH/start"
    [ -e "$HOME/gate.ready" ]
    [ "$(cat "$SCRATCH/start")" = 'celery: started' ]
    [ "$(cat "$SCRATCH/start.status")" = 0 ]
    worker_is celery running
    [ "$(task add 2 3)" = 5 ]
    [ "$(screen celery-celery | grep -c ' ready\.$')" \
        -eq "$([ "$1" = info ] && echo 1 || echo 0)" ]
    "$LAUNCH" kill
}

@test "an app that does not exist" {
    worker 'app = "no_such_module";'
    start_fails
    [[ $reason = *"it ended with status 2; it printed last:"* ]]
    [[ $reason = *"no_such_module"* ]]
}

@test "an app that cannot be imported" {
    worker 'app = "stamped";'
    start_fails
    [ -e "$HOME/stamp" ]
    [[ $reason = *"this app was never meant to be imported"* ]]
    repaired
}

@test "an option that Celery does not know" {
    worker 'extra_args = [ "--no-such-option" ];'
    start_fails
    [[ $reason = *"status 2"*"--no-such-option"* ]]
}

@test "a missing celery, with and without a path" {
    worker 'celery_cmd = "no-such-celery";'
    start_fails 10
    [[ $reason = *"cannot run no-such-celery"*"install it"* ]]
    worker 'celery_cmd = "../none/bin/celery";'
    start_fails 10
    [[ $reason = *"cannot run ../none/bin/celery"* ]]
    repaired
}

@test "a missing worker_dir" {
    worker "$good worker_dir = \"$SCRATCH/not here\";"
    start_fails 10
    [[ $reason = *"cannot work in worker_dir $SCRATCH/not here"* ]]
    [[ $reason = *"No such file or directory"* ]]
    mkdir "$SCRATCH/not here"
    repaired "worker_dir = \"$SCRATCH/not here\";"
}

@test "a setup command that fails" {
    worker "$good worker_setup_cmd = \"echo no licence here; $stamp; false\";"
    start_fails
    [[ $reason = *"worker_setup_cmd ended with status 1; it printed"* ]]
    [[ $reason = *"no licence here"* ]]
    repaired
}

@test "a setup command that exits, with whatever status" {
    for number in 0 7 255; do
        worker "$good worker_setup_cmd = \"$stamp; exit $number\";"
        start_fails
        [[ $reason = *"worker_setup_cmd ended with status $number"* ]]
    done
    repaired 'worker_setup_cmd = "true";'
}

@test "a setup command that is not shell, and one that kills its shell" {
    worker "$good worker_setup_cmd = \"if then\";"
    start_fails 10
    [[ $reason = *"worker_setup_cmd ended with status"*"syntax error"* ]]
    worker "$good worker_setup_cmd = \"$stamp; kill -9 \$\$\";"
    start_fails
    [[ $reason = *"worker_setup_cmd ended by signal 9"* ]]
}

@test "what a failed setup command has left behind is ended" {
    worker "$good worker_setup_cmd = \"setsid sleep 1000 & $stamp; exit 3\";"
    start_fails
    repaired
}

@test "one worker's failure leaves the others alone" {
    configure <<END
workers = (
    { queue = "one"; celery_cmd = "$(stand_in one)"; },
    { queue = "two"; celery_cmd = "no-such-celery"; },
    { queue = "three"; celery_cmd = "$(stand_in three)"; }
);
END
    "$LAUNCH" start >"$SCRATCH/out" 2>"$SCRATCH/err" || status=$?
    [ "$status" -eq 69 ]
    [ "$(cat "$SCRATCH/out")" = $'one: started\nthree: started' ]
    grep -q '^celery-tmux-launch: two: did not start: ' "$SCRATCH/err"
    run "$LAUNCH" status
    [ "$status" -eq 4 ]
    [ "$output" = $'one: running\ntwo: dead\nthree: running' ]
    "$LAUNCH" kill --now
}

@test "--no-wait returns before, and status tells how it went" {
    worker "$good worker_setup_cmd = \"sleep 1; exit 7\";"
    run "$LAUNCH" start --no-wait
    [ "$status" -eq 0 ]
    [ "$output" = 'celery: started' ]
    wait_for worker_is celery dead
    run "$LAUNCH" status
    [ "$status" -eq 4 ]
    wait_for looks_dead celery-celery
}

@test "a worker that does not get ready in time goes on starting" {
    touch "$(seen celery slow)"
    worker "$good start_timeout = 1;"
    run within 40 "$LAUNCH" start
    echo "$output"
    [ "$status" -eq 75 ]
    [[ $output = *"celery: still starting after 1 s; "* ]]
    run "$LAUNCH" status
    [ "$status" -eq 75 ]
    [ "$output" = 'celery: starting' ]
    rm "$(seen celery slow)"
    wait_for worker_is celery running
    [ "$(starts celery)" -gt 0 ]
    "$LAUNCH" kill --now
}
