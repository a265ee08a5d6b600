#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2154 # $ is for a shell elsewhere; users.bash
#
# A user whom root acts for, and who means root no good.  The user owns the
# call that root makes: what it has the user has, and it does what the user
# wants.  `sync` runs the user's own commands below it, without a worker.

load lib
load stand-in
load users

setup_file() {
    begin_file
    make_users 7201
    if [ -z "${SKIP-}" ]; then
        # A name more for the same uid, behind the first.
        echo "twin:x:$TESTER:$TESTER::/srv/home/twin:/bin/sh" \
            >>"$SCRATCH/etc/passwd"
        cp "$ROOT/tests/integration/attack.py" "/proc/$KEEPER/root/srv/bin/attack"
        "${CC:-cc}" -o "/proc/$KEEPER/root/srv/bin/no-syscalls" \
            "$ROOT/tests/integration/no-syscalls.c"
    fi
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
}

teardown() {
    [ -z "${racer-}" ] || as tester touch /srv/home/tester/enough
    end_test
}

teardown_file() {
    if [ -z "${SKIP-}" ]; then
        end_users
    fi
    end_file
}

# attacks LINE: what the head's setup command of tester's worker does
attacks() {
    site <<END2
defaults = { delete_pyc_files = false; };
workers = (
    { queue = "roots"; broker = "redis://:secret-of-roots@localhost/0"; },
    { queue = "thirds"; user = "third";
        environment = { TOKEN = "secret-of-third"; }; },
    { queue = "theirs"; user = "tester"; broker = "redis://:own@localhost/0";
        root_setup_cmd = "echo >>/srv/root/set-up; echo no; exit 4";
        master_setup_cmd = "$1"; }
);
END2
}

# seen FIELD: what `attack look` found of it
seen() {
    sed -n "s/^$1 //p" "$SCRATCH/seen"
}

