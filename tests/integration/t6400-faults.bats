#!/usr/bin/env bats
#
# A full disk, one that is read-only, no descriptors, no processes: a sentence,
# status 69, nothing lost; and all is well when the cause is gone.

load lib
load stand-in

setup_file() {
    begin_file
    mkdir "$SCRATCH/seen"
    configure <<END
defaults = { worker_dir = "$APP_DIR"; stop_timeout = 30; };
workers = ( { queue = "one"; celery_cmd = "$(stand_in one)"; } );
END
    mkdir "$HOME/.local"
}

# try STATUS WORDS COMMAND...: what a command says; to be used in a mount
# namespace of its own
try() {
    local wanted=$1 words=$2 said status=0

    shift 2
    said=$("$LAUNCH" "$@" 2>&1) || status=$?
    if [ "$status" -ne "$wanted" ] || [[ $said != *$words* ]]; then
        echo "$*: status $status, $said"
        return 1
    fi
}

# broken WORDS: every command fails with them and the worker goes on
broken() {
    local command

    pid=$(worker_pid one)
    for command in restart start stop kill; do
        try 69 "$1" "$command" || return
    done
    try 0 'one: running' status &&
        try 0 '' apply && try 0 '' tend && [ "$(worker_pid one)" = "$pid" ]
}

# in_own_mounts FUNCTION: run it where the state directory is a file system of
# its own
in_own_mounts() {
    needs_own_mounts
    # shellcheck disable=SC2163 # the function of that name
    export -f "$1" try broken worker_pid worker_field gets_ready_full seen \
        know_their_main wait_for worker_is screen fails is_running
    # shellcheck disable=SC2016 # for the inner shell
    unshare --mount --propagation private bash -c '
        mount -t tmpfs -o size=256k small "$HOME/.local" &&
        "$LAUNCH" start one && "$1" && "$LAUNCH" kill one' bash "$1"
}

full() {
    cat /dev/zero >"$HOME/.local/zero" 2>/dev/null
    broken 'No space left on device; make room there' || return
    # A worker that dies now is seen to be dead, and comes back afterwards.
    kill -KILL "$(worker_pid one)"
    for _ in {1..100}; do
        try 4 'one: dead' status >/dev/null && break
        sleep 0.05
    done
    # Its runner has called a successor, which may hold the lock.
    try 4 'one: dead' status && rm "$HOME/.local/zero" &&
        wait_for fails pgrep -f "celery-tmux-launch succeed $HOME" &&
        try 0 'one: started' tend && sleep 0.2 && try 0 'one: restarted' restart
}

read_only() {
    mount -o remount,ro "$HOME/.local"
    broken 'Read-only file system; set state_dir to a directory' || return
    mount -o remount,rw "$HOME/.local"
    try 0 'one: restarted' restart
}

@test "a full disk" {
    in_own_mounts full
    no_leftovers
}

@test "a state directory that is read-only" {
    in_own_mounts read_only
    no_leftovers
}

# gets_ready_full RUNS COMMAND...: the run that this begins, with which there
# are so many, gets ready while the disk is full, which has room a moment later
gets_ready_full() {
    touch "$(seen one slow)"
    "$LAUNCH" "${@:2}" --no-wait || return
    # The last that is written down before.
    wait_for know_their_main "$1" || return
    cat /dev/zero >"$HOME/.local/zero" 2>/dev/null
    rm "$(seen one slow)"
    wait_for eval 'screen celery-one | grep -q "No space left on"' || return
    rm "$HOME/.local/zero"
}

know_their_main() {
    grep -lr '^mainprocess [1-9]' "$HOME/.local" >"$SCRATCH/know"
    [ "$(wc -l <"$SCRATCH/know")" -eq "$1" ]
}

ready_while_full() {
    "$LAUNCH" kill one && gets_ready_full 1 start &&
        wait_for worker_is one running
}

