#!/usr/bin/env bats
#
# A kernel that lacks a system call, and a container whose filter forbids it:
# each has another way.  RHEL 8 has none of those that Linux 5 brought.

load lib
load stand-in

setup_file() {
    begin_file
    gcc -o "$SCRATCH/no-syscalls" "$ROOT/tests/integration/no-syscalls.c"
    mkdir -p "$SCRATCH/seen" "$APP_DIR/below"
    configure <<END
workers = ( { queue = "celery"; worker_dir = "$APP_DIR";
    celery_cmd = "$(stand_in celery)"; stop_timeout = 5; } );
END
}

# without NAMES COMMAND...: there, tmux and the worker too
without() {
    timeout 60 "$SCRATCH/no-syscalls" "$1" -- "${@:2}"
}

# lives_without NAMES [OPTION]: start, tend, restart, stop, kill, sync
lives_without() {
    forget
    [ "$(without "$1" "$LAUNCH" start)" = 'celery: started' ]
    first=$(worker_pid celery)
    kill -KILL "$(runner_pid celery)"
    wait_for eval '[[ $(without '"$1"' "$LAUNCH" tend) = "celery: draining"* ]]'
    wait_for fails is_running "$first"
    wait_for worker_is celery running
    [ "$(without "$1" "$LAUNCH" restart)" = 'celery: restarted' ]
    [ "$(without "$1" "$LAUNCH" stop)" = 'celery: stopped' ]
    touch "$APP_DIR/below/old.pyc"
    without "$1" "$LAUNCH" sync
    [ ! -e "$APP_DIR/below/old.pyc" ]
    [ "$(without "$1" "$LAUNCH" start)" = 'celery: started' ]
    [ "$(without "$1" "$LAUNCH" kill --now)" = 'celery: killed' ]
    no_leftovers
}

@test "without one of them" {
    for name in pidfd_open pidfd_send_signal close_range openat2 clone3 \
        getrandom; do
        lives_without "$name"
    done
}

@test "without all of them" {
    lives_without \
        pidfd_open,pidfd_send_signal,close_range,openat2,clone3,getrandom
}

@test "without getrandom an id is what the device gave" {
    forget
    without getrandom strace -qqxo "$SCRATCH/trace" -P /dev/urandom \
        -e trace=read "$LAUNCH" start
    cat "$SCRATCH/trace"
    id=$(sed -n 's/^id //p' \
        "$(run_of "$HOME"/.local/state/celery-tmux/*/celery-celery)/run")
    sed 's/\\x//g' "$SCRATCH/trace" | grep "\"$id\", 16) *= 16"
    "$LAUNCH" kill
}
