#!/usr/bin/env bats
#
# A runner that was killed: its worker goes on, is seen to be without one,
# and is replaced without a loss; what guards its terminal is nobody's burden.

load lib
load stand-in

setup_file() {
    begin_file
    redis_start
    cat >"$APP_DIR/loud.py" <<'END'
import fcntl
import os
import time
from tasks import app, _note

@app.task
def shout(kilobytes, token, directory, gate=""):
    """Print so much, half of it when the gate is there; count as sleep does."""
    _note(directory, "begin %s\n" % token)
    for number in range(kilobytes):
        while gate and number == kilobytes // 2 and not os.path.exists(gate):
            time.sleep(0.05)
        block = (b"x" * 63 + b"\n") * 16
        while block:
            block = block[os.write(1, block):]
    _note(directory, "end %s\n" % token)

@app.task
def terminals(directory, gate):
    """Print to terminals of its own, read them when the gate is there."""
    # Theirs come before the worker's.
    for name in os.listdir("/proc/self/fd"):
        if os.path.exists("/proc/self/fd/" + name) and os.readlink(
                "/proc/self/fd/" + name).endswith("ptmx"):
            fcntl.fcntl(int(name), fcntl.F_DUPFD, 200)
            os.close(int(name))
    own = [os.openpty() for _ in range(20)]
    for _, other in own:
        os.write(other, b"mine")
    _note(directory, "begin 0\n")
    while not os.path.exists(gate):
        time.sleep(0.05)
    for master, other in own:
        os.set_blocking(master, False)
        assert os.read(master, 9) == b"mine"
    shout.run(512, 0, directory)
END
    configure_app loud 'concurrency = 2; mingle = false; stop_timeout = 60;'
}

setup() {
    DIRECTORY=$(mktemp -d "$SCRATCH/tokens XXXXXX")
}

# shout COUNT KILOBYTES [GATE]
shout() {
    app_python '
import sys, loud
count, size, directory, gate = sys.argv[1:]
for number in range(int(count)):
    loud.shout.delay(int(size), number, directory, gate)' \
        "$1" "$2" "$DIRECTORY" "${3-}"
}

# guards: those of our worker's terminal, one a line.  A container has terminals
# of its own, with the same numbers.
guards() {
    local pid terminal

    terminal=$(readlink "/proc/$(worker_pid celery)/fd/1")
    for pid in $(pgrep --ns $$ --nslist mnt -x celery-terminal); do
        ! grep -qx "tty-index:[[:blank:]]*${terminal##*/}" \
            "/proc/$pid/fdinfo/0" 2>/dev/null || echo "$pid"
    done
}

# kill_runner: as nothing can be caught
kill_runner() {
    runner=$(runner_pid celery)
    kill -KILL "$runner"
    wait_for fails is_running "$runner"
}

says() {
    run "$LAUNCH" status
    [ "$status" -eq "$1" ]
    [ "$output" = "celery: $2" ]
}

@test "a record on a disk that hangs holds up no task" {
    "$LAUNCH" start
    # What strace delays is a thread's call.
    strace -fqqo "$SCRATCH/held-up" -e trace=pwrite64 \
        -e inject=pwrite64:delay_enter=120000000 \
        -p "$(runner_pid celery)" 3>&- &
    strace=$!
    wait_for grep -q TracerPid:.*[1-9] "/proc/$(runner_pid celery)/status"
    shout 1 10
    wait_for test -s "$SCRATCH/held-up"
    wait_for all_ended "$DIRECTORY" 1
    rm "$DIRECTORY/tokens"
    shout 20 200
    wait_for all_ended "$DIRECTORY" 20
    kill "$strace"
    wait "$strace" || true
    "$LAUNCH" kill
}

# begun_without_runner [OPTION]: a start whose runner was killed before Celery
# was ready, and a task of it that runs
begun_without_runner() {
    rm -f "$SCRATCH/go"
    "$LAUNCH" start --no-wait "$@" --worker-setup-cmd="touch '$SCRATCH/setup'; \
until [ -e '$SCRATCH/go' ]; do sleep 0.1; done"
    wait_for test -e "$SCRATCH/setup"
    rm "$SCRATCH/setup"
    # Whom it has started the runner writes down a moment after that began.
    wait_for grep -q '^child [1-9]' "$(run_of \
        "$HOME/.local/state/celery-tmux/$(uname -n)/celery-celery")/run"
    kill_runner
    touch "$SCRATCH/go"
    shout 1 10 "$DIRECTORY/gate"
    wait_for grep -q begin "$DIRECTORY/tokens"
}

