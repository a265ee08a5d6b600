#!/usr/bin/env bats
# bats file_tags=sanitized
#
# F11, F5: every option stands where the real Celery takes it, the broker is
# handed over in the environment alone, and what Celery calls wrong usage is
# a failed start that says so.

load lib

setup_file() {
    begin_file
    redis_start
    cat >"$APP_DIR/settings.py" <<'END'
task_default_queue = "of-the-module"
worker_prefetch_multiplier = 3
END
    configure_app tasks \
        "result_backend = \"$REDIS_URL\"; pool = \"solo\"; mingle = false;"
}

# index WORD: where it stands in the worker's command line
index() {
    "$PYTHON" -c 'import json, sys
print(json.load(open(sys.argv[1])).index(sys.argv[2]))' "$SCRATCH/argv" "$1"
}

@test "Celery takes its own options before worker, and worker's after it" {
    "$LAUNCH" start --loader=celery.loaders.app:AppLoader --no-color --quiet \
        --celery-config=settings --maxtasksperchild=7 --time-limit=50 \
        --heartbeat-interval=9 --task-events --statedb="$SCRATCH/state" \
        --optimization=fair --prefetch-multiplier=2 \
        --extra-args=-E
    task argv >"$SCRATCH/argv"
    worker=$(index worker)
    for word in --app=tasks --loader=celery.loaders.app:AppLoader --no-color \
        --quiet --config=settings; do
        [ "$(index "$word")" -lt "$worker" ]
    done
    for word in --queues=celery --max-tasks-per-child=7 --pool=solo -Ofair \
        --heartbeat-interval=9 --time-limit=50 --task-events -E \
        --without-gossip --without-mingle; do
        [ "$(index "$word")" -gt "$worker" ]
    done
    fails grep -e maxtasksperchild "$SCRATCH/argv"
}

@test "broker and result backend are in the environment, not in the words" {
    task argv >"$SCRATCH/argv"
    fails grep -e redis "$SCRATCH/argv"
    fails grep -z -e redis: "/proc/$(runner_pid celery)/cmdline"
    [[ $(task env) = *"\"CELERY_BROKER_URL\": \"$REDIS_URL\""* ]]
    [[ $(task env) = *"\"CELERY_RESULT_BACKEND\": \"$REDIS_URL\""* ]]
    "$LAUNCH" kill
}

# failed_with SENTENCE SCREEN: 69, and what is on the worker's own screen, an
# expression for the words of several versions
failed_with() {
    [ "$status" -eq 69 ]
    [[ $output = *"celery: did not start: $1"*"    "* ]]
    grep -qE -e "^    .*$2" <<<"$output"
    wait_for no_leftovers
    run "$LAUNCH" status
    [ "$status" -eq 4 ]
    [ "$output" = 'celery: dead' ]
}

@test "an option that Celery does not know is status 2, and told" {
    run within 40 "$LAUNCH" start --extra-args=--no-such-option
    failed_with 'it ended with status 2' 'o such option: --no-such-option'
}

@test "so is a value that Celery does not take" {
    run within 40 "$LAUNCH" start --extra-args=--concurrency=many
    failed_with 'it ended with status 2' "many'? is not a valid integer"
}

@test "so is an app that cannot be imported" {
    run within 40 "$LAUNCH" start --app=broken
    failed_with 'it ended with status 2' 'a_module_that_nobody_has'
    run within 40 "$LAUNCH" start --app=nowhere
    failed_with 'it ended with status 2' \
        "module nowhere was not found|No module named 'nowhere'"
}

@test "a global option behind worker is refused: order matters to Celery" {
    run within 40 "$LAUNCH" start --extra-args=--result-backend=rpc://
    failed_with 'it ended with status 2' 'o such option'
}
