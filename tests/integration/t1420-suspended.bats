#!/usr/bin/env bats
#
# A machine that sleeps for an hour takes no time from anybody: who was given
# stop_timeout has it when the machine wakes.  The kernel's clock that counts
# suspended time is made to jump an hour ahead again and again.

load lib
load stand-in

setup_file() {
    begin_file
    cat >"$SCRATCH/suspended.c" <<'C'
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Suspended for an hour between any two looks at the clock. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    static long hours;
    int result = syscall(SYS_clock_gettime, clock, now);

    if (clock == CLOCK_BOOTTIME)
        now->tv_sec += 3600 * ++hours;
    return result;
}
C
    # A sanitizer wants to be the first that is loaded, and what is linked
    # statically loads nothing.
    if [[ $LAUNCH = *-sanitize/* ]] || ! ldd "$LAUNCH" >/dev/null 2>&1; then
        export SKIP='the clock of this program cannot be replaced'
        return 0
    fi
    "${CC:-cc}" -shared -fPIC -o "$SCRATCH/suspended.so" "$SCRATCH/suspended.c"
    configure <<CONF
defaults = { worker_dir = "$APP_DIR"; stop_timeout = 30; start_timeout = 30; };
workers = ( { queue = "celery"; celery_cmd = "$(stand_in celery)"; } );
CONF
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
}

suspended() {
    # A path with a blank would be two to LD_PRELOAD.
    LD_LIBRARY_PATH=$SCRATCH LD_PRELOAD=suspended.so "$@"
}

@test "start and stop have their time, however long the machine sleeps meanwhile" {
    touch "$(seen celery slow)" "$(seen celery busy)"
    in_background "$SCRATCH/start" suspended "$LAUNCH" start
    wait_for worker_is celery starting
    wait_for says . "$(seen celery starts)"
    [ ! -e "$SCRATCH/start.status" ]
    rm "$(seen celery slow)"
    wait_for ended "$SCRATCH/start"
    [ "$(cat "$SCRATCH/start")" = 'celery: started' ]

    in_background "$SCRATCH/stop" suspended "$LAUNCH" stop
    wait_for worker_is celery draining
    sleep 1.2                   # it looks at the clock once a second
    [ ! -e "$SCRATCH/stop.status" ]
    rm "$(seen celery busy)"
    wait_for ended "$SCRATCH/stop"
    [ "$(cat "$SCRATCH/stop")" = 'celery: stopped' ]
}

@test "a call that began before a run, and not after it, joins that" {
    "$LAUNCH" start
    main=$(worker_pid celery)
    # One that was begun by another clock, as this program once told it, came
    # before, whatever that clock showed.
    sed -i -e 's/^begun-awake .*/begun 99999999999999/' -e '/^# sum/d' \
        "$(run_of "$HOME"/.local/state/celery-tmux/*/celery-celery)/run"
    [ "$("$LAUNCH" restart)" = 'celery: restarted' ]
    [ "$(worker_pid celery)" != "$main" ]
    "$LAUNCH" kill --now
}
