#!/usr/bin/env bats
#
# log_to = "syslog": every line of the worker, in the format of logger(1); a
# system's log that takes nothing keeps no worker waiting.

load lib
load stand-in

setup_file() {
    begin_file
    mkdir "$SCRATCH/seen" "$SCRATCH/dev"
    configure <<END
defaults = { worker_dir = "$APP_DIR"; stop_timeout = 20; log_to = "syslog"; };
workers = ( { queue = "one"; celery_cmd = "$(stand_in one)"; } );
END
}

# with_log FUNCTION: run it where /dev has a log that $SCRATCH/log receives
with_log() {
    needs_own_mounts
    # shellcheck disable=SC2163 # the function of that name
    export -f "$1" say seen fails wait_for worker_field within receives
    # shellcheck disable=SC2016 # for the inner shell
    unshare --mount --propagation private bash -ec '
        mount -t tmpfs none "$SCRATCH/dev"
        for name in null zero full random urandom tty; do
            touch "$SCRATCH/dev/$name"
            mount --bind "/dev/$name" "$SCRATCH/dev/$name"
        done
        mkdir "$SCRATCH/dev/pts" "$SCRATCH/dev/shm"
        mount --bind /dev/pts "$SCRATCH/dev/pts"
        ln -s pts/ptmx "$SCRATCH/dev/ptmx"
        ln -s /proc/self/fd "$SCRATCH/dev/fd"
        mount --rbind "$SCRATCH/dev" /dev
        # tmux has it write to the log, and waits for it.
        for file in /usr/lib/*/utempter/utempter; do
            [ ! -e "$file" ] || mount --bind /bin/true "$file"
        done
        trap "[ -z \"\$log\" ] || kill -KILL \"\$log\"" EXIT
        "$1"
        "$LAUNCH" kill one' bash "$1"
}

# receives: a log that takes what is sent; its pid is in $log
receives() {
    "$PYTHON" -c '
import os, socket
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
os.chmod("/dev/log", 0o666)
with open(os.environ["SCRATCH"] + "/log", "ab", buffering=0) as file:
    while True:
        file.write(log.recv(65536).rstrip(b"\0\n") + b"\n")' 3>&- &
    log=$!
    wait_for test -S /dev/log
}

lines() {
    receives
    "$LAUNCH" start one
    runner=$(worker_field one pid)
    printf 'plain\r\n\033[31mred\033[0m\n\nurl redis://u:secret@h/ end\n' |
        say one
    { head -c 2000 /dev/zero | tr '\0' y; printf '\nlast\n'; } | say one
    wait_for grep -q ' last$' "$SCRATCH/log"
    logger -t celery-one --id="$runner" plain
    wait_for eval '[ "$(grep -c "plain$" "$SCRATCH/log")" -ge 2 ]'
    # But for the time that both put in.
    sed -E 's/^(<[0-9]+>)[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8} /\1/' \
        "$SCRATCH/log" >"$SCRATCH/timeless"
    grep plain "$SCRATCH/timeless" | sort | uniq -c
    [ "$(grep 'plain$' "$SCRATCH/timeless" | sort -u)" = \
        "<13>celery-one[$runner]: plain" ]
    grep -qx "<13>celery-one\[$runner\]: red" "$SCRATCH/timeless"
    grep -q ': url redis://u:\*\*\*\*@h/ end$' "$SCRATCH/timeless"
    # A long line is cut into messages, and nothing of it is lost.
    [ "$(grep -o 'yyy*$' "$SCRATCH/timeless" | tr -d '\n' | wc -c)" = 2000 ]
    [ "$(wc -L <"$SCRATCH/timeless")" -le 1024 ]
    fails grep -q ': $' "$SCRATCH/timeless"
}

silent() {
    receives
    "$LAUNCH" start one
    kill -STOP "$log"
    seq -f 'number %.0f' 300000 | within 30 say one
    [ "$("$LAUNCH" status one)" = 'one: running' ]
    # It also ends, and says so, while nobody reads.
    [ "$("$LAUNCH" restart one)" = 'one: restarted' ]
    kill -CONT "$log"
    echo 'read again' | say one
    wait_for grep -q 'read again' "$SCRATCH/log"
}

stream() {
    "$PYTHON" -c '
import os, socket
log = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
log.bind("/dev/log")
log.listen()
sender, _ = log.accept()
with open(os.environ["SCRATCH"] + "/streamed", "ab", buffering=0) as file:
    while True:
        file.write(sender.recv(65536))' 3>&- &
    log=$!
    wait_for test -S /dev/log
    "$LAUNCH" start one
    printf 'to a\nstream\n' | say one
    wait_for grep -zq ': stream$' "$SCRATCH/streamed"
    grep -zq ': to a$' "$SCRATCH/streamed"
}

nobody() {
    log=''
    "$LAUNCH" start one
    echo 'for nobody' | say one
    [ "$("$LAUNCH" status one)" = 'one: running' ]
}

@test "each line is a message as logger sends it, without what is secret" {
    with_log lines
    wait_for no_leftovers
}

@test "a log that takes nothing keeps no worker waiting, nor its end" {
    with_log silent
    wait_for no_leftovers
}

@test "a log that is a stream gets each line with a NUL behind" {
    with_log stream
    wait_for no_leftovers
}

@test "where there is no log nothing is missing but that" {
    with_log nobody
    wait_for no_leftovers
}
