#!/usr/bin/env bats
#
# Sentences that are of no other test: each with its status, and alone
# (tests/coverage/sentences lists those that no test produces).

load lib
load stand-in

setup_file() {
    begin_file
    mkdir -p "$SCRATCH/seen/one" "$SCRATCH/bin"
}

# has_worker CELERY_CMD [SETTINGS]: this one and no other
has_worker() {
    configure <<END
defaults = { worker_dir = "$APP_DIR"; autorestart = false; $2 };
workers = ( { queue = "one"; celery_cmd = "$1"; } );
END
    RECORD=$HOME/.local/state/celery-tmux/$(uname -n)/celery-one
}

# instead_of FILE COMMAND...: says, with a link that leads nowhere in its place
instead_of() {
    local file=$1

    shift
    mv "$file" "$SCRATCH/kept"
    ln -s nowhere "$file"
    says "$@"
    mv "$SCRATCH/kept" "$file"
}

# on_terminal COMMAND...: what it says there
on_terminal() {
    script -qec "$(printf '%q ' "$@")" /dev/null </dev/null
}

# pipeless TURN COMMAND...: on a terminal, and its pipe of that number cannot
# be made
pipeless() {
    # The leak finder cannot trace what is traced.
    on_terminal env ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0" \
        strace -qq -o /dev/null -e "inject=pipe2:error=EMFILE:when=$1" "${@:2}"
}

# without_pipe TURN COMMAND...: the same, which says so
without_pipe() {
    run pipeless "$@"
    echo "$output"
    [[ $output = *'cannot make a pipe: '*'; raise the limit '* ]]
}

# says STATUS SENTENCE COMMAND...: that and nothing else on standard error
says() {
    local desired=$1 sentence=$2 result=0

    shift 2
    "$@" >/dev/null 2>"$SCRATCH/said" </dev/null || result=$?
    cat "$SCRATCH/said"
    [ "$result" -eq "$desired" ]
    [ "$(wc -l <"$SCRATCH/said")" -eq 1 ]
    grep -qF -e "celery-tmux-launch: $sentence" "$SCRATCH/said"
}

@test "what is called in a way that means nothing" {
    says 64 "--worker cannot be combined with a host list; leave one out" \
        "$LAUNCH" hosts --worker x a
    says 64 "run is for the session; use celery-tmux-launch start" \
        "$LAUNCH" run
    says 64 "exec is for a worker's session; " "$LAUNCH" exec
    says 64 "--node=%h is no name of a node; " "$LAUNCH" status --node=%h
    says 64 "tile is called by watch; use that" "$LAUNCH" tile
    cat >"$SCRATCH/conf" <<'END'
workers = ( { queue = "a"; hosts = "n[1-2]"; session = "s"; },
    { queue = "b"; hosts = "n[2-3]"; session = "s"; } );
END
    says 78 "$SCRATCH/conf:2: workers a and b would have the same session s; set session for one of them (on n2)" \
        "$LAUNCH" check --hosts -c "$SCRATCH/conf"
    says 78 "there is no configuration to print; write one, or name it with --config" \
        env HOME="$SCRATCH" "$LAUNCH" plan --print
    # On a terminal nothing is read that nobody has typed yet.
    run script -qec "'$LAUNCH' hosts" /dev/null
    [ "$status" -eq 64 ]
    [[ $output = *"name a host list, as in celery-tmux-launch hosts "* ]]
}

@test "whose worker, whose home, whose rights" {
    [ "$(id -u)" -eq 0 ] || skip "needs root, to be somebody else"
    chmod a+x "$SCRATCH"
    cp "$LAUNCH" "$SCRATCH/launch"
    chmod 4755 "$SCRATCH/launch"
    says 77 "this program must not be set-user-ID" setpriv --reuid=54321 \
        --clear-groups "$SCRATCH/launch" status
    chmod 755 "$SCRATCH/launch"
    says 69 "user 54321 has no home directory; set HOME" \
        setpriv --reuid=54321 --clear-groups env -u HOME \
        "$SCRATCH/launch" status
    says 69 "there is no user nobody-else " \
        "$LAUNCH" start --user=nobody-else
    says 0 "celery belongs to user nobody; give that user's workers a file of their own: sudo -u nobody celery-tmux-launch status --prom" \
        "$LAUNCH" status --prom --user=nobody
    cat >"$SCRATCH/conf" <<'END'
workers = ( { queue = "a"; user = "nobody"; }, { queue = "b"; } );
END
    says 64 "status follows the workers of one user; call it as that user, or leave --follow out" \
        timeout 10 "$LAUNCH" status --json --follow -c "$SCRATCH/conf"
}

@test "records that cannot be listed" {
    mkdir -p "$SCRATCH/state"
    : >"$SCRATCH/state/$(hostname)"
    says 75 "cannot list the workers in $SCRATCH/state/" \
        "$LAUNCH" tend --state-dir="$SCRATCH/state"
}