# look [COMMAND...]: sync as root, below that command, with a log, a key and
# more than its due, as the command that leads to it wants; what the user sees
look() {
    attacks '/srv/bin/attack look >seen'
    inside nice -n -7 "$@" bash -c 'ulimit -Sc unlimited; ulimit -Ss unlimited
        ionice -c 1 -p $$
        # Not every root may do that.
        prlimit --pid $$ --rtprio=50
        echo -500 >/proc/$$/oom_score_adj
        chrt -f -p 10 $$
        exec 7>>/srv/root/log 9</etc/shadow
        exec 19</etc/shadow 42</srv/root
        exec /usr/bin/python3 -ISc "
import ctypes, os, sys
libc = ctypes.CDLL(None)
libc.syscall(250, 1, None)
libc.syscall(248, b\"user\", b\"of-root\", b\"secret-key\", 10, -3)
os.closerange(50, 60)
for number in (7, 9, 19, 42):
    os.set_inheritable(number, True)
os.execv(sys.argv[1], sys.argv[1:])" "$@" 2>>/srv/root/log' \
        look "$launch" -c "$config" sync >"$SCRATCH/printed"
    cp "/proc/$KEEPER/root/srv/home/tester/seen" "$SCRATCH/seen"
    cat "$SCRATCH/seen"
}

# has_limits_of_the_first NAME...: process; root's were higher
has_limits_of_the_first() {
    local name first

    for name; do
        first=$(prlimit --pid 1 "--$name" --raw --noheadings -o SOFT)
        [ "$(seen "$name")" = "${first/unlimited/-1}" ]
    done
}

has_nothing_of_root() {
    # Its configuration, two pipes, a socket; and what it opened itself: files
    # at home, and a pipe for what the command prints.
    [ "$(seen has | sed -e 's/:.*//' -e '/\/srv\/home\/tester\//d' | xargs)" \
        = '0 /memfd 1 pipe 2 pipe 3 socket 5 pipe' ]
    [ "$(seen tty)" = 'No such device or address' ]
    [ "$(seen key)" = none ]
    [ "$(seen nice)" = 0 ]
    [ "$(seen policy)" = 0 ]
    [ "$(seen ioclass)" -ne 1 ]
    [ "$(seen oom)" -ge 0 ]
    has_limits_of_the_first core stack rtprio
}

@test "the user's call has no descriptor, terminal, key or privilege of root's" {
    look
    has_nothing_of_root
}

@test "the same on a kernel without close_range and keyrings" {
    look /srv/bin/no-syscalls close_range,keyctl --
    has_nothing_of_root
}

@test "a container that forbids keyctl does not forbid users" {
    look /srv/bin/no-syscalls keyctl --error=EPERM --
    has_nothing_of_root
}

# Not every root may be spared when memory is short: a file says that it is.
@test "what the kernel spares is root's alone" {
    ldd "$LAUNCH" >/dev/null 2>&1 ||
        skip "needs a program that is not linked statically"
    "${CC:-cc}" -shared -fPIC -x c -D_GNU_SOURCE \
        -o "/proc/$KEEPER/root/srv/bin/spared.so" - <<'END2'
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int
open64(const char *path, int flags, unsigned mode)
{
    if (strcmp(path, "/proc/self/oom_score_adj") == 0)
        path = "/srv/root/spared";
    return syscall(SYS_openat, -100, path, flags, mode);
}
END2
    inside sh -c 'echo -500 >/srv/root/spared'
    look env LD_PRELOAD=/srv/bin/spared.so
    [[ $(inside cat /srv/root/spared) = 0* ]]
}

@test "of the configuration the user gets the user's own workers" {
    look
    grep -q 'redis://:own@' "$SCRATCH/seen"
    fails grep -E 'secret-of|roots|thirds' "$SCRATCH/seen"
}

@test "root alone has the terminal, and tells that it waits" {
    attacks '/srv/bin/attack look >seen; touch went; until [ -e go ]; do sleep 0.05; done'
    inside sh -c 'rm -f /srv/home/tester/seen'
    tmux new-session -d -s seat -x 100 -y 30 "nsenter -t $KEEPER -m -- \
        env -i -C / HOME=/srv/root TERM=$TERM PATH=/usr/bin:/bin \
        $launch -c $config sync theirs; sleep 1000"
    wait_for inside test -e /srv/home/tester/went
    wait_for eval 'screen seat | grep -q "^tester: waiting for the call as this user, [0-9]* s left"'
    cp "/proc/$KEEPER/root/srv/home/tester/seen" "$SCRATCH/seen"
    cat "$SCRATCH/seen"
    [ "$(seen tty)" = 'No such device or address' ]
    fails grep -E '^has .*/dev/' "$SCRATCH/seen"
    as tester touch /srv/home/tester/go
    # One pipe for both channels, so the line of progress has made room.
    wait_for eval 'screen seat | grep -q "^sync: /srv/bin/attack look"'
    wait_for eval 'fails sh -c "screen seat | grep waiting"'
    tmux kill-session -t =seat:
}

@test "a call that its user stops, and one that leaves a writer, do not hold up root" {
    attacks '/srv/bin/attack stop'
    run inside timeout -k 1 20 "$launch" -c "$config" sync theirs
    echo "$output"
    [ "$status" -eq 0 ]
    attacks '/srv/bin/attack keep'
    run timeout -k 1 20 nsenter -t "$KEEPER" -m -- env -i PATH=/usr/bin:/bin \
        HOME=/srv/root "$launch" -c "$config" sync theirs </dev/null
    echo "$output"
    [ "$status" -eq 0 ]
    wait_for nobody_is_left
    attacks 'kill -KILL $PPID'
    run inside "$launch" -c "$config" sync theirs
    echo "$output"
    [ "$status" -eq 75 ]
    [[ $output = *'the call as user tester was ended by signal 9; see status, and try again' ]]
}

@test "a user who asks root again and again has it run a command once" {
    attacks '/srv/bin/attack ask >asked'
    run inside timeout -k 1 20 "$launch" -c "$config" sync theirs
    echo "$output"
    [ "$status" -eq 0 ]
    cat "/proc/$KEEPER/root/srv/home/tester/asked"
    [ "$(sort "/proc/$KEEPER/root/srv/home/tester/asked" | uniq -c | xargs)" = \
        '10 Eroot_setup_cmd ended with status 4, and nothing was started: no' ]
    [ "$(inside sh -c 'wc -l </srv/root/set-up')" -eq 1 ]
}

@test "a user who asks and does not listen does not hold up root" {
    attacks '/srv/bin/attack flood'
    run inside timeout -k 1 20 "$launch" -c "$config" sync theirs
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "a user prints nothing into a plan that pdsh obeys, and no escapes" {
    attacks "/srv/bin/attack print 'start; touch /srv/root/owned '"
    inside "$launch" plan -- -c "$config" start >"$SCRATCH/plan" \
        2>"$SCRATCH/told"
    cat "$SCRATCH/told"
    grep -q 'start; touch /srv/root/owned' "$SCRATCH/told"
    fails grep -a owned <(head -c 60 "$SCRATCH/plan")
    [[ $(tr '\0' '\n' <"$SCRATCH/plan" | head -n 1) = --config=-* ]]
    attacks "printf '\\\\033]0;x\\\\007\\\\302\\\\233y'"
    run inside "$launch" -c "$config" sync theirs
    echo "$output" | cat -v
    fails grep -qP '[\x07\x1b]|\x{9b}' <<<"$output"
}

# bait: what stands in the directory that the user's links lead to
bait() {
    inside find /srv/bait -printf '%p %m %U %s %T@\n' | sort
}

@test "renames in a home, whenever root acts there, lead root nowhere" {
    local command statuses=

    site <<'END2'
workers = ( { queue = "theirs"; user = "tester"; stop_timeout = 2;
    worker_dir = "/srv/home/tester/code"; root_setup_cmd = "true";
    preflight = false; celery_cmd = "sh -c 'exec sleep 3121'"; } );
END2
    inside sh -c 'mkdir -p /srv/bait/celery-tmux/$(uname -n)/celery-theirs/runs
        cp -R /srv/bait/celery-tmux/* /srv/bait
        touch /srv/bait/old.pyc /srv/bait/celery-tmux/old.pyc
        chmod -R a+rX /srv/bait
        rm -rf /srv/home/tester/.local /srv/home/tester/.config'
    bait >"$SCRATCH/bait"
    as tester sh -c 'cd && exec /srv/bin/attack race /srv/bait' \
        >"$SCRATCH/rounds" 2>&1 3>&- &
    racer=$!
    wait_for inside test -e /srv/home/tester/code
    for _ in 1 2; do
        for command in 'start --no-wait' status sync tend apply \
            'restart --force --no-wait' 'kill --now' tend; do
            # shellcheck disable=SC2086 # words
            run inside timeout -k 1 120 "$launch" -c "$config" $command
            echo "$command: $status: $output"
            statuses+=" $status"
            [[ $status -le 4 || $status -ge 69 && $status -le 78 ]]
        done
    done
    as tester touch /srv/home/tester/enough
    wait "$racer"
    tell "$(cat "$SCRATCH/rounds") rounds of renames, statuses$statuses"
    bait | diff "$SCRATCH/bait" -
    # Root has made nothing there either.
    inside find /srv/home/tester -uid 0 >"$SCRATCH/roots"
    fails grep . "$SCRATCH/roots"
    run inside "$launch" -c "$config" kill --now
    echo "$output"
    [ "$status" -eq 0 ]
    wait_for fails pgrep -f 'sleep 312[1]'
}

@test "of two names of one uid the first is whose worker it is" {
    site <<'END2'
workers = ( { queue = "theirs"; user = "twin"; celery_cmd = "sh -c 'exec sleep 3120'"; },
    { queue = "more"; user = "tester"; celery_cmd = "sh -c 'exec sleep 3120'"; } );
END2
    run inside "$launch" -c "$config" start --no-wait
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(sort <<<"$output")" = $'more: started\ntheirs: started' ]
    run inside "$launch" -c "$config" apply
    echo "$output"
    [ -z "$output" ]
    run as tester "$launch" -c "$config" kill --now
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(sort <<<"$output")" = $'more: killed\ntheirs: killed' ]
}

@test "nobody else reads, writes or types into a worker's terminal" {
    local main terminal

    # As most machines have them: write(1), which anybody may run, is of the
    # group of all terminals.
    inside sh -c 'mount -t devpts -o newinstance,ptmxmode=0666,gid=5,mode=620 \
        none /dev/pts && mount --bind /dev/pts/ptmx /dev/ptmx'
    site <<'END2'
workers = ( { queue = "theirs"; user = "tester";
    celery_cmd = "sh -c 'exec sleep 3122'"; } );
END2
    as tester tmux kill-server 2>/dev/null || true
    inside "$launch" -c "$config" start --no-wait
    wait_for pgrep -f '^sleep 312[2]'
    main=$(pgrep -f '^sleep 312[2]')
    # The worker's, and the pane's, which is its runner's.
    for pid in "$main" "$(ps -o ppid= -p "$main" | tr -d ' ')"; do
        terminal=$(readlink "/proc/$pid/fd/1")
        echo "$pid $terminal $(inside stat -c '%A %U %G' "$terminal")"
        [[ $terminal = /dev/pts/* ]]
        as tester sh -c 'exec 4<>"$1"' sh "$terminal"
        for how in '<' '>' '<>'; do
            fails as third sh -c "exec 4$how\"\$1\"" sh "$terminal"
        done
    done
    terminal=$(readlink "/proc/$main/fd/1")
    fails nsenter -t "$KEEPER" -m -- setpriv --reuid third --regid 5 \
        --clear-groups sh -c 'echo READY >"$1"' sh "$terminal"
    inside "$launch" -c "$config" kill --now
}
