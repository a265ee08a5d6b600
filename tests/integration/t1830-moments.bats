#!/usr/bin/env bats
#
# Moments in which something is missing: terminals, processes, memory, quota, a
# home that can be written, a look at others' processes, the right time, time
# itself, the name of the boot.  A sentence and the right status, never two
# workers, and all is well afterwards.  Descriptors are t6130's, full disks
# t6400's, a machine that sleeps t1420's.

load lib
load stand-in

setup_file() {
    begin_file
    configure <<CONF
defaults = { worker_dir = "$APP_DIR"; stop_timeout = 20; kill_existing = false;
    start_timeout = 40; };
workers = ( { queue = "celery"; celery_cmd = "$(stand_in celery)"; } );
CONF
}

setup() {
    forget
}

# lives: the stand-ins that run now
lives() {
    local pid

    while read -r pid; do
        ! is_running "$pid" || echo "$pid"
    done < <(cat "$(seen celery starts)" 2>/dev/null)
}

# told: it failed, with a status of its own and a sentence
told() {
    [[ $status -eq 69 || $status -eq 70 || $status -eq 75 || $status -eq 77 ||
        $status -eq 78 ]]
    [[ $output = *celery-tmux-launch:\ ????????????????????* ]]
}

# not_loaded: the loader had no room for it, and said so
not_loaded() {
    [[ $status -eq 127 && ($output = *'loading shared libraries'* ||
        $output = *'cannot allocate TLS data'*) ]]
}

# at_most_one: there are not two, whatever a command said
at_most_one() {
    lives >"$SCRATCH/lives"
    [ "$(wc -l <"$SCRATCH/lives")" -le 1 ]
}

@test "no terminals: a start says so, and leaves nothing" {
    needs_own_mounts
    local most

    # shellcheck disable=SC2016 # for the inner shell
    for most in 0 1 2 3 9; do
        run unshare --mount --propagation private bash -c '
            mount -t devpts -o newinstance,ptmxmode=0666,max=$1 none /dev/pts &&
            mount --bind /dev/pts/ptmx /dev/ptmx && exec "$LAUNCH" start' \
            bash "$most"
        echo "$most terminals: $status: $output"
        at_most_one
        [ "$status" -eq 0 ] || told
        [ "$status" -eq 0 ] || [ -z "$(lives)" ]
        "$LAUNCH" kill --now
        wait_for no_leftovers
        tmux kill-server 2>/dev/null || true
        wait_for fails tmux list-sessions
    done
    [ "$output" = 'celery: started' ]
}

@test "few processes: a runner or worker that cannot be begun is told" {
    [ "$(id -u)" -eq 0 ] || skip 'needs an account without processes'
    local most

    directory=$(mktemp -d /tmp/celery-tmux.XXXXXX)
    install -m 755 "$LAUNCH" "$directory/launch"
    mkdir "$directory/seen"
    chown -R nobody "$directory"
    chmod 755 "$directory"
    as_nobody=(setpriv --reuid nobody --regid nogroup --clear-groups env -i
        HOME="$directory" PATH=/usr/bin:/bin TMUX_TMPDIR="$directory"
        ASAN_OPTIONS=detect_leaks=0)
    words=(--worker-dir="$directory" --queue one --celery-cmd="$(printf '%q ' \
        "$ROOT/tests/integration/stand-in" "$directory/seen")")
    for most in 1 2 3 4 5 6 7 9 50; do
        # The limit is set by whoever may still execute something under it.
        run "${as_nobody[@]}" prlimit --nproc="$most" "$directory/launch" \
            start "${words[@]}"
        echo "$most: $status: $output"
        [ "$status" -eq 0 ] || told || [[ $output = *prlimit:* ]] ||
            [[ $output = *'Resource temporarily unavailable'* ]]
        [ "$(pgrep -fc "stand-in $directory/seen")" -le 1 ]
        run "${as_nobody[@]}" "$directory/launch" kill --now --queue one
        [ "$status" -eq 0 ]
        wait_for fails pgrep -f "stand-in $directory/seen"
        "${as_nobody[@]}" tmux kill-server 2>/dev/null || true
        wait_for fails pgrep -f "$directory"
    done
    rm -rf "$directory"
}

