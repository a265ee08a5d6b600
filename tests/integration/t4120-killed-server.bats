#!/usr/bin/env bats
# bats file_tags=soak
#
# Nothing lost: the tmux server is killed while tasks run (F7).

load lib
load stand-in
# Whose own word ended is, of tasks.
load losses

@test "a tmux server that is killed loses no task" {
    with tasks
    survive kill_server
}

@test "without autorestart it leaves a worker that should run: dead" {
    with tasks 'pool = "solo"; autorestart = false;'
    "$LAUNCH" start
    runner=$(runner_pid celery)
    kill -KILL "$(tmux display-message -p -t =celery-celery: '#{pid}')"
    wait_for fails is_running "$runner"
    run "$LAUNCH" status
    [ "$status" -eq 4 ]
    [ "$output" = 'celery: dead' ]
    no_leftovers
}

@test "while it drains without its session, nobody is told that it does not run" {
    configure <<END
workers = ( { queue = "one"; celery_cmd = "$(stand_in one)"; autorestart = false; } );
END
    "$LAUNCH" start
    touch "$(seen one busy)"
    runner=$(runner_pid one)
    kill -KILL "$(tmux display-message -p -t =celery-one: '#{pid}')"
    wait_for worker_is one draining
    for act in logs 'logs -f'; do
        # shellcheck disable=SC2086 # two words
        run within 15 "$LAUNCH" $act </dev/null
        echo "$act: $status $output"
        [ "$status" -eq 75 ]
        [[ $output = *'one has lost its session and goes on without one, until its running tasks have finished; see status' ]]
    done
    run script -qec '"$LAUNCH" attach' /dev/null </dev/null
    echo "$status $output"
    [ "$status" -eq 75 ]
    [[ $output = *'one has lost its session and goes on'* ]]
    rm "$(seen one busy)"
    wait_for fails is_running "$runner"
    run "$LAUNCH" logs
    [ "$status" -eq 3 ]
    [[ $output = *'one is not running; '* ]]
}
