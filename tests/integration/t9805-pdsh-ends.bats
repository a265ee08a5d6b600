#!/usr/bin/env bats
#
# pdsh's own ways to end, and what a caller may have left it: the summary and
# the status are right whatever they are.

load lib
load fan-out

setup_file() {
    begin_file
    fan_out_ready
    # The watchdog looks at the next target after it has signalled one, and
    # the report is synced meanwhile; or pdsh's threads go on while it exits.
    "${CC:-cc}" -shared -fPIC -D_GNU_SOURCE -o "$SCRATCH/slow.so" -x c - <<'C'
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

int
pthread_kill(pthread_t thread, int number)
{
    int (*real)(pthread_t, int) = dlsym(RTLD_NEXT, "pthread_kill");
    int result = real(thread, number);

    usleep(300000);
    return result;
}

void
exit(int status)
{
    void (*real)(int) = dlsym(RTLD_NEXT, "exit");

    if (getenv("EXIT_TAKES") != NULL)
        usleep(900000);
    real(status);
    _exit(status);
}

int
fsync(int descriptor)
{
    const char *seconds = getenv("SYNC_TAKES");

    usleep(900000);
    while (seconds != NULL && *seconds == 'L')
        pause();
    return fdatasync(descriptor);
}
C
}

setup() {
    export STAND_IN='' PDSH_CELERY_REPORT=$SCRATCH/report
    rm -f "$PDSH_CELERY_REPORT" "$CALLS"/*
    configure <<'CONF'
workers = ( { queue = "celery"; } );
CONF
}

# reported FILTER: of the file, by jq
reported() {
    jq -cr "$1" "$PDSH_CELERY_REPORT"
}

# slowly COMMAND...: with the functions above in place of the C library's
slowly() {
    [[ $LAUNCH != *-sanitize/* ]] ||
        skip 'a sanitizer wants to be the first that is loaded'
    # A path with a blank would be two to LD_PRELOAD.
    LD_LIBRARY_PATH=$SCRATCH LD_PRELOAD=slow.so "$@"
}

@test "-u: pdsh's watchdog may look at its targets until the summary is written" {
    ssh_does 'exec sleep 60'
    run slowly fan_out -u 1 -w 'n[0-1]' celery-tmux-launch start
    echo "$output"
    [ "$status" -eq 255 ]
    [[ ${lines[-1]} = *': 0 done, 2 not finished (n[0-1])' ]]
    [ "$(reported .not_finished)" = 2 ]
}

@test "-k: of many threads that end pdsh the first tells how it was" {
    pdsh -h 2>&1 | grep -q '^-k ' || skip 'this pdsh knows no -k'
    ssh_does 'exec sleep 60'
    run slowly fan_out -k -u 1 -w 'n[0-5]' celery-tmux-launch start
    echo "$output"
    [ "$status" -eq 255 ]
    [[ $output = *': 0 done, 6 not finished (n[0-5])'* ]]
    [ "$(reported .not_finished)" = 6 ]
}

@test "-u: an ssh that says 0 when it is ended has not done it" {
    ssh_does 'trap "kill \$!; exit 0" TERM; sleep 60 & wait'
    run fan_out -u 1 -w n0 celery-tmux-launch start
    echo "$output"
    [ "$status" -eq 255 ]
    [[ ${lines[-1]} = *': 0 done, 1 not finished (n0)' ]]
}

@test "-u: a caller that ignores SIGTERM does not make ssh deaf to it" {
    ssh_does 'exec sleep 60'
    run with_modules env --ignore-signal=TERM pdsh -R celery -u 1 -w n0 \
        celery-tmux-launch start
    echo "$output"
    [ "$status" -eq 255 ]
    [[ ${lines[-1]} = *': 0 done, 1 not finished (n0)' ]]
}

@test "-u: descriptors of targets that were given up do not run out" {
    ssh_does 'exec sleep 60'
    run with_modules prlimit --nofile=80:4096 pdsh -R celery -f 20 -u 1 \
        -w 'n[00-39]' celery-tmux-launch start
    echo "$output"
    [ "$status" -eq 255 ]
    [[ ${lines[-1]} = *": 0 done, 40 not finished (n[00-39])" ]]
}

# interrupted MARK: ^C to the pdsh whose environment has that
interrupted() {
    pgrep -x 'pdsh(.bin)?' | while read -r pid; do
        grep -qz "^$1$" "/proc/$pid/environ" && kill -INT "$pid"
    done
    grep -q 'interrupt' "$SCRATCH/hangs"
}

@test "^C: what pdsh has not begun then is not begun while it ends the rest" {
    ssh_does 'exec sleep 60'
    : >"$SCRATCH/hangs"
    EXIT_TAKES=1 MARK=$SCRATCH slowly with_modules setsid pdsh -R celery -b \
        -f 2 -w 'n[0-5]' celery-tmux-launch start >"$SCRATCH/hangs" 2>&1 3>&- &
    wait_for test -e "$CALLS/n0" -a -e "$CALLS/n1"
    wait_for interrupted "MARK=$SCRATCH"
    wait "$!" || status=$?
    cat "$SCRATCH/hangs"
    [ "$status" -ne 0 ]
    grep -q ': 0 done, 2 not finished (n\[0-1\]), 4 not begun (n\[2-5\])$' \
        "$SCRATCH/hangs"
    [ "$(reported .not_begun)" = 4 ]
}

@test "^C ends pdsh though its report's disk hangs" {
    ssh_does 'exit 5'
    SYNC_TAKES=LONG MARK=$SCRATCH slowly with_modules setsid pdsh -R celery \
        -b -w n0 celery-tmux-launch start >"$SCRATCH/hangs" 2>&1 3>&- &
    wait_for grep -q ' 0 done, 1 failed (n0)' "$SCRATCH/hangs"
    wait_for interrupted "MARK=$SCRATCH"
    wait "$!" || status=$?
    [ "$status" -eq 5 ]
}

@test "a caller that ignores SIGCHLD gets the nodes' status" {
    ssh_does 'exit 5'
    run with_modules env --ignore-signal=CHLD pdsh -R celery -w n0 \
        celery-tmux-launch start
    echo "$output"
    [ "$status" -eq 5 ]
    [[ ${lines[-1]} = *': 0 done, 1 failed (n0)' ]]
}

@test "a node's output goes into no other node's configuration" {
    ssh_does 'cat >"$CALLS/$host.configuration"; echo "worker_dir = \"/\";"'
    for closed in '>&-' '2>&-' '<&- >&-' '<&- >&- 2>&-'; do
        echo "$closed"
        for quick in 0 quick; do
            rm -f "$CALLS"/*
            eval "PDSH_CELERY_SSH=$quick fan_out -f 1 -w 'n[0-2]' \
                celery-tmux-launch start $closed"
            grep -q 'queue' "$CALLS/n0.configuration"
            cmp "$CALLS/n0.configuration" "$CALLS/n1.configuration"
            cmp "$CALLS/n0.configuration" "$CALLS/n2.configuration"
        done
    done
}