# with_memory KIBIBYTES COMMAND...: address space; bats' run warns of 127
with_memory() {
    status=0
    output=$(prlimit --as=$(($1 * 1024)) "${@:2}" 2>&1) || status=$?
    echo "$1 KiB: $status: $output"
}

@test "no memory: a worker that runs is left alone, and a sentence" {
    local least more command

    [[ $LAUNCH != *-sanitize/* ]] ||
        skip 'a sanitizer takes all the memory there is'
    "$LAUNCH" start
    main=$(worker_pid celery)
    # From where the loader gets through.
    least=1000
    until with_memory "$least" "$LAUNCH" -V && [ "$status" -eq 0 ]; do
        least=$((least + 128))
    done
    for more in -160 -120 -80 -40 0 40 80 160 320; do
        for command in status tend apply start; do
            with_memory $((least + more)) "$LAUNCH" "$command"
            [ "$(lives)" = "$main" ]
            [ "$status" -eq 0 ] || told || not_loaded
        done
    done
    [ "$output" = 'celery: already running' ]
    for more in 0 100 500; do
        with_memory $((least + more)) "$LAUNCH" stop
        [ "$(lives)" = "$main" ] || [ -z "$(lives)" ]
        [ "$status" -eq 0 ] || told || not_loaded
    done
    "$LAUNCH" stop
    [ -z "$(lives)" ]
}

@test "over quota: every command says so, and the worker goes on" {
    local command

    "$LAUNCH" start
    main=$(worker_pid celery)
    # Only what stands in the record is refused.
    for command in 'restart --force' stop kill 'start --kill-existing'; do
        # shellcheck disable=SC2086 # words
        run strace -qqo "$SCRATCH/calls" -e trace=fsync \
            -e inject=fsync:error=EDQUOT "$LAUNCH" $command
        echo "$command: $status: $output"
        [ "$status" -eq 69 ]
        [[ $output = *'uota exceeded; make room there'* ]]
        [ "$(lives)" = "$main" ]
    done
    "$LAUNCH" kill
}

@test "a home that is read-only: no first start, and status knows" {
    needs_own_mounts
    in_home=(unshare --mount --propagation private sh -c
        'mount --bind "$HOME" "$HOME" && mount -o remount,bind,ro "$HOME" &&
            exec "$LAUNCH" "$@"' sh)
    run "${in_home[@]}" start
    echo "$status: $output"
    [ "$status" -eq 69 ]
    [[ $output = *'Read-only file system; set state_dir to one that you can'* ]]
    run "${in_home[@]}" status
    [ "$status" -eq 3 ]
    [ "$output" = 'celery: stopped' ]
    for command in tend stop kill; do
        run "${in_home[@]}" "$command"
        echo "$command: $status: $output"
        [ "$status" -eq 0 ]
    done
    "$LAUNCH" start
    run "${in_home[@]}" status
    [ "$output" = 'celery: running' ]
    "$LAUNCH" kill
}

@test "hidepid=2: one's own processes are enough" {
    needs_own_mounts
    [ "$(id -u)" -eq 0 ] || skip 'needs an account that is not root'
    directory=$(mktemp -d /tmp/celery-tmux.XXXXXX)
    install -m 755 "$LAUNCH" "$directory/launch"
    install -m 755 "$ROOT/tests/integration/stand-in" "$directory"
    mkdir "$directory/seen"
    # shellcheck disable=SC2016 # for the inner shell
    run unshare --mount --pid --fork --kill-child --propagation private sh -c '
        mount -t proc -o hidepid=2 none /proc &&
        chown -R nobody "$1" && chmod 755 "$1" &&
        setpriv --reuid nobody --regid nogroup --clear-groups \
            env -i HOME="$1" PATH=/usr/bin:/bin TMUX_TMPDIR="$1" \
            ASAN_OPTIONS=detect_leaks=0 sh -ec '\''
            launch() { "$HOME/launch" "$@" --queue one; }
            set -- --worker-dir="$HOME" \
                --celery-cmd="$HOME/stand-in $HOME/seen"
            launch start "$@"
            test ! -e /proc/1/comm
            launch status "$@"
            launch tend
            launch restart "$@"
            kill -KILL "$(tail -n 1 "$HOME/seen/starts")"
            until launch status 2>&1 | grep -q running &&
                test "$(wc -l <"$HOME/seen/starts")" -eq 3; do
                sleep 0.1
            done
            launch stop
            launch start "$@"
            launch kill
            launch status || test $? -eq 3'\''
        exit' sh "$directory"
    echo "$output"
    rm -rf "$directory"
    [ "$status" -eq 0 ]
    [ "$output" = 'one: started
one: running
one: restarted
one: stopped
one: started
one: killed
one: stopped' ]
}

@test "a clock that is a year behind or ahead, and back again" {
    needs_other_time
    local year

    for year in -365d +365d; do
        forget
        tmux new-session -d -s other 'sleep 6111'
        "$LAUNCH" start
        main=$(worker_pid celery)
        for command in status tend start apply; do
            run at_time "$year" "$LAUNCH" "$command"
            echo "$year $command: $status: $output"
            [ "$status" -eq 0 ]
            [ "$(lives)" = "$main" ]
        done
        # Begun in the other time, ended in the right one, and the reverse.
        run at_time "$year" "$LAUNCH" restart
        [ "$output" = 'celery: restarted' ]
        main=$(worker_pid celery)
        [ "$("$LAUNCH" status)" = 'celery: running' ]
        [ -z "$("$LAUNCH" tend)" ]
        [ "$(lives)" = "$main" ]
        kill -KILL "$main"
        wait_for eval '[ "$(starts celery)" -eq 3 ]'
        wait_for worker_is celery running
        run at_time "$year" "$LAUNCH" stop
        [ "$output" = 'celery: stopped' ]
        [ -z "$(lives)" ]
        run "$LAUNCH" logs --last-run
        [ "$status" -eq 0 ]
        "$LAUNCH" start
        "$LAUNCH" kill
        # What could not start then is tried now.
        echo 1 >"$(seen celery fail)"
        run at_time "$year" "$LAUNCH" start --autorestart=false
        [ "$status" -eq 69 ]
        for _ in 1 2 3; do
            run at_time "$year" "$LAUNCH" tend
            wait_for worker_is celery dead
        done
        rm "$(seen celery fail)"
        if [ "$year" = +365d ]; then
            "$LAUNCH" tend
        else
            at_time +2m "$LAUNCH" tend
        fi
        wait_for worker_is celery running
    done
}

# signal_all SIGNAL [WORDS]: to everything of ours of which the words are, and
# to tmux's server
signal_all() {
    our_processes >"$SCRATCH/all"
    grep -e "${2-}" "$SCRATCH/all" | grep -v processes.py | cut -d ' ' -f 1 |
        xargs kill "-$1" "$server"
}

@test "everything stopped, as in a machine that sleeps: the same worker wakes" {
    "$LAUNCH" start
    main=$(worker_pid celery)
    server=$(tmux display-message -p '#{pid}')
    signal_all STOP celery
    for command in status tend apply start; do
        run "$LAUNCH" "$command"
        echo "$command: $status: $output"
        [ "$status" -eq 0 ]
    done
    # What wants something of them waits until they wake.
    in_background "$SCRATCH/stop" "$LAUNCH" stop
    wait_for eval '[ "$("$LAUNCH" status --json | jq -r .state)" != stopped ]'
    is_running "$main"
    signal_all CONT celery
    wait_for ended "$SCRATCH/stop"
    [ "$(cat "$SCRATCH/stop")" = 'celery: stopped' ]
    [ "$(starts celery)" -eq 1 ]

    # kill waits for nobody who does not wake.
    "$LAUNCH" start
    kill -STOP "$(worker_pid celery)"
    "$LAUNCH" kill --now
    no_leftovers
}

@test "a boot without a name: all but a reboot is seen" {
    needs_own_mounts
    without=(unshare --mount --propagation private sh -c
        'mount -t tmpfs none /proc/sys/kernel/random && exec "$LAUNCH" "$@"' sh)
    run "${without[@]}" start
    echo "$output"
    [ "$output" = 'celery: started' ]
    main=$(worker_pid celery || true)
    [ "$(lives)" = "$(cat "$(seen celery starts)")" ]
    [ "$("${without[@]}" status)" = 'celery: running' ]
    [ -z "$("${without[@]}" tend)" ]
    [ "$("${without[@]}" start)" = 'celery: already running' ]
    [ "$("${without[@]}" restart)" = 'celery: restarted' ]
    at_most_one
    [ "$("${without[@]}" stop)" = 'celery: stopped' ]
    [ -z "$(lives)" ]
    [ "$("${without[@]}" start)" = 'celery: started' ]
    [ "$("${without[@]}" kill)" = 'celery: killed' ]
    no_leftovers
}

@test "a boot whose name cannot be read: no start" {
    run strace -qqo "$SCRATCH/calls" -P /proc/sys/kernel/random/boot_id \
        -e trace='?open,openat' -e inject='?open,openat:error=EACCES' \
        "$LAUNCH" start
    echo "$status: $output"
    [ "$status" -eq 69 ]
    [[ $output = *'celery: cannot look at /proc/sys/kernel/random/boot_id: Permission denied; mount /proc' ]]
    [ -z "$(lives)" ]
}

@test "tmux fails when it has begun the run: its runner stays in the record" {
    mkdir -p "$SCRATCH/failing"
    cat >"$SCRATCH/failing/tmux" <<END
#!/bin/sh
PATH=/usr/bin:/bin tmux "\$@" || exit
case " \$* " in
*' new-session '*)
    until PATH=/usr/bin:/bin pgrep -f 'stand-in $SCRATCH/seen' >/dev/null; do
        sleep 0.05
    done
    echo 'it failed' >&2
    exit 1 ;;
esac
END
    chmod +x "$SCRATCH/failing/tmux"
    run env PATH="$SCRATCH/failing:$PATH" "$LAUNCH" start
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *'it failed'* ]]
    wait_for worker_is celery running
    at_most_one
    [ "$("$LAUNCH" start)" = 'celery: already running' ]
    "$LAUNCH" kill
    no_leftovers
}

@test "what is not to be seen is not taken for missing" {
    "$LAUNCH" start
    main=$(worker_pid celery)
    # Another configuration would be the next one's.
    file=$HOME/.config/celery-tmux/celery-tmux.conf
    for command in apply status 'kill --now'; do
        # shellcheck disable=SC2086 # words
        run strace -qqo "$SCRATCH/calls" -P "$file" \
            -e trace=?access,?faccessat,?faccessat2,?open,openat \
            -e inject=?access,?faccessat,?faccessat2,?open,openat:error=EIO \
            "$LAUNCH" $command
        echo "$command: $status: $output"
        [ "$status" -ge 69 ]
        [[ $output = *"$file"*@('Input/output'|'I/O')' error'* ]]
        [ "$(lives)" = "$main" ]
    done
    # A worker that is no longer configured, as far as one can see.
    cp "$file" "$SCRATCH/kept.conf"
    configure <<<'workers = ( { queue = "two"; hosts = "elsewhere"; } );'
    record=$HOME/.local/state/celery-tmux/$(uname -n)
    run strace -qqo "$SCRATCH/calls" -P "$record" -e trace=getdents64 \
        -e inject=getdents64:error=EIO "$LAUNCH" apply
    echo "$status: $output"
    [ "$status" -eq 75 ]
    [[ $output = *"cannot list the workers in $record"* ]]
    cp "$SCRATCH/kept.conf" "$file"
    [ "$(lives)" = "$main" ]
}

# wanted_unread COMMAND...: where what is wanted cannot be read
wanted_unread() {
    local open='?open,openat'

    run strace -fqqo "$SCRATCH/calls" \
        -P "$HOME/.local/state/celery-tmux/$(uname -n)/celery-celery/wanted" \
        -e trace="$open" -e inject="$open":error=EIO "$LAUNCH" "$@"
    echo "$*: $status: $output"
}

@test "what is wanted and cannot be read is nobody's wish" {
    local command

    "$LAUNCH" start --autorestart=false
    for command in restart start; do
        wanted_unread "$command"
        [ "$status" -eq 75 ]
        [[ $output = *'/wanted, so it is not known'*@('Input/output'|'I/O')' error; '* ]]
        [ "$(starts celery)" -eq 1 ]
    done
    # Nobody knows whether a dead one was stopped.
    kill -KILL "$(worker_pid celery)"
    wait_for worker_is celery dead
    for command in status apply tend restart; do
        wanted_unread "$command"
        [ "$status" -eq 75 ]
        [[ $output = *'/wanted, so it is not known'*@('Input/output'|'I/O')' error; '* ]]
        [ -z "$(lives)" ]
    done
    "$LAUNCH" tend
    wait_for worker_is celery running
    "$LAUNCH" stop
    wanted_unread apply
    [ "$status" -eq 75 ]
    wanted_unread tend
    [ "$(starts celery)" -eq 2 ]
    # It was configured, and is no longer.
    "$LAUNCH" start --autorestart=false
    kill -KILL "$(worker_pid celery)"
    wait_for worker_is celery dead
    cp "$HOME/.config/celery-tmux/celery-tmux.conf" "$SCRATCH/kept.conf"
    configure <<<'workers = ( { queue = "two"; hosts = "elsewhere"; } );'
    wanted_unread apply
    [ "$status" -eq 75 ]
    [[ $output = *'/wanted, so it is not known'* ]]
    cp "$SCRATCH/kept.conf" "$HOME/.config/celery-tmux/celery-tmux.conf"
    "$LAUNCH" kill
}

@test "a directory for the socket that cannot be made is told" {
    TMUX_TMPDIR=$SCRATCH/nowhere/at/all run "$LAUNCH" start
    echo "$status: $output"
    [ "$status" -eq 69 ]
    [[ $output = *'cannot create '*' for the socket of tmux: No such file'* ]]
}

@test "settings without a seal that are none are a damaged record" {
    "$LAUNCH" start --autorestart=false
    kill -KILL "$(worker_pid celery)"
    wait_for worker_is celery dead
    find "$HOME/.local" -name worker -exec sed -i '$s/^#/"/' {} +
    for command in status tend; do
        run "$LAUNCH" "$command"
        echo "$command: $status: $output"
        [ "$status" -eq 69 ]
        [[ $output = *'/worker is missing, empty, damaged'* ]]
    done
    "$LAUNCH" start
    "$LAUNCH" kill
}

@test "what a killed call has half written goes with the next" {
    local count

    "$LAUNCH" start
    for _ in 1 2 3; do
        run strace -qqo "$SCRATCH/calls" -e trace=rename \
            -e inject=rename:signal=KILL:when=1 "$LAUNCH" stop
    done
    count=$(find "$HOME/.local" -name '*.[0-9]*' | wc -l)
    [ "$count" -eq 3 ]
    # What somebody is about to write is not touched.
    sleep 6111 3>&- &
    other=$!
    record=$(dirname "$(find "$HOME/.local" -name lock)")
    touch "$record/wanted.$other" "$record/runs/9.$BASHPID" "$record/sub.x"
    "$LAUNCH" stop
    [ "$(find "$HOME/.local" -name '*.[0-9]*' | wc -l)" -eq 2 ]
    [ -e "$record/wanted.$other" ]
    kill "$other"
    wait "$other" || true
    "$LAUNCH" start
    [ ! -e "$record/wanted.$other" ]
    [ -e "$record/sub.x" ]
    "$LAUNCH" kill
}
