#!/usr/bin/env bats
# shellcheck disable=SC2016 # $ is often for a shell elsewhere
#
# PDSH_CELERY_SHIP and what comes after: a worker that a shipped program
# started lives and comes back with that program alone, from cron too.

load lib
load stand-in
load fan-out
load shipping

setup_file() {
    begin_file
    shipping_ready
    link_static "$STATIC"
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
    # The node is this machine, where nothing of ours is in the PATH.
    ssh_does 'echo "$host $(stat -L -c %s /dev/stdin)" >>"$SCRATCH/offered"
        exec env -i HOME="$HOME" TMUX_TMPDIR="$TMUX_TMPDIR" \
        PATH=/usr/bin:/bin /bin/bash -c "${words[*]:i+1}"'
    : >"$SCRATCH/offered"
    cached=$HOME/.cache/celery-tmux/$VERSION-$ARCH/celery-tmux-launch
    configure <<END
defaults = { stop_timeout = 10; };
workers = ( { queue = "celery"; celery_cmd = "$(stand_in celery)"; } );
END
}

teardown() {
    [ -n "${SKIP-}" ] || "$LAUNCH" kill --now >/dev/null 2>&1 || true
    rm -rf "$HOME/.cache"
    end_test
}

# cron WORD...: the shipped program, as a line of a crontab calls it
cron() {
    env -i HOME="$HOME" TMUX_TMPDIR="$TMUX_TMPDIR" LOGNAME=root \
        PATH=/usr/bin:/bin /bin/sh -c '"$@"' sh "$cached" "$@"
}

# runs_shipped: the worker is up, and its runner is the shipped program
runs_shipped() {
    state_is celery running && [ "/proc/$(runner_pid celery)/exe" -ef "$cached" ]
}

# begins_anew PID: the MainProcess is another one than that
begins_anew() {
    local pid

    pid=$(worker_pid celery)
    [ "$pid" != null ] && [ "$pid" != "$1" ] && runs_shipped
}

@test "what is shipped starts a worker that needs no other program" {
    ships n1 start
    [ "$status" -eq 0 ]
    [ "${lines[-1]}" = 'celery: started' ]
    runs_shipped
    first=$(worker_pid celery)
    ships n1 status
    [ "$output" = 'celery: running' ]
    [ "$(sent)" -eq "$(stat -c %s "$STATIC")" ]

    # The runner begins the next life by itself.
    kill -KILL "$first"
    wait_for begins_anew "$first"

    # Without a runner it is for cron, by the path of the program.
    kill -KILL "$(runner_pid celery)" "$(worker_pid celery)"
    wait_for fails state_is celery running
    run cron tend
    echo "$output"
    wait_for runs_shipped
    [ "$(cron status)" = 'celery: running' ]
    run cron tend
    [ "$status" -eq 0 ]
    [ -z "$output" ]
}

@test "a program that is replaced is the one for the next life" {
    ships n1 start
    runs_shipped
    old=$(runner_pid celery)
    first=$(worker_pid celery)
    # Another build of the same version.
    cp "$STATIC" "$SCRATCH/one"
    echo >>"$STATIC"
    ships n1 status
    [ "$output" = 'celery: running' ]
    cmp "$STATIC" "$cached"
    [ "$(runner_pid celery)" = "$old" ]
    [ "$(worker_pid celery)" = "$first" ]
    [[ $(readlink "/proc/$old/exe") = *' (deleted)' ]]
    kill -KILL "$first"
    wait_for begins_anew "$first"
    mv "$SCRATCH/one" "$STATIC"
}

@test "a head whose own program is static sends that one" {
    mkdir -p "$SCRATCH/alone"
    cp "$STATIC" "$SCRATCH/alone/celery-tmux-launch"
    run fan_out -N -w n1 "$SCRATCH/alone/celery-tmux-launch" status
    echo "$output"
    [ "$status" -eq 3 ]
    [ "${lines[0]}" = 'celery: stopped' ]
    cmp "$STATIC" "$cached"
}

@test "as root for another user: a sentence, where the user cannot run it" {
    [ "$(id -u)" -eq 0 ] || skip "only root runs other users' workers"
    # glibc's static programs do not look up groups safely.
    cp "$LAUNCH" "$STATIC"
    configure <<<'workers = ( { queue = "theirs"; user = "daemon"; } );'
    ships n1 status
    [ "$status" -eq 69 ]
    [ "${lines[0]}" = "celery-tmux-launch: cannot run $cached: Permission denied" ]
    [ "${lines[1]}" = 'celery-tmux-launch: user daemon has to run it: install it where that user can, or call it as that user, as with pdsh -l daemon' ]
}
