#!/usr/bin/env bats
# bats file_tags=long,soak
# shellcheck disable=SC2154 # of losses-steady.bash
#
# For comparison: what Celery alone loses, ended by TERM or by `celery multi
# restart`, with the senders of the tests that lose nothing.

load lib
load rabbit
load losses-many
load losses-steady

setup_file() {
    begin_steady redis
}

# celery_alone WORD...: Celery called without our program; for a subshell
celery_alone() {
    in_app celery "$@" -Q "$name" -P "$pool" -c "$processes" \
        --without-mingle{,} --without-gossip{,} -l INFO
}

is_ready() {
    grep -q ' ready\.$' "$log"
}

begin_worker() {
    log=$notes/celery
    : >"$log"
    (celery_alone -A tasks worker -n "$name@%h") >>"$log" 2>&1 3>&- &
    main=$!
    wait_for -t 60 is_ready
}

by_term() {
    kill -TERM "$main"
    wait "$main" || true
    begin_worker
}

# multi COMMAND: its files are named from where the app is, for it passes
# their names through a shell
multi() {
    log=$APP_DIR/$name.log
    : >"$log"
    (celery_alone multi "$1" "$name" -A tasks --logfile="$name.log" \
        --pidfile="$name.pid") >"$notes/multi" 2>&1 3>&-
    wait_for -t 60 is_ready
    main=$(cat "$APP_DIR/$name.pid")
}

multi_is_able() {
    [[ $(celery --version) != 5.0.* ]] ||
        skip "the multi of Celery 5.0 brings no worker up"
}

by_multi() {
    multi restart
}

# compare WAY COMBINATION: it is told, and is nobody's fault
compare() {
    local way=$1 log main

    choose "$2"
    rm -rf "$notes"
    prepare "$2"
    if [ "$way" = by_multi ]; then
        multi_is_able
    fi
    send_steadily
    if [ "$way" = by_multi ]; then
        multi start
    else
        begin_worker
    fi
    restart_for "${STEADY:-60}" "$way"
    touch "$notes/enough"
    judge "Celery alone, $way" || true
    kill -TERM "$main"
    wait_for -t 60 no_leftovers
    [ "$(cat "$notes/restarts")" -gt 0 ]
    [ "$(tokens end | wc -l)" -gt 0 ]
}

@test "TERM, idle" {
    compare by_term idle-prefork
}

@test "TERM, a light load" {
    compare by_term light-prefork
}

@test "celery multi restart, idle" {
    compare by_multi idle-prefork
}

@test "celery multi restart, a light load" {
    compare by_multi light-prefork
}