@test "a board, a tile, a watch that cannot begin" {
    local top name watch

    top=$(dirname "$LAUNCH")/celery-tmux-top
    has_worker "$(stand_in one)"
    if [ -x "$top" ]; then
        says 64 "there is no option -Z; celery-tmux-top -h lists them" \
            "$top" -Z
        says 64 "-w needs a value" "$top" -w
        without_pipe 1 "$top"
        without_pipe 2 "$top"
    fi
    # A tile tries again as long as its watch is there.
    sleep 1820 3>&- &
    watch=$!
    pipeless 1 "$LAUNCH" tile -- "$watch" \
        "$(awk '{ print $22 }' "/proc/$watch/stat")" "$SCRATCH/none" one node \
        >"$SCRATCH/tile" 2>&1 3>&- &
    wait_for grep -q 'cannot make a pipe: .*; raise the limit ' "$SCRATCH/tile"
    kill "$watch"
    wait
    run on_terminal "$LAUNCH" watch -W one
    [[ $output = *'the configuration names no nodes for worker one; give it '* ]]
    if [ -x "$top" ]; then
        run on_terminal "$top" -W one
        [[ $output = *'the configuration names no nodes for worker one; '* ]]
        cp "$top" "$SCRATCH/bin"
        for name in pdsh celery-tmux-launch; do
            printf '%s\n' '#!/bin/sh' '[ "$1" = hosts ] && echo node || exit 3' \
                >"$SCRATCH/bin/$name"
            chmod 755 "$SCRATCH/bin/$name"
        done
        run on_terminal "$SCRATCH/bin/celery-tmux-top"
        [[ $output = *'celery-tmux-launch status ended with status 3 and said nothing'* ]]
        run on_terminal env PATH="$SCRATCH/bin:$PATH" \
            "$SCRATCH/bin/celery-tmux-top" -w node
        [[ $output = *'pdsh ended with status 3 and said nothing'* ]]
        printf '%s\n' '#!/bin/sh' 'echo "launch: no such library"; exit 127' \
            >"$SCRATCH/bin/celery-tmux-launch"
        says 127 "launch: no such library" \
            "$SCRATCH/bin/celery-tmux-top" -w node
    fi
    run on_terminal env PDSH_MODULE_DIR=/none "$LAUNCH" watch -w node
    [[ $output = *'pdsh does not have our module, by which nodes are '* ]]
}

@test "a run that has begun already" {
    local begun

    has_worker "$(stand_in one)"
    "$LAUNCH" start
    begun=$(run_of "$RECORD")
    says 69 "nobody asked for a run of $begun; use celery-tmux-launch start" \
        "$LAUNCH" run "$begun"
    worker_is one running
    "$LAUNCH" kill --now
}

@test "a record in which something else lies" {
    has_worker "$(stand_in one)"
    "$LAUNCH" start
    instead_of "$(run_of "$RECORD")/worker" 75 \
        "one: cannot read $(run_of "$RECORD")/worker, so it is not known" \
        "$LAUNCH" apply
    configure <<<'workers = ( { queue = "two"; hosts = "elsewhere"; } );'
    instead_of "$RECORD/origin" 75 "cannot read $RECORD/origin, so it is not" \
        "$LAUNCH" apply
    "$LAUNCH" kill --now --queue one
    # Nobody can write down how it ended.
    has_worker "sh -c 'mkdir \\\"\$CELERY_TMUX_RECORD/end\\\"; exit 3' x"
    run "$LAUNCH" start
    [ "$status" -eq 69 ]
    [[ $output = *'one: did not start, and its record does not say why; '* ]]
    "$LAUNCH" kill --now
}

@test "a runner that is killed while it starts, and a try without room" {
    has_worker "$(stand_in one)" 'preflight = true'
    touch "$(seen one slow)"
    in_background "$SCRATCH/start" "$LAUNCH" start
    wait_for worker_is one starting
    wait_for eval '[ "$(worker_field one mainprocess)" -gt 0 ]'
    kill -KILL "$(runner_pid one)" "$(worker_pid one)"
    wait_for ended "$SCRATCH/start"
    grep -q 'one: did not start: its runner was killed; start it again' \
        "$SCRATCH/start"
    rm "$(seen one slow)"
    "$LAUNCH" start
    says 0 "one: could not be tried before its restart, which goes on: cannot create the directory /none/" \
        env TMPDIR=/none "$LAUNCH" restart
    "$LAUNCH" kill --now
}

@test "a tmux that is never of one mind" {
    has_worker "$(stand_in one)"
    tmux new-session -d -s other 'sleep 1820'
    cat >"$SCRATCH/bin/tmux" <<END
#!/bin/sh
case "\$*" in
*new-session*) echo "duplicate session: celery-one" >&2; exit 1 ;;
*list-panes* | *has-session*) echo "can't find session: x" >&2; exit 1 ;;
esac
exec $(command -v tmux) "\$@"
END
    chmod 755 "$SCRATCH/bin/tmux"
    says 69 "one: its session celery-one keeps appearing and disappearing; " \
        env PATH="$SCRATCH/bin:$PATH" "$LAUNCH" start
    tmux kill-server
}

@test "where /proc is not mounted" {
    needs_own_mounts
    has_worker "$(stand_in one)"
    without_proc() {
        # shellcheck disable=SC2016 # for the inner shell
        unshare --mount --propagation private sh -c \
            'mount -t tmpfs none /proc && exec "$@"' sh "$@"
    }
    "$LAUNCH" start
    "$LAUNCH" stop
    echo broken >"$(run_of "$RECORD")/run"
    says 75 "one: its record $RECORD is damaged, and this machine's processes cannot be examined: " \
        without_proc "$LAUNCH" kill
    "$LAUNCH" kill --now
    run env CELERY_TMUX_DIE_AT=record "$DYING" start
    says 69 "cannot look at /proc: " without_proc "$LAUNCH" run \
        "$(run_of "$RECORD")"
}
