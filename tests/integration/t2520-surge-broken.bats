#!/usr/bin/env bats
# bats file_tags=long,soak
#
# Twelve ways to be broken, each met by surge alone, while the worker is busy:
# the old one goes on as it was, and the reason is there.

load lib
load broken

surge='surge = true; preflight = false; start_timeout = 20;'

# is_kept REASON [OPTION]...: a restart fails with it, and the worker is as it was
is_kept() {
    local reason=$1

    shift
    send_more 1
    run "$LAUNCH" restart "$@"
    echo "$status: $output"
    [ "$status" -eq 69 ]
    [[ $output =~ $reason ]]
    [[ $output = *'celery: was not restarted; the old one goes on as it was' ]]
    # shellcheck disable=SC2154 # begin_busy sets it
    [ "$(worker_pid celery)" = "$first" ]
    [[ $("$LAUNCH" status) = 'celery: running'?(' (drifted)') ]]
    [ "$(sessions)" = celery-celery ]
    is_busy
    "$LAUNCH" tend
}

@test "what fails as soon as it is loaded leaves the old worker at work" {
    begin_busy "$surge"
    echo 'def (' >>"$APP_DIR/tasks.py"
    is_kept 'SyntaxError: invalid syntax'
    sound "$surge"
    echo 'import no_such_package' >>"$APP_DIR/leaving.py"
    is_kept "No module named 'no_such_package'"
    sound "$surge extra_args = [ \"--nonsense\" ];"
    is_kept 'No such option: --nonsense|no such option: --nonsense'
    app=tasks:nothing sound "$surge"
    is_kept "Unable to load celery application|tasks:nothing was not found|No module named 'tasks:nothing'"
    sound "$surge worker_setup_cmd = \"echo no room; exit 3\";"
    is_kept 'worker_setup_cmd ended with status 3; it printed last:.*no room'
    sound "$surge celery_cmd = \"/opt/gone/celery\";"
    is_kept 'cannot run /opt/gone/celery: No such file'
    sound "$surge extra_args = [ \"--pool=nosuch\" ];"
    is_kept "Invalid value for .*pool|No module named 'nosuch'"
    sound "$surge celery_cmd = \"true\";"
    is_kept 'ended with status 0 and printed nothing'
    sound
    release
    all_done
}

@test "so does what fails later, or not at all" {
    begin_busy "$surge"
    redis-cli -p "$REDIS_PORT" acl setuser guest on '>sesame' '~*' '+@all'
    sound "${surge/20/15}"
    sed -i "s,redis://,redis://guest:wrong@," \
        "$HOME/.config/celery-tmux/celery-tmux.conf"
    is_kept 'WRONGPASS|invalid username-password|AUTH <password> called without'
    [[ $output != *wrong@* ]]
    sound "$surge worker_setup_cmd = \"ulimit -v 500000\";"
    echo 'HELD = bytearray(600 << 20)' >>"$APP_DIR/tasks.py"
    is_kept 'MemoryError'
    sound "$surge"
    cat >>"$APP_DIR/tasks.py" <<'EOF'
from celery import signals

@signals.worker_init.connect
def hang(**_):
    time.sleep(600)
EOF
    is_kept 'still starting after 4 s' --start-timeout=4
    sound
    release
    all_done
}

@test "so does a worker_dir that is full" {
    needs_own_mounts
    begin_busy "$surge"
    printf 'with open("journal", "w") as file:\n    file.write("x" * 9999)\n' \
        >>"$APP_DIR/leaving.py"
    mkdir "$SCRATCH/small"
    mount -t tmpfs -o size=1m none "$SCRATCH/small"
    cp "$APP_DIR"/*.py "$SCRATCH/small"
    dd if=/dev/zero of="$SCRATCH/small/full" bs=4k status=none || true
    is_kept 'No space left on device' --worker-dir="$SCRATCH/small"
    umount "$SCRATCH/small"
    release
    all_done
}
