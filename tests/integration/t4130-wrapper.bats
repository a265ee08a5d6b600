#!/usr/bin/env bats
# bats file_tags=long,soak
#
# Nothing lost, however Celery is called (F8).  For `make soak`, at its length;
# `make check` has this and more at a short one (combinations.bash).

load lib
load losses

@test "a shell that stays around Celery loses no task" {
    cat >"$APP_DIR/wrapper" <<'END'
#!/bin/sh
celery "$@"
END
    chmod +x "$APP_DIR/wrapper"
    with tasks 'celery_cmd = "./wrapper";'
    survive "$LAUNCH" restart
}

@test "nor does Celery called as a module, with the pool of threads" {
    with tasks 'celery_cmd = "/usr/bin/python3 -m celery"; pool = "threads";'
    survive "$LAUNCH" restart
}

@test "nor a shell that stays and hides the runner from Celery" {
    cat >"$APP_DIR/wrapper" <<'END'
#!/bin/sh
env -u NOTIFY_SOCKET celery "$@"
END
    chmod +x "$APP_DIR/wrapper"
    with tasks 'celery_cmd = "./wrapper";'
    survive "$LAUNCH" restart
}
