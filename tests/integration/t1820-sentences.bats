#!/usr/bin/env bats
#
# Sentences that are of no other test: each with its status, and alone
# (tests/coverage/sentences lists those that no test produces).

load lib

setup_file() {
    begin_file
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
    says 69 "there is no user nobody-else on this machine; " \
        "$LAUNCH" start --user=nobody-else
}

@test "records that cannot be listed" {
    mkdir -p "$SCRATCH/state"
    : >"$SCRATCH/state/$(hostname)"
    says 75 "cannot list the workers in $SCRATCH/state/" \
        "$LAUNCH" tend --state-dir="$SCRATCH/state"
}
