#!/usr/bin/env bats
# bats file_tags=sanitized
#
# What kill cannot end it names: a task ran sudo, say, and the process belongs
# to root now.  And when the runner was killed, a process without the run's
# cookie is found nevertheless.
#
# The worker belongs to nobody, so the tests need root.

load lib
load stand-in

setup_file() {
    begin_file
    if [ "$(id -u)" -ne 0 ]; then
        export SKIP='needs root, for a worker of one user with processes of another'
        return 0
    fi
    export WORKER=$SCRATCH/seen/celery BIN=$SCRATCH/bin
    mkdir -p "$WORKER" "$BIN"
    cp "$LAUNCH" "$ROOT/tests/integration/stand-in" "$BIN"
    # What sudo does, without its questions.
    cp /usr/bin/setpriv "$BIN/root"
    chmod 4755 "$BIN/root"
    cat >"$BIN/leaves" <<'LEAVES'
#!/bin/sh
# Starts the children that a test wants, and is a worker.
. "$1/children"
exec "${0%/*}/stand-in" "$1"
LEAVES
    # What is tried becomes root's.
    cat >"$BIN/stays" <<STAYS
#!/bin/sh
exec '$BIN/root' --reuid 0 --regid 0 --clear-groups -- sleep 5149
STAYS
    cat >"$BIN/launch" <<LAUNCHER
#!/bin/sh
cd "$HOME"
exec setpriv --reuid 65534 --regid 65534 --clear-groups \
    "$BIN/celery-tmux-launch" "\$@"
LAUNCHER
    chmod 755 "$BIN/leaves" "$BIN/stays" "$BIN/launch" "$SCRATCH"
    LAUNCH=$BIN/launch
    configure <<CONF
defaults = { worker_dir = "$APP_DIR"; stop_timeout = 20; };
workers = ( { queue = "celery"; celery_cmd = "'$BIN/leaves' '$WORKER'"; } );
CONF
    chown -R 65534:65534 "$HOME" "$WORKER" "$TMUX_TMPDIR"
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
}

teardown() {
    end_test
    # Root ends what nobody could not.
    end_those
}

# those: pids of the children that a test has started
those() {
    our_processes | sed -n 's/^\([0-9]*\) sleep 514[0-9]$/\1/p'
}

end_those() {
    local pid

    for pid in $(those); do
        kill -KILL "$pid" || true
    done
}

# begin CHILDREN: a worker that has started these
begin() {
    echo "$1" >"$WORKER/children"
    "$LAUNCH" start
    wait_for eval '[ "$(those | wc -l)" -ge 1 ]'
    main=$(worker_pid celery)
    runner=$(runner_pid celery)
}

kill_runner() {
    kill -KILL "$runner"
    wait_for fails is_running "$runner"
    is_running "$main"
}

as_root() {
    echo "'$BIN/root' --reuid 0 --regid 0 --clear-groups -- sleep 5141 &"
}

@test "kill names a process of another user, and does not wait for it in vain" {
    begin "$(as_root)"
    pid=$(those)
    [ "$(stat -c %u "/proc/$pid")" -eq 0 ]

    run_apart within 30 "$LAUNCH" kill
    [ "$status" -eq 70 ]
    [ "$output" = '' ]
    # shellcheck disable=SC2154 # by run
    [[ $stderr = *"celery: some of its processes are left: $pid (sleep 5141);"*root* ]]
    fails is_running "$main"
    fails is_running "$runner"
    is_running "$pid"

    # The record keeps it.
    [ "$(worker_field celery state)" = stopped ]
    "$LAUNCH" status -v >"$SCRATCH/status" || [ $? -eq 3 ]
    grep -q "; could not end what it left behind: $pid (sleep 5141)" \
        "$SCRATCH/status"
    worker_field celery last_run |
        jq -e --arg left "$pid (sleep 5141)" '.left == $left'

    # And it is told as long as it is there.
    run "$LAUNCH" kill
    [ "$status" -eq 70 ]
    [[ $output = *"$pid (sleep 5141)"* ]]
    kill -KILL "$pid"
    [ "$("$LAUNCH" kill)" = 'celery: not running' ]
}

@test "stop names it too, and restart does while the next worker runs" {
    begin "$(as_root)"
    pid=$(those)
    run within 30 "$LAUNCH" stop
    [ "$status" -eq 70 ]
    [[ $output = *"$pid (sleep 5141)"* ]]
    end_those

    begin "$(as_root)"
    pid=$(those)
    : >"$WORKER/children"
    run_apart within 30 "$LAUNCH" restart
    [ "$status" -eq 0 ]
    [ "$output" = 'celery: restarted' ]
    [[ $stderr = *"$pid (sleep 5141)"* ]]
    worker_is celery running
    end_those
    [ "$("$LAUNCH" kill)" = 'celery: killed' ]
}

@test "a process of the worker's user below one of another is ended" {
    begin "'$BIN/root' --reuid 0 --regid 0 --clear-groups -- sh -c \
        'setpriv --reuid 65534 sleep 5142 & exec sleep 5141' &"
    wait_for eval '[ "$(those | wc -l)" -eq 2 ]'
    run within 30 "$LAUNCH" kill
    [ "$status" -eq 70 ]
    [[ $output = *'(sleep 5141)'* && $output != *5142* ]]
    [ "$(those | wc -l)" -eq 1 ]
}

