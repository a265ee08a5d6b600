#!/usr/bin/env bats
#
# Who may speak for a worker: nobody before Celery begins, then Celery alone;
# neither what its setup command left running nor another user, however loud.

load lib
load stand-in

setup_file() {
    begin_file
    redis_start
    # speak.py TEXT PAUSE QUIET [USER | forks]: says it to the sockets of this
    # file's workers, again and again, until the file QUIET is there; as that
    # user, or with a child that does the same now and then.
    cat >"$SCRATCH/speak.py" <<'END'
import glob, os, socket, sys, time
text = sys.argv[1].encode().decode("unicode_escape").encode()
pause, quiet, how = float(sys.argv[2]), sys.argv[3], sys.argv[4:]
own = os.environ.get("NOTIFY_SOCKET")

def look():
    """What a stranger finds in /proc/net/unix, but for others' tests."""
    found = set()
    for name in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(name) as file:
                words = file.read().split("\0")
        except OSError:
            continue
        if "HOME=" + os.environ["HOME"] in words:
            found.update(word[14:] for word in words
                         if word.startswith("NOTIFY_SOCKET=@"))
    with open(quiet + ".names.new", "w") as file:
        file.write("\n".join(found))
    os.rename(quiet + ".names.new", quiet + ".names")

if how and how[0].isdigit():
    look()
    if os.fork():
        while not os.path.exists(quiet):
            look()
            time.sleep(0.1)
        sys.exit()
    os.setgroups([])
    os.setgid(int(how[0]))
    os.setuid(int(how[0]))
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
    speaker.setblocking(False)
    due, said = 0, False
    while not os.path.exists(quiet):
        if time.monotonic() >= due:
            due = time.monotonic() + 0.2
            names = [own] if own else open(quiet + ".names").read().split()
            if how == ["forks"] and os.path.exists(quiet + ".fork"):
                how = []
                os.fork()
        for name in names:
            try:
                speaker.sendto(text, "\0" + name[1:])
                if not said:
                    open(quiet + ".said", "w").close()
                    said = True
            except OSError:
                pass
        time.sleep(pause)
END
    chmod 755 "$SCRATCH"
    mkdir -m 1777 "$SCRATCH/open"
    configure_app tasks \
        'mingle = false; pool = "solo"; start_timeout = 90;' - <<END
    { queue = "celery"; },
    { queue = "odd"; celery_cmd = "$(stand_in odd)"; }
END
}

teardown() {
    touch "$SCRATCH/open/quiet"
    "$LAUNCH" kill --now >/dev/null 2>&1
    end_test
    wait_for fails pgrep -f "speak.py .*$SCRATCH"
    rm -f "$SCRATCH/open/"*
}

# speaking TEXT [WORD]: a command for the background of a setup command
speaking() {
    echo "/usr/bin/python3 -IS '$SCRATCH/speak.py' '$1' 0.02" \
        "'$SCRATCH/open/quiet' $2 & until [ -e '$SCRATCH/open/quiet.said' ];" \
        "do sleep 0.05; done"
}

@test "what a setup command left running is not taken for the worker" {
    "$LAUNCH" start --app=slow --no-wait celery \
        --worker-setup-cmd="$(speaking 'READY=1\nMAINPID=1')"
    wait_for test -e "$SCRATCH/open/quiet.said"
    wait_for pgrep -f "celery --app=slow .*worker .*celery@"
    # It spoke before Celery was executed, and speaks while that imports.
    state_is celery starting
    [ "$(worker_pid celery)" = null ]
    sleep 1
    state_is celery starting
    [ "$(worker_pid celery)" = null ]
}

# /proc counts the time that a machine slept; a clock that does not would take
# what began before for what began after.
@test "nor on a machine that has slept" {
    export AWAKE=$LAUNCH
    cat >"$SCRATCH/slept" <<'END'
#!/bin/sh
exec unshare --time --boottime 86400 --fork "$AWAKE" "$@"
END
    chmod +x "$SCRATCH/slept"
    AWAKE=true "$SCRATCH/slept" 2>/dev/null ||
        skip "needs root, and a kernel that has time namespaces"
    LAUNCH=$SCRATCH/slept
    "$LAUNCH" start --app=slow --no-wait celery \
        --worker-setup-cmd="$(speaking 'READY=1\nMAINPID=1')"
    wait_for test -e "$SCRATCH/open/quiet.said"
    wait_for pgrep -f "celery --app=slow .*worker .*celery@"
    sleep 1
    state_is celery starting
    [ "$(worker_pid celery)" = null ]
}

@test "nor is what that starts later, when Celery runs" {
    "$LAUNCH" start celery \
        --worker-setup-cmd="$(speaking 'READY=1\nMAINPID=1\nSTOPPING=1' forks)"
    main=$(worker_pid celery)
    touch "$SCRATCH/open/quiet.fork"
    wait_for eval '[ "$(pgrep -cf "speak.py .*forks")" -eq 2 ]'
    [ "$(task main_pid)" = "$main" ]
    [ "$(worker_pid celery)" = "$main" ]
    state_is celery running
    [ "$("$LAUNCH" stop celery)" = 'celery: stopped' ]
}

@test "only the process that becomes Celery says when its setup is over" {
    run "$LAUNCH" start celery \
        --worker-setup-cmd="$(speaking STATUS=exec); sleep 0.5; exit 3"
    [ "$status" -eq 69 ]
    [[ $output = *': did not start: worker_setup_cmd ended with status 3'* ]]
}

# stranger TEXT PAUSE: another user says it to all that listen
stranger() {
    /usr/bin/python3 -IS "$SCRATCH/speak.py" "$1" "$2" "$SCRATCH/open/quiet" \
        65534 >>"$SCRATCH/stranger" 2>&1 3>&- &
}

@test "another user's READY is not the worker's, to a start or to a check" {
    [ "$(id -u)" -eq 0 ] || skip "only root can be another user"
    touch "$(seen odd slow)"
    stranger 'READY=1\nMAINPID=1\nSTATUS=exec' 0.001
    "$LAUNCH" start --no-wait odd
    run "$LAUNCH" check --app=broken celery
    [ "$status" -eq 69 ]
    wait_for test -e "$SCRATCH/open/quiet.said"
    state_is odd starting
    rm "$(seen odd slow)"
    wait_for state_is odd running
}

@test "a flood of another user's delays and costs nothing" {
    [ "$(id -u)" -eq 0 ] || skip "only root can be another user"
    stranger READY=1 0
    stranger READY=1 0
    within 90 "$LAUNCH" start celery
    runner=$(runner_pid celery)
    # utime and stime of the runner, in ticks
    before=$(awk '{ print $14 + $15 }' "/proc/$runner/stat")
    began=${EPOCHREALTIME/./}
    for number in 1 2 3; do
        [ "$(task add 2 "$number")" = $((2 + number)) ]
    done
    task say 'it is heard'
    wait_for eval 'screen celery-celery | grep -q "it is heard"'
    took=$(((${EPOCHREALTIME/./} - began) / 10000))
    after=$(awk '{ print $14 + $15 }' "/proc/$runner/stat")
    tell "under a flood the runner used $((after - before)) of $took ticks"
    [ $(((after - before) * 20)) -le "$took" ]
    within 40 "$LAUNCH" stop celery
}
