#!/usr/bin/env bats
#
# Twelve ways to be broken, each met by a worker that is busy: what is tried
# before it is asked to end keeps it, with all its tasks, and what cannot be
# seen there is what celery-tmux-launch(1) says.

load lib
load broken

record() {
    echo "$HOME/.local/state/celery-tmux/$(uname -n)/celery-celery"
}

# remembered: what a restart would change
remembered() {
    (cd "$(record)" && cat wanted current "$(run_of .)"/{worker,run} &&
        find . ! -name health)
}

# begin_remembered: the same, to be compared with later
begin_remembered() {
    begin_busy
    before=$(remembered)
}

# is_kept REASON [COMMAND...]: that ends with 69 and the reason, and the worker
# is as it was
is_kept() {
    local reason=$1

    shift
    send_more 1
    run "${@:-restart}"
    echo "$status: $output"
    [ "$status" -eq 69 ]
    [[ $output = *'celery: was not restarted and goes on running, as'* ]]
    [[ $output =~ $reason ]]
    [ "$(worker_pid celery)" = "$first" ]
    [ "$(remembered)" = "$before" ]
    state_is celery running
    is_busy
}

restart() {
    "$LAUNCH" restart
}

@test "a worker that is busy outlives whatever is seen before the restart" {
    begin_remembered

    # A syntax error.
    echo 'def (' >>"$APP_DIR/tasks.py"
    is_kept 'app tasks cannot be imported: .*SyntaxError: invalid syntax \(.*/tasks.py, line [0-9]+\)"'
    # start and apply as well.
    is_kept 'SyntaxError' "$LAUNCH" start
    app=slowly sound
    is_kept "app slowly cannot be imported: .*slowly" "$LAUNCH" apply

    # A module that is missing.
    sound
    echo 'import no_such_package' >>"$APP_DIR/leaving.py"
    is_kept "No module named 'no_such_package'"

    # A wrong option.
    sound 'extra_args = [ "--nonsense" ];'
    is_kept 'this Celery has no option --nonsense; remove it'

    # An app without that name.
    app=tasks:nothing sound
    is_kept "tasks:nothing cannot be imported: .*(celery application|'tasks:nothing')"

    # The end of the setup command.
    sound 'worker_setup_cmd = "exit 0";'
    is_kept 'worker_setup_cmd ends with status 0 before Celery begins'
    sound 'worker_setup_cmd = "echo no room; exit 3";'
    is_kept 'worker_setup_cmd ends with status 3 and says "no room"'

    # A broker that does not let it in.
    sound
    redis-cli -p "$REDIS_PORT" acl setuser guest on '>sesame' '~*' '+@all'
    sed -i "s,redis://,redis://guest:wrong@," \
        "$HOME/.config/celery-tmux/celery-tmux.conf"
    is_kept 'the broker redis://guest:.*does not let it in: .*(WRONGPASS|invalid username-password|AUTH <password> called without)'
    [[ $output != *wrong@* ]]

    # A celery_cmd that is gone.
    sound 'celery_cmd = "/opt/gone/celery";'
    is_kept 'Celery does not run: cannot run /opt/gone/celery: No such file'

    # Memory.
    sound 'worker_setup_cmd = "ulimit -v 500000";'
    echo 'HELD = bytearray(600 << 20)' >>"$APP_DIR/tasks.py"
    is_kept 'says "MemoryError'

    # A pool that does not exist.
    sound 'extra_args = [ "--pool=nosuch" ];'
    is_kept 'says "(Invalid value for .*pool|ModuleNotFoundError: .*nosuch)'

    # Status 0 at once.
    sound 'celery_cmd = "true";'
    is_kept 'Celery ends with status 0 before it connects and prints nothing'

    sound
    release
    all_done
    # What was right all the time is restarted.
    "$LAUNCH" restart
    [ "$(worker_pid celery)" != "$first" ]
}

@test "so it does when its worker_dir is full" {
    needs_own_mounts
    begin_remembered
    # Mounted over it, for the new one: the old one has the old directory.
    printf 'with open("journal", "w") as file:\n    file.write("x" * 9999)\n' >>"$APP_DIR/leaving.py"
    mkdir "$SCRATCH/small"
    mount -t tmpfs -o size=1m none "$SCRATCH/small"
    cp "$APP_DIR"/*.py "$SCRATCH/small"
    dd if=/dev/zero of="$SCRATCH/small/full" bs=4k status=none || true
    run "$LAUNCH" restart --worker-dir="$SCRATCH/small"
    umount "$SCRATCH/small"
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *'No space left on device'* ]]
    [ "$(worker_pid celery)" = "$first" ]
    [ "$(remembered)" = "$before" ]
    release
    all_done
}

@test "one that never gets ready is not seen, and the old one is gone" {
    begin_busy
    cat >>"$APP_DIR/tasks.py" <<'END'
from celery import signals

@signals.worker_init.connect
def hang(**_):
    time.sleep(600)
END
    release
    run "$LAUNCH" restart --start-timeout=8
    echo "$output"
    [ "$status" -eq 75 ]
    [[ $output = *'celery: still starting after 8 s'* ]]
    fails is_running "$first"
    sound
    "$LAUNCH" kill --now
    "$LAUNCH" start
    all_done
}

@test "killed for want of memory is no verdict: that is said, and it goes on" {
    begin_busy
    # As the kernel would: the first that comes.
    cat >>"$APP_DIR/tasks.py" <<'END'
if not os.path.exists("killed"):
    open("killed", "w").close()
    os.kill(os.getpid(), 9)
END
    release
    run "$LAUNCH" restart
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output = *'celery: could not be tried before its restart, which goes on: it was killed, maybe for want of memory'* ]]
    [[ $output = *'celery: restarted' ]]
    sound
    all_done
}

# is_gone REASON: without it the restart ends the old one for nothing
is_gone() {
    run "$LAUNCH" restart "${without[@]}"
    echo "$status: $output"
    [ "$status" -eq 69 ]
    [[ $output =~ $1 ]]
    fails is_running "$first"
    [ "$("$LAUNCH" status)" = "celery: dead" ]
    sound
    "$LAUNCH" start
    first=$(worker_pid celery)
    send_more 1
}

@test "without it the old worker is gone, and no task is lost" {
    begin_busy
    release
    without=(--preflight=false)
    echo 'def (' >>"$APP_DIR/tasks.py"
    is_gone 'SyntaxError'
    sound 'celery_cmd = "/opt/gone/celery";'
    is_gone 'cannot run /opt/gone/celery'
    without=(--force)
    app=tasks:nothing sound
    is_gone "tasks:nothing was not found|Unable to load celery application|No module named 'tasks:nothing'"
    all_done
}