@test "without a runner, what has no cookie is found by where it came from" {
    # A child; one in a session of its own; one that has lost its parent; and
    # one that has both, and prints to the worker's terminal alone.
    begin 'env -i sleep 5143 &
        env -i setsid sleep 5144 &
        (env -i sleep 5145 &)
        (env -i setsid sleep 5146 &)'
    wait_for eval '[ "$(those | wc -l)" -eq 4 ]'
    kill_runner

    "$LAUNCH" kill --dry-run >"$SCRATCH/list"
    for pid in "$main" $(those); do
        grep -q "^    $pid (" "$SCRATCH/list"
    done
    [ "$(wc -l <"$SCRATCH/list")" -eq 6 ]

    run "$LAUNCH" kill
    [ "$status" -eq 0 ]
    [ "$output" = 'celery: killed' ]
    [ -z "$(those)" ]
    fails is_running "$main"
}

# Each container has terminals of its own, which are called as the worker's is.
@test "without a runner, who prints to another terminal of that name is left alone" {
    needs_own_mounts
    begin 'env -i sleep 5143 &'
    kill_runner
    terminal=$(readlink "/proc/$main/fd/1")
    cat >"$SCRATCH/elsewhere.py" <<'END'
import fcntl, os, struct, sys
while True:
    master = os.open("/dev/pts/ptmx", os.O_RDWR | os.O_NOCTTY)
    fcntl.ioctl(master, 0x40045431, struct.pack("i", 0))    # TIOCSPTLCK
    number, = struct.unpack("i", fcntl.ioctl(master, 0x80045430, bytes(4)))
    if number == int(sys.argv[1]):
        break
os.set_inheritable(master, True)
slave = os.open("/dev/pts/%d" % number, os.O_RDWR | os.O_NOCTTY)
os.dup2(slave, 1)
os.dup2(slave, 2)
os.execvp("sleep", ["sleep", "5148"])
END
    # shellcheck disable=SC2016 # for the inner shell
    unshare -m setsid sh -c '
        mount -t devpts -o newinstance,ptmxmode=0666,mode=0666 none /dev/pts
        exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"' sh \
        "$PYTHON" -IS "$SCRATCH/elsewhere.py" "${terminal##*/}" \
        3>&- </dev/null &
    wait_for eval 'those | xargs -I{} cat /proc/{}/cmdline | grep -q 5148'
    for innocent in $(those); do
        fails grep -q 5148 "/proc/$innocent/cmdline" || break
    done
    [ "$(readlink "/proc/$innocent/fd/1")" = "$terminal" ]

    [ "$("$LAUNCH" kill)" = 'celery: killed' ]
    [ "$(those)" = "$innocent" ]
    is_running "$innocent"
}

@test "without a runner, one of another user is named" {
    begin "$(as_root)"
    pid=$(those)
    kill_runner
    run within 30 "$LAUNCH" kill
    [ "$status" -eq 70 ]
    [[ $output = *"some of its processes are left: $pid (sleep 5141);"* ]]
    is_running "$pid"
}

@test "when runner and MainProcess were killed, kill ends what is left" {
    begin 'setsid sleep 5147 &'
    kill -KILL "$runner" "$main"
    wait_for fails is_running "$main"
    [ -n "$(those)" ]
    [ "$("$LAUNCH" kill)" = 'celery: killed' ]
    [ -z "$(those)" ]
    [ "$("$LAUNCH" kill)" = 'celery: not running' ]
}

# checks: in the background, what becomes root's
checks() {
    in_background "$SCRATCH/check" env --default-signal=INT "$LAUNCH" check \
        --start-timeout="$1" --celery-cmd="'$BIN/stays'"
    wait_for eval '[ "$(those | wc -l)" -eq 1 ]'
    pid=$(those)
}

@test "check names what it cannot end, and does not wait for it in vain" {
    checks 10
    wait_for -t 30 ended "$SCRATCH/check"
    cat "$SCRATCH/check"
    is_running "$pid"
    [ "$(cat "$SCRATCH/check.status")" -eq 69 ]
    grep -q "cannot be ended: $pid (sleep 5149); it belongs to another user" \
        "$SCRATCH/check"
    end_those
}

@test "nor does it after ^C" {
    checks 100
    # shellcheck disable=SC2154 # stand-in.bash says it
    kill -INT "$(pgrep -P "$background")"
    wait_for -t 15 ended "$SCRATCH/check"
    is_running "$pid"
    [ "$(cat "$SCRATCH/check.status")" -eq 130 ]
    end_those
}

@test "restart names it too, and goes on" {
    begin "[ ! -e \"\$CELERY_TMUX_RECORD/findings\" ] || exec '$BIN/stays'
        env -i sleep 5143 &"
    in_background "$SCRATCH/restart" "$LAUNCH" restart --start-timeout=15
    wait_for -t 60 ended "$SCRATCH/restart"
    cat "$SCRATCH/restart"
    [ "$(cat "$SCRATCH/restart.status")" -eq 0 ]
    grep -qx 'celery: restarted' "$SCRATCH/restart"
    grep -q 'which goes on: .* ended: [0-9]* (sleep 5149);' "$SCRATCH/restart"
    fails is_running "$main"
    "$LAUNCH" kill
    end_those
}
