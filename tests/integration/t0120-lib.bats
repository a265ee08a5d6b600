#!/usr/bin/env bats
#
# The net that catches leftovers is tested itself: one with a hole in it would
# let every test above pass.

load lib

setup_file() {
    begin_file
    redis_start
}


@test "a clean table has no leftovers" {
    no_leftovers
}

@test "a third of the files runs with sanitizers" {
    local all=("$ROOT"/tests/integration/*.bats) tagged

    tagged=$(grep -lE '^# bats file_tags=.*\bsanitized\b' "${all[@]}" | wc -l)
    echo "$tagged of ${#all[@]}"
    [ $((3 * tagged)) -ge "${#all[@]}" ]
}

@test "a process is found by its home, its directory or its words" {
    sleep 1001 3>&- &
    by_home=$!
    (cd "$APP_DIR" && exec env -i sleep 1002 3>&-) &
    by_directory=$!
    (cd / && exec env -i sh -c 'sleep 1003; :' "$SCRATCH" 3>&-) &
    by_words=$!

    for pid in "$by_home" "$by_directory" "$by_words"; do
        wait_for eval "our_processes | grep '^$pid '"
    done
    run no_leftovers
    [ "$status" -eq 1 ]
    [[ $output = *"left over:"*"$by_home sleep 1001"* ]]

    pkill -P "$by_words"
    kill "$by_home" "$by_directory"
    wait_for no_leftovers
}

@test "redis is not a leftover, keeps its port and forgets its data" {
    url=$REDIS_URL
    redis-cli -u "$REDIS_URL" set key value
    redis_stop
    fails redis-cli -u "$REDIS_URL" ping
    redis_start
    [ "$REDIS_URL" = "$url" ]
    [ -z "$(redis-cli -u "$REDIS_URL" get key)" ]
    no_leftovers
}

@test "waiting ends in time, and says what for" {
    run wait_for -t 1 session_exists celery-never
    [ "$status" -eq 1 ]
    [[ ${lines[0]} = "waited 1 s in vain for: session_exists celery-never" ]]
    within 5 wait_for -t 20 true
    fails within 1 sleep 1.2
}

@test "a command that must fail" {
    fails false
    run fails true
    [ "$status" -eq 1 ]
    echo words | fails grep other
}

@test "the app is configured for one worker, or for those that are listed" {
    configure_app tasks
    [ "$("$LAUNCH" hosts --workers)" = celery ]
    configure_app tasks 'nice = 3;' '{ queue = "a"; }, { queue = "b"; }'
    [ "$("$LAUNCH" hosts --workers | xargs)" = 'a b' ]
    configure_app tasks '' - <<END
    { queue = "c"; max_tasks_per_child = 7; }
END
    run "$LAUNCH" show c
    [[ $output = *"$APP_DIR"* ]]
    [[ $output = *"CELERY_BROKER_URL=$REDIS_URL"* ]]
    [[ $output = *'--app=tasks worker '*'--max-tasks-per-child=7'* ]]
}

@test "tests/README.md names all of the helpers, and no other" {
    sed -n '/^## Helpers/,$p' "$ROOT/tests/README.md" | grep '^| `' |
        cut -d '|' -f 2 | grep -o '[a-z_]*' | sort >"$SCRATCH/told"
    # Those that only others here use.
    grep -oE '^[a-z_]+\(\)' "$ROOT/tests/integration/lib.bash" | tr -d '()' |
        grep -vxE 'setup_file|teardown|teardown_file|explain|kill_groups|sanitizers_are_silent|redis_answers|redis_answers_or_ended|without_errors' |
        sort | diff - "$SCRATCH/told"
}

@test "the tmux server is private, and sessions are named exactly" {
    tmux new-session -d -s celery-video2 'sleep 1004'
    [ "$(sessions)" = celery-video2 ]
    session_exists celery-video2
    fails session_exists celery-video
    [[ $(tmux display-message -p '#{socket_path}') = "$TMUX_TMPDIR"/* ]]
    end_all
    [ -z "$(sessions)" ]
}

@test "nothing of the surroundings reaches the tests" {
    fails grep -z -e '^XDG_' -e '^CELERY_' -e '^TMUX=' \
        <(env -0)
    [ "$LANG" = C.UTF-8 ]
    [[ $SCRATCH = *\ * ]]
}

@test "a task is sent, run by a worker and counted" {
    mkdir "$SCRATCH/counted"
    (cd "$APP_DIR" && exec env CELERY_BROKER_URL="$REDIS_URL" \
        celery -A tasks worker -P solo >"$SCRATCH/worker.log" 2>&1 3>&-) &
    worker=$!

    [ "$(task add 2 3)" = 5 ]
    [ "$(task main_pid)" = "$worker" ]
    send_tasks -n 5 sleep 0 '{}' "$SCRATCH/counted"
    wait_for all_ended "$SCRATCH/counted" 5
    [ -z "$(tokens_lost "$SCRATCH/counted")" ]

    for kind in child nohup setsid double_fork stubborn bare; do
        is_running "$(task leave "$kind" "marker-$kind")"
        pgrep -f "^marker-$kind 1000"
    done
    kill -KILL "$worker"
    pkill -KILL -f '^marker-[a-z_]* 1000'
    wait_for no_leftovers
}
