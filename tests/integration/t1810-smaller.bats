#!/usr/bin/env bats
# bats file_tags=sanitized
# shellcheck disable=SC2154 # background: see stand-in.bash
#
# What a hard look found that is small: each was silent or wrong before.

load lib
load repository
load stand-in

# with_closed DESCRIPTORS COMMAND...: without those, which are words
with_closed() {
    local closed=$1 number

    shift
    (
        for number in $closed; do
            eval "exec $number>&-"
        done
        exec "$@"
    )
}

@test "what is closed is /dev/null, and no file of ours" {
    local closed

    git_ready
    git init -q "$REPO"
    git -C "$REPO" commit -q --allow-empty -m 0
    # At its end sync writes into the lock anew, whatever stood there.
    configure <<END
defaults = { git_sync_dir = "$REPO"; worker_dir = "$REPO";
    git_pull_cmd = "echo said; echo told >&2; cp .git/celery-tmux.sync '$SCRATCH/during'"; };
END
    for closed in 0 1 2 '1 2' '0 1 2'; do
        rm -f "$SCRATCH/during"
        with_closed "$closed" "$LAUNCH" sync
        fails grep -e said -e told -e sync: "$SCRATCH/during"
        git -C "$REPO" status
    done
}

@test "nor are the descriptors of a start that waits" {
    local closed number

    mkdir "$SCRATCH/seen"
    configure <<END
workers = ( { queue = "celery"; celery_cmd = "$(stand_in celery)"; } );
END
    for closed in 0 1 2 '0 1 2'; do
        forget
        touch "$(seen celery slow)"
        in_background "$SCRATCH/start" with_closed "$closed" \
            "$LAUNCH" start
        wait_for worker_is celery starting
        for number in $closed; do
            [ "$(readlink "/proc/$(pgrep -P "$background")/fd/$number")" = \
                /dev/null ]
        done
        rm "$(seen celery slow)"
        wait_for ended "$SCRATCH/start"
        [ "$(cat "$SCRATCH/start.status")" -eq 0 ]
    done
    "$LAUNCH" kill
}

@test "a worker is called by what defaults say, wherever it is asked" {
    configure <<'END'
defaults = { queue = "video"; };
workers = ( { concurrency = 2; hosts = "a[1-2]"; } );
nodes = ( { hosts = "a1"; worker = "video"; concurrency = 3; } );
END
    [ "$("$LAUNCH" hosts --workers)" = video ]
    [ "$("$LAUNCH" hosts --worker video --fold)" = 'a[1-2]' ]
    "$LAUNCH" --node=a1 show | grep -q -e '--concurrency=3'
    # The one that there is without any is no other.
    configure <<'END'
defaults = { queue = "video"; };
nodes = ( { hosts = "a1"; worker = "video"; concurrency = 3; } );
END
    [ "$("$LAUNCH" hosts --workers)" = video ]
    [ "$("$LAUNCH" hosts --worker video)" = a1 ]
    "$LAUNCH" --node=a1 show | grep -q -e '--concurrency=3'
    "$LAUNCH" --node=a2 show video | fails grep -q -e '--concurrency=3'
}

@test "a malformed include in a file of hosts is told with its line" {
    printf '#includes are fine\n#include\nhost\n' >"$SCRATCH/hosts"
    run "$LAUNCH" hosts "^$SCRATCH/hosts"
    echo "$output"
    [ "$status" -eq 64 ]
    [[ $output = *"$SCRATCH/hosts:2: write one file after #include"* ]]
    printf 'host\n#include a b\n' >"$SCRATCH/hosts"
    run "$LAUNCH" hosts "^$SCRATCH/hosts"
    [ "$status" -eq 64 ]
    [[ $output = *"$SCRATCH/hosts:2: "* ]]
}

@test "a number that is too large says what L does; includes have an end" {
    configure <<<'defaults = { concurrency = 99999999999; };'
    run "$LAUNCH" show
    [ "$status" -eq 78 ]
    [[ $output = *"L after one of more than 32 bits"* ]]
    : >"$HOME/.config/celery-tmux/empty"
    chmod 600 "$HOME/.config/celery-tmux/empty"
    for _ in {1..1001}; do
        echo '@include "empty"'
    done | configure
    run "$LAUNCH" show
    [ "$status" -eq 78 ]
    [[ $output = *"more than 1000 files"* ]]
}

@test "only the program built for tests dies at a step" {
    configure <<<'defaults = { master_setup_cmd = "true"; };'
    fails grep -qE 'CELERY_TMUX_(DIE_AT|STEPS|LIST_STEPS)' "$LAUNCH"
    run env CELERY_TMUX_DIE_AT=setup "$LAUNCH" sync
    [ "$status" -eq 0 ]
    grep -q CELERY_TMUX_DIE_AT "$DYING"
    run env CELERY_TMUX_DIE_AT=setup "$DYING" sync
    [ "$status" -eq 137 ]
}
