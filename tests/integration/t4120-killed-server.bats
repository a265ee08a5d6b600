#!/usr/bin/env bats
# bats file_tags=soak
#
# Nothing lost: the tmux server is killed while tasks run (F7).

load lib
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