@test "a worker that gets ready while the disk is full is ready when there is room" {
    in_own_mounts ready_while_full
    no_leftovers
}

takes_over_while_full() {
    local old

    old=$(worker_pid one)
    gets_ready_full 2 restart --surge && wait_for fails is_running "$old" &&
        worker_is one running &&
        [ "$(worker_pid one)" = "$(tail -n 1 "$(seen one starts)")" ]
}

@test "and takes another one's place then" {
    in_own_mounts takes_over_while_full
    no_leftovers
}

# there_is_start NUMBER, for wait_for
there_is_start() {
    [ "$(starts one)" -eq "$1" ]
}

@test "how a worker ended is written down when there is room a moment later" {
    local runner count

    "$LAUNCH" start one
    count=$(starts one)
    runner=$(runner_pid one)
    # How it was comes first.
    strace -qqo "$SCRATCH/calls" -e trace=rename \
        -e inject=rename:error=ENOSPC:when=2 -p "$runner" 3>&- &
    wait_for grep -q TracerPid:.*[1-9] "/proc/$runner/status"
    kill -KILL "$(worker_pid one)"
    wait $! || true
    grep '/run".*INJECTED' "$SCRATCH/calls"
    # It was ready, so that the next one follows.
    wait_for there_is_start $((count + 1))
    wait_for worker_is one running
    "$LAUNCH" kill one
}

# limited LIMIT WORD...: the launcher with so few descriptors; 1 when it, or
# what calls it, cannot even be loaded
limited() {
    local status=0

    prlimit --nofile="$1" "$LAUNCH" "${@:2}" || status=$?
    [ "$status" -ne 127 ] || status=1
    return "$status"
}

@test "no descriptors" {
    "$LAUNCH" start one
    # With too few the program is not even loaded (1); how many those are
    # depends on what was open before.
    refused=0
    for limit in {4..12}; do
        pid=$(worker_pid one)
        run limited "$limit" restart one
        echo "$limit: $output"
        case $status in
        0) [ "$output" = 'one: restarted' ] ;;
        1) ;;
        *)
            # What is linked statically, with musl say, is loaded where its
            # configuration cannot be read (78).
            [[ $status -eq 69 || $status -eq 75 || $status -eq 78 ]]
            [[ $output = *'Too many open files; '*'ulimit -n'* ||
                $output = *'No file descriptors available; '*'ulimit -n'* ]]
            [[ $output != *'make room'* ]]
            [ "$(worker_pid one)" = "$pid" ]
            refused=$((refused + 1)) ;;
        esac
    done
    [ "$refused" -ge 1 ]
    # Enough for one after the other is enough.
    run limited 20 restart one
    [ "$output" = 'one: restarted' ]
    "$LAUNCH" kill one
}

@test "no processes" {
    [ "$(id -u)" -eq 0 ] || skip "needs an account without processes"
    directory=$(mktemp -d /tmp/celery-tmux.XXXXXX)
    install -m 755 "$LAUNCH" "$directory/launch"
    chown -R nobody "$directory"
    chmod 755 "$directory"
    as_nobody=(setpriv --reuid nobody --regid nogroup --clear-groups)
    # Somebody else's process of this account, as another run's is.  Hence the
    # order below: who becomes nobody under the limit may execute nothing.
    "${as_nobody[@]}" sleep 1000 3>&- &
    other=$!
    run "${as_nobody[@]}" prlimit --nproc=0 \
        env -i HOME="$directory" PATH=/usr/bin:/bin \
        ASAN_OPTIONS=detect_leaks=0 \
        TMUX_TMPDIR="$directory" "$directory/launch" start --app=x \
        --worker-dir="$directory"
    kill "$other"
    wait "$other" || true
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *'Resource temporarily unavailable'* ]]
    [ "$(find "$directory" -name run -exec grep -c running {} +)" = 0 ]
    rm -rf "$directory"
}
