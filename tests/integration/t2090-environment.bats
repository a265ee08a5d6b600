#!/usr/bin/env bats
# bats file_tags=sanitized
#
# F9: whatever bends Celery silently in the environment of the caller, or of
# the tmux server, does not reach the worker.

load lib

setup_file() {
    begin_file
    redis_start
    # What comes from here has this word in it.
    mkdir "$SCRATCH/poison"
    echo 'raise SystemExit("poison")' |
        tee "$SCRATCH/poison/tasks.py" >"$SCRATCH/poison/sitecustomize.py"
    POISON=(
        APP=poison.app BROKER_URL=redis://poison:1/0
        RESULT_BACKEND=poison:// LOADER=poison.loader
        CONFIG_MODULE=poison.config WORKDIR="$SCRATCH/poison" NO_COLOR=poison
        CELERY_BROKER_URL=redis://poison:2/0 CELERY_RESULT_BACKEND=poison://
        CELERY_LOADER=poison CELERY_CONFIG_MODULE=poison
        CELERY_WORKER_CONCURRENCY=poison CELERY_WORKER_POOL=poison
        CELERY_WORKER_QUEUES=poison CELERY_WORKER_HOSTNAME=poison
        CELERY_WORKER_LOGLEVEL=poison CELERY_WORKER_LOGFILE="$SCRATCH/poison/log"
        CELERY_LOG_LEVEL=poison CELERY_LOG_FILE="$SCRATCH/poison/log"
        CELERY_LOG_REDIRECT=poison CELERY_LOG_REDIRECT_LEVEL=poison
        FORKED_BY_MULTIPROCESSING=poison
        PYTHONPATH="$SCRATCH/poison" PYTHONHOME="$SCRATCH/poison"
        PYTHONSTARTUP="$SCRATCH/poison/tasks.py" PYTHONWARNINGS=poison
        LD_LIBRARY_PATH="$SCRATCH/poison" VIRTUAL_ENV="$SCRATCH/poison"
        NOTIFY_SOCKET=@poison CELERY_TMUX_ID=poison
        CELERY_TMUX_RECORD="$SCRATCH/poison"
        BASH_ENV="$SCRATCH/poison/tasks.py" ENV="$SCRATCH/poison/tasks.py"
        CDPATH=/poison IFS=poison LC_ALL=poison TZ=poison
    )
    # The user's tmux server was started from such a place as well.
    env "${POISON[@]}" tmux new-session -d -s mine 'sleep 1090' 2>/dev/null
    tmux set-environment -g CELERY_WORKER_PREFETCH_MULTIPLIER poison
    configure_app tasks 'mingle = false; concurrency = 1;
        environment = { MEANT = "as it is"; };' - <<END
    { queue = "plain"; pool = "prefork"; },
    { queue = "setup"; pool = "solo"; worker_setup_cmd = "export LATER=too"; }
END
    env "${POISON[@]}" "$LAUNCH" start 2>/dev/null
}

# clean FILE: an environment, a variable a line
clean() {
    fails grep -i poison "$1"
}

# initial PID: what the process was started with
initial() {
    tr '\0' '\n' <"/proc/$1/environ"
}

@test "the poison is where it is meant to be" {
    tmux show-environment -g | grep -q '^CELERY_WORKER_QUEUES=poison$'
    [ "$(tmux show-environment -g | grep -c poison)" -ge 30 ]
}

@test "it does not reach MainProcess, its pool or the setup command" {
    for name in plain setup; do
        pid=$(worker_pid "$name")
        initial "$pid" >"$SCRATCH/main"
        grep -qx 'MEANT=as it is' "$SCRATCH/main"
        clean "$SCRATCH/main"
        for pid in $(descendants "$pid"); do
            initial "$pid" >"$SCRATCH/pool"
            clean "$SCRATCH/pool"
        done
    done
    initial "$(worker_pid setup)" | grep -qx LATER=too
}

@test "it does not reach tasks, and they do not get what was only for us" {
    for name in plain setup; do
        task -q "$name" env | tr ',' '\n' >"$SCRATCH/task"
        grep -q '"MEANT": "as it is"' "$SCRATCH/task"
        clean "$SCRATCH/task"
        fails grep NOTIFY_SOCKET "$SCRATCH/task"
    done
}

@test "it bends nothing: app, broker, queue, pool, concurrency, place" {
    [ "$(task -q plain main_pid)" = "$(worker_pid plain)" ]
    [ "$(descendants "$(worker_pid plain)" | wc -l)" -eq 1 ]
    [[ $(task -q plain surroundings) = *"\"cwd\": \"$APP_DIR\""* ]]
    for name in plain setup; do
        screen "celery-$name" >"$SCRATCH/screen"
        [ -s "$SCRATCH/screen" ]
        fails grep poison "$SCRATCH/screen"
    done
    [ ! -e "$SCRATCH/poison/log" ]
}

@test "what is configured wins over nothing but itself" {
    env PATH="$SCRATCH/poison:$PATH" TERM=dumb USER=poison LOGNAME=poison \
        SHELL=/poison "$LAUNCH" restart plain --environment=PYTHONPATH=/meant
    initial "$(worker_pid plain)" >"$SCRATCH/main"
    clean "$SCRATCH/main"
    grep -q '^PYTHONPATH=.*:/meant$' "$SCRATCH/main"
    grep -qx "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
        "$SCRATCH/main"
    grep -qx "USER=$(id -un)" "$SCRATCH/main"
    grep -qx 'LANG=C.UTF-8' "$SCRATCH/main"
    fails grep -x 'TERM=dumb' "$SCRATCH/main"
}

@test "a task may call the tool: what it inherits does not bend the next run" {
    # Celery leaves these to its tasks.
    task -q plain env | grep -q '"CELERY_LOG_FILE"'
    # shellcheck disable=SC2046 # no name or value of Celery's has a blank
    env $(task -q plain env | "$PYTHON" -c '
import json, sys
for item in json.load(sys.stdin).items():
    if item[0].startswith(("CELERY_", "FORKED_")):
        print("%s=%s" % item)' | grep -v ' ') \
        CELERY_LOG_FILE="$SCRATCH/poison/log" "$LAUNCH" restart setup
    initial "$(worker_pid setup)" >"$SCRATCH/main"
    fails grep -E '^(CELERY_LOG_|FORKED_)' "$SCRATCH/main"
    grep -c '^CELERY_TMUX_ID=' "$SCRATCH/main" | grep -x 1
    [ ! -e "$SCRATCH/poison/log" ]
}
