#!/usr/bin/env bats
# bats file_tags=soak
#
# Nothing lost, nothing left: a shell that stays around Celery (F8), whatever
# the pool.

load lib
load losses
load leftovers
load combinations

export CALL='celery_cmd = "./wrapper";'

setup() {
    rm -f "$NOTES"/*
    cat >"$APP_DIR/wrapper" <<'END'
#!/bin/sh
celery "$@"
END
    chmod +x "$APP_DIR/wrapper"
}

@test "the shell stays: it, and not Celery, is the runner's child" {
    with_pool solo 10
    "$LAUNCH" start
    child=$(pgrep -P "$(runner_pid celery)")
    [ "$(pgrep -P "$child")" = "$(worker_pid celery)" ]
    clean_after "$LAUNCH" kill
}

@test "a shell that stays around Celery loses nothing" {
    each_pool prefork loses_nothing
}

@test "a shell that stays around Celery leaves nothing" {
    each_pool prefork leaves_nothing
}
