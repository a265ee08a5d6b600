#!/usr/bin/env bats
# bats file_tags=sanitized
#
# celery-tmux-top over the workers of this node: real ones, and what its keys
# do to them.

load lib
load stand-in
load board

setup_file() {
    begin_file
    redis_start
    configure <<END
defaults = { broker = "$REDIS_URL"; worker_dir = "$APP_DIR"; };
workers = (
    { queue = "celery"; app = "tasks"; concurrency = 2; },
    { queue = "other"; celery_cmd = "$(stand_in other)"; autorestart = false; }
);
END
}

setup() {
    board_is_built
}

teardown() {
    [ -n "${BATS_TEST_COMPLETED-}" ] || shown
    board_end
    end_test
    end_all
}

@test "tasks that run, and how many have, are seen as they come" {
    mkdir "$SCRATCH/notes"
    touch "$SCRATCH/notes/held"
    board
    wait_for shows '^celery .*stopped'
    "$LAUNCH" start
    wait_for shows "^celery +$(hostname) +running +0/2"
    wait_for shows "^$(hostname); 2 workers: 2 running"
    # A stand-in says nothing of itself.
    wait_for shows '^other .* running +-'
    send_tasks -q celery sleep 0 one "$SCRATCH/notes"
    wait_for shows '^celery .* running +1/2'
    wait_for shows '^celery .* [0-9]+s$'
    press / c e l e r y Enter Enter
    wait_for shows '^ +[0-9]+s  tasks.sleep$'
    rm "$SCRATCH/notes/held"
    wait_for shows '^done +1$'
    wait_for shows '^No task is known to run'
    send_tasks -q celery -n 50 add 1 {}
    wait_for shows '^done +51$'
    press Escape
    # So many ended within the last ten seconds.
    wait_for shows '^celery .* 0/2 +[1-9][0-9.]* '
}

@test "a worker that is killed is dead, and its keys bring it back and end it" {
    "$LAUNCH" start other
    board other
    wait_for shows '^other .* running'
    pid=$(worker_pid other)
    kill -KILL "$pid"
    wait_for shows '^other .* dead'
    press r
    wait_for shows "^restart other on $(hostname)\?  y"
    shows "celery-tmux-launch'? restart -- other$"
    press y
    wait_for shows 'press Enter'
    shows '^other: (re)?started'
    press Enter
    wait_for shows '^other .* running'
    press l
    wait_for shows '^stand-in is ready'
    press C-c
    wait_for shows 'press Enter'
    press Enter
    wait_for shows '^other .* running'
    # Read-only, and out again.
    press a
    wait_for fails shows '^(WORKER|\$ )'
    wait_for shows 'stand-in is ready'
    press C-b d
    wait_for shows '^\[detached'
    wait_for eval '[ "$(shown | grep . | tail -n 1)" = "ended with 0; press Enter" ]'
    press Enter
    wait_for shows '^other .* running'
    # Without descriptors nothing is called.
    prlimit --pid "$(pgrep -P "$(on_board display-message -p -t board \
        '#{pane_pid}')" -f celery-tmux-top)" --nofile=3:
    press s
    wait_for shows '^stop other'
    press y
    wait_for shows 'cannot make a pipe: Too many open files; raise the limit'
    prlimit --pid "$(pgrep -P "$(on_board display-message -p -t board \
        '#{pane_pid}')" -f celery-tmux-top)" --nofile=1000:
    press Enter
    wait_for shows '^other .* running'
    press s
    wait_for shows '^stop other'
    press y
    wait_for shows '^other: stopped'
    press Enter
    wait_for shows '^other .* stopped'
    press q
    wait_for shows '^ended with 0'
    fails ours '.*status --json --follow'
}

@test "a session is found by its name, whatever workers the node has" {
    "$LAUNCH" start other
    # As the board calls it on another node.
    on_board new-session -d -x 80 -y 24 -s board "'$LAUNCH' \
        --node=$(hostname) attach --queue=other --session=celery-other"
    wait_for shows '^stand-in is ready'
    # What starts or ends workers is as strict as it was.
    run "$LAUNCH" stop --session=celery-other
    [ "$status" -eq 64 ]
    [[ $output = *'workers celery and other would have the same session '* ]]
}

@test "what is wrong with the call is said, and is its status" {
    board nobody
    wait_for shows '^celery-tmux-launch: there is no worker nobody on this node'
    wait_for shows '^ended with 64'
    board_end
    printf 'workers = ( { queue = ; } );\n' >"$SCRATCH/broken.conf"
    chmod 600 "$SCRATCH/broken.conf"
    board -c "$SCRATCH/broken.conf"
    wait_for shows 'broken.conf:1'
    wait_for shows '^ended with 78'
    # A node needs no board.
    mkdir "$SCRATCH/alone"
    cp "$LAUNCH" "$SCRATCH/alone"
    run "$SCRATCH/alone/celery-tmux-launch" top
    [ "$status" -eq 69 ]
    [[ $output = *"there is no $SCRATCH/alone/celery-tmux-top, which is built where ncurses and jansson are"* ]]
}
