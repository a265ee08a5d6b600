#!/usr/bin/env bats
#
# What a hard look found that is small: each was silent or wrong before.

load lib
load repository

@test "what is closed is /dev/null, and no file of ours" {
    git_ready
    git init -q "$REPO"
    git -C "$REPO" commit -q --allow-empty -m 0
    configure <<END
defaults = { git_sync_dir = "$REPO"; worker_dir = "$REPO";
    git_pull_cmd = "echo said; echo told >&2"; };
END
    "$LAUNCH" sync >&- 2>&- <&-
    fails grep -e said -e told -e sync: "$REPO/.git/celery-tmux.sync"
    git -C "$REPO" status
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
}

@test "a malformed include in a file of hosts is told with its line" {
    printf '#includes are fine\n#include\nhost\n' >"$SCRATCH/hosts"
    run "$LAUNCH" hosts "^$SCRATCH/hosts"
    echo "$output"
    [ "$status" -eq 64 ]
    [[ $output = *"$SCRATCH/hosts:2: write one file behind #include"* ]]
    printf 'host\n#include a b\n' >"$SCRATCH/hosts"
    run "$LAUNCH" hosts "^$SCRATCH/hosts"
    [ "$status" -eq 64 ]
    [[ $output = *"$SCRATCH/hosts:2: "* ]]
}

@test "a number that is too large says what L does; includes have an end" {
    configure <<<'defaults = { concurrency = 99999999999; };'
    run "$LAUNCH" show
    [ "$status" -eq 78 ]
    [[ $output = *"L behind one of more than 32 bits"* ]]
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