@test "one that is killed before Celery is ready leaves no worker unknown" {
    local main way
    local -a wrapped

    # One that stays in front of Celery, and would end at once.
    printf '#!/bin/sh\ncelery "$@"\nexit $?\n' >"$SCRATCH/wrapper"
    chmod +x "$SCRATCH/wrapper"
    for way in stop tend wrapped; do
        wrapped=()
        [ "$way" != wrapped ] || { way=stop
            wrapped=("--celery-cmd='$SCRATCH/wrapper'"); }
        rm -f "$DIRECTORY"/*
        begun_without_runner "${wrapped[@]}"
        [[ $("$LAUNCH" status) = 'celery: starting (runner gone)'* ]]
        main=$(worker_pid celery)
        in_background "$SCRATCH/said" "$LAUNCH" "$way"
        wait_for eval '"$LAUNCH" status | grep -q draining'
        is_running "$main"
        touch "$DIRECTORY/gate"
        wait_for ended "$SCRATCH/said"
        cat "$SCRATCH/said"
        wait_for all_ended "$DIRECTORY" 1
        wait_for fails is_running "$main"
        [ "$way" = tend ] || [ "$(cat "$SCRATCH/said")" = 'celery: stopped' ]
        wait_for state_is celery "$([ "$way" = stop ] && echo stopped ||
            echo running)"
        "$LAUNCH" kill
    done
}

@test "its tasks print on and finish, status tells, tend replaces it: 0 of 100 lost" {
    "$LAUNCH" start
    main=$(worker_pid celery)
    shout 2 1024 "$DIRECTORY/gate"
    wait_for eval '[ "$(grep -c begin "$DIRECTORY/tokens")" -eq 2 ]'
    kill_runner
    touch "$DIRECTORY/gate"
    wait_for all_ended "$DIRECTORY" 2
    says 4 'running (runner gone)'
    [ "$(worker_field celery state)" = running ]
    [ "$(worker_field celery runner_gone)" = true ]
    [ "$(worker_field celery pid)" = null ]
    [ "$(worker_pid celery)" = "$main" ]

    rm "$DIRECTORY/tokens"
    shout 100 40
    wait_for grep -q end "$DIRECTORY/tokens"
    run within 15 "$LAUNCH" tend
    [ "$status" -eq 0 ]
    [ "$output" = 'celery: draining (its runner was killed)' ]
    # TERM comes once, and two never run at once.
    [ -z "$("$LAUNCH" tend)" ]
    # The next one needs no tend any more.
    wait_for all_ended "$DIRECTORY" 100
    [ "$(grep -c begin "$DIRECTORY/tokens")" -eq 100 ]
    wait_for says 0 running
    fails is_running "$main"
    [ "$(worker_field celery runner_gone)" = false ]
    # The pane of the killed one is gone, and the guard with its worker.
    [ "$(tmux list-panes -a -F '#{pane_dead}')" = 0 ]
    [ "$(guards | wc -l)" -eq 1 ]
}

@test "stop waits for the last task and leaves nothing, restart and apply begin the next" {
    "$LAUNCH" start --kill-existing=false
    for way in restart apply stop; do
        rm -f "$DIRECTORY/"*
        task leave double_fork "left-$way"
        shout 2 512 "$DIRECTORY/gate"
        wait_for eval '[ "$(grep -c begin "$DIRECTORY/tokens")" -eq 2 ]'
        guard=$(guards)
        kill_runner
        (sleep 1 && touch "$DIRECTORY/gate") 3>&- &
        run "$LAUNCH" "$way"
        echo "$way: $output"
        [ "$status" -eq 0 ]
        all_ended "$DIRECTORY" 2
        fails pgrep -f "^left-$way 1000"
    done
    [ "$output" = 'celery: stopped' ]
    no_leftovers
    [ -z "$(sessions)" ]
    says 3 stopped
    wait_for fails is_running "$guard"
}

@test "a call killed before its TERM told nobody, and one more TERM cuts nothing off" {
    local row command when next

    strace -qqo "$SCRATCH/calls" -e inject=pidfd_send_signal:signal=KILL true ||
        skip "this strace cannot kill at pidfd_send_signal"
    # At TERM, and at what comes between that and the note that it was sent.
    for row in 'stop 1 stop' 'tend 1 tend' 'stop 2 stop' 'stop 1 tend'; do
        read -r command when next <<<"$row"
        rm -f "$DIRECTORY"/*
        "$LAUNCH" start
        main=$(worker_pid celery)
        shout 2 10 "$DIRECTORY/gate"
        wait_for eval '[ "$(grep -c begin "$DIRECTORY/tokens")" -eq 2 ]'
        kill_runner
        record=$HOME/.local/state/celery-tmux/$(uname -n)/celery-celery
        record=$(run_of "$record")/run
        run strace -qqo "$SCRATCH/calls" -e trace=pidfd_send_signal \
            -e "inject=pidfd_send_signal:signal=KILL:when=$when" \
            "$LAUNCH" "$command"
        echo "$row: $status $output"
        [ "$status" -eq 137 ]
        grep '^state draining$' "$record"
        in_background "$SCRATCH/said" "$LAUNCH" "$next"
        wait_for grep '^asked 1$' "$record"
        touch "$DIRECTORY/gate"
        wait_for ended "$SCRATCH/said"
        cat "$SCRATCH/said"
        wait_for all_ended "$DIRECTORY" 2
        [ "$(grep -c begin "$DIRECTORY/tokens")" -eq 2 ]
        wait_for fails is_running "$main"
        [ "$next" = tend ] ||
            [ "$(cat "$SCRATCH/said")" = 'celery: stopped' ]
        "$LAUNCH" kill
    done
}

@test "kill cuts off, and leaves nothing" {
    "$LAUNCH" start
    shout 1 512 "$DIRECTORY/gate"
    wait_for grep -q begin "$DIRECTORY/tokens"
    kill_runner
    guard=$(guards)
    [ "$(within 20 "$LAUNCH" kill --now)" = 'celery: killed' ]
    no_leftovers
    wait_for fails is_running "$guard"
    [ -z "$(sessions)" ]
}

# pss PID: in KiB
pss() {
    awk '$1 == "Pss:" { print $2 }' "/proc/$1/smaps_rollup"
}

# bytes_read PID
bytes_read() {
    awk '$1 == "rchar:" { print $2 }' "/proc/$1/io"
}

@test "the guard is small, stands in nobody's tree, and another follows a killed one" {
    "$LAUNCH" start
    guard=$(guards)
    [ "$(wc -l <<<"$guard")" -eq 1 ]
    runner=$(runner_pid celery)
    descendants "$runner" >"$SCRATCH/below"
    grep -qx "$(worker_pid celery)" "$SCRATCH/below"
    fails grep -qx "$guard" "$SCRATCH/below"
    before=$(bytes_read "$guard")
    shout 1 512
    wait_for all_ended "$DIRECTORY" 1
    tell "the guard has $(pss "$guard") KiB, its runner $(pss "$runner") KiB"
    [ "$(pss "$guard")" -le "$(pss "$runner")" ]
    # It holds the terminal and waits, and reads nothing meanwhile.
    [ "$(find "/proc/$guard/fd" -type l | wc -l)" -eq 2 ]
    [ "$(bytes_read "$guard")" -eq "$before" ]

    kill -KILL "$guard"
    wait_for eval '[ -n "$(guards)" ] && [ "$(guards)" != "$guard" ]'
    [ "$(runner_pid celery)" = "$runner" ]
    says 0 running
    left=$(task leave double_fork left-adopted)
    [ "$(ps -o ppid= "$left" | xargs)" = "$runner" ]
    kill_runner
    rm "$DIRECTORY/tokens"
    shout 2 512
    wait_for all_ended "$DIRECTORY" 2
    [ "$(bytes_read "$(guards)")" -gt 1000000 ]
    [ "$("$LAUNCH" restart)" = 'celery: restarted' ]

    # A stopped runner is not gone; it ends when asked, and so does its guard,
    # which counts as nothing left behind.
    guard=$(guards)
    kill -STOP "$(runner_pid celery)"
    says 0 running
    [ "$("$LAUNCH" stop)" = 'celery: stopped' ]
    no_leftovers
    fails is_running "$guard"
    "$LAUNCH" status -v >"$SCRATCH/told" || true
    sed -n '/the last run/p' "$SCRATCH/told" | grep -q 'asked by stop'
    fails grep 'the last run.* left behind' "$SCRATCH/told"
}

# kill_both: the runner and its guard.  The runner first, or it would see to
# another guard; tmux lets no program of a pane stay stopped.
kill_both() {
    local both

    both="$(runner_pid celery) $(guards)"
    # shellcheck disable=SC2086 # a pid each
    kill -KILL $both
    wait_for fails is_running "${both%% *}"
    wait_for eval '[ -z "$(guards)" ]'
}

# shouting: the first of two tasks has filled the terminal, and waits
shouting() {
    shout 2 512
    wait_for grep -q begin "$DIRECTORY/tokens"
    sleep 1
    fails grep end "$DIRECTORY/tokens"
}

@test "runner and guard killed together: tend, restart and stop have the terminal emptied" {
    local seen=()

    for way in tend restart stop; do
        rm -f "$DIRECTORY/tokens"
        "$LAUNCH" start --kill-existing=false
        main=$(worker_pid celery)
        kill_both
        shouting
        run within 30 "$LAUNCH" "$way"
        echo "$way: $status $output"
        [ "$status" -eq 0 ]
        [[ $output = 'celery: '* ]]
        # shellcheck disable=SC2207 # pids
        seen+=($(guards || true))
        wait_for fails is_running "$main"
        # A task that was not begun yet is given back, for whoever comes next.
        [ "$way" != stop ] || "$LAUNCH" start
        "$LAUNCH" tend
        wait_for all_ended "$DIRECTORY" 2
        [ -z "$(tokens_lost "$DIRECTORY")" ]
    done
    [ "$output" = 'celery: stopped' ]
    "$LAUNCH" stop
    no_leftovers
    # Other files have guards of their own.
    [ "${#seen[@]}" -gt 0 ]
    for guard in "${seen[@]}"; do
        wait_for fails is_running "$guard"
    done
}

@test "one guard is enough, also while it drains" {
    "$LAUNCH" start
    main=$(worker_pid celery)
    shout 1 512 "$DIRECTORY/gate"
    wait_for grep -q begin "$DIRECTORY/tokens"
    guard=$(guards)
    kill_runner
    [[ $("$LAUNCH" tend) = 'celery: draining'* ]]
    [ "$(guards)" = "$guard" ]
    kill -KILL "$guard"
    wait_for fails is_running "$guard"
    [ -z "$("$LAUNCH" tend)" ]
    wait_for eval '[ "$(guards | wc -l)" -eq 1 ]'
    guard=$(guards)
    [ -z "$("$LAUNCH" tend)" ]
    run "$LAUNCH" stop --stop-timeout=1
    [ "$status" -eq 75 ]
    [ "$(guards)" = "$guard" ]
    touch "$DIRECTORY/gate"
    wait_for all_ended "$DIRECTORY" 1
    wait_for fails is_running "$main"
    wait_for fails is_running "$guard"
    "$LAUNCH" stop
}

@test "of a task's own terminals nothing is taken" {
    "$LAUNCH" start --pool=solo
    main=$(worker_pid celery)
    app_python 'import sys, loud; loud.terminals.delay(*sys.argv[1:])' \
        "$DIRECTORY" "$DIRECTORY/gate"
    wait_for grep -q begin "$DIRECTORY/tokens"
    kill_both
    [[ $("$LAUNCH" tend) = 'celery: draining'* ]]
    touch "$DIRECTORY/gate"
    wait_for grep -q end "$DIRECTORY/tokens"
    wait_for fails is_running "$main"
    "$LAUNCH" stop
}

@test "where the kernel has no pidfd_getfd, or forbids it, all goes on as it can" {
    "${CC:-cc}" -o "$SCRATCH/no-syscalls" "$ROOT/tests/integration/no-syscalls.c"
    for error in '' --error=EPERM; do
        "$LAUNCH" start
        main=$(worker_pid celery)
        kill_both
        # shellcheck disable=SC2086 # none, or one
        [[ $("$SCRATCH/no-syscalls" pidfd_getfd $error -- "$LAUNCH" tend) = \
            'celery: draining'* ]]
        [ -z "$(guards)" ]
        wait_for fails is_running "$main"
        "$LAUNCH" stop
    done
}
