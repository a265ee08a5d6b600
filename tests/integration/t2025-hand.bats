#!/usr/bin/env bats
#
# A person's hand in a worker's session: a second window, a split, a rename,
# a moved window.  What ends is the worker's pane alone, what begins comes
# beside what the person has, and logs and attach go on showing the worker.
# A session that somebody else made is nobody's to end.

load lib
load stand-in

setup_file() {
    begin_file
    configure <<END
workers = ( { queue = "celery"; celery_cmd = "$(stand_in celery)"; } );
END
}

setup() {
    forget
    "$LAUNCH" start
    hand=
}

# hand WORDS...: a person's own program in a window or split; $hand, its pid,
# and $pane
hand() {
    read -r hand pane < <(tmux "$@" -d -P -F '#{pane_pid} #{pane_id}' \
        'echo by hand; exec sleep 2025')
}

# runs_beside: the worker runs and the person's program does, in one session
runs_beside() {
    worker_is celery running
    is_running "$hand"
    tmux list-panes -s -t =celery-celery: -F '#{pane_pid}' >"$SCRATCH/panes"
    grep -qx "$(runner_pid celery)" "$SCRATCH/panes"
    grep -qx "$hand" "$SCRATCH/panes"
    [ "$(wc -l <"$SCRATCH/panes")" -eq 2 ]
}

# shows_worker: logs has the worker's lines and none of the person's
shows_worker() {
    # The pane may have it a moment after the record.
    wait_for eval '"$LAUNCH" logs | grep -q "stand-in is ready"'
    "$LAUNCH" logs >"$SCRATCH/logs"
    fails grep -q 'by hand' "$SCRATCH/logs"
}

@test "beside a person's window or split the worker is replaced" {
    for words in 'new-window -t =celery-celery:' \
        'split-window -t =celery-celery:'; do
        # shellcheck disable=SC2086 # words
        hand $words
        for command in restart start; do
            before=$(runner_pid celery)
            run "$LAUNCH" "$command"
            echo "$output"
            [ "$output" = 'celery: restarted' ]
            [ "$status" -eq 0 ]
            [ "$(runner_pid celery)" != "$before" ]
            runs_beside
            shows_worker
        done
        tmux kill-pane -t "$pane"
        wait_for fails is_running "$hand"
    done
    [ "$(starts celery)" -eq 5 ]
    # One that ended by itself is replaced there too.
    hand new-window -t =celery-celery:
    before=$(runner_pid celery)
    kill -KILL "$(worker_pid celery)"
    wait_for fails is_running "$before"
    wait_for runs_beside
    # What failed in a window of its own is kept there.
    "$LAUNCH" restart --autorestart=false
    kill -KILL "$(worker_pid celery)"
    wait_for worker_is celery dead
    shows_worker
    run "$LAUNCH" apply
    [ "$output" = 'celery: started' ]
    runs_beside
    [ "$(tmux display-message -p -t =celery-celery: '#{session_windows}')" = 2 ]
}

@test "a new window is made as the first was, and takes nobody's screen" {
    hand new-window -t =celery-celery:
    tmux select-window -t "=celery-celery:$(tmux list-panes -s \
        -t =celery-celery: -F '#{pane_pid} #{window_index}' |
        sed -n "s/^$hand //p")"
    "$LAUNCH" restart --tmux-history-limit=4321
    tmux list-panes -s -t =celery-celery: \
        -F '#{pane_pid} #{window_active} #{history_limit} #{window_name}' \
        >"$SCRATCH/panes"
    grep -qx "$(runner_pid celery) 0 4321 worker" "$SCRATCH/panes"
    grep -q "^$hand 1 " "$SCRATCH/panes"
}

@test "stop and kill end the worker's pane and nothing of the person's" {
    hand split-window -t =celery-celery:
    "$LAUNCH" stop
    is_running "$hand"
    run "$LAUNCH" logs
    [ "$status" -eq 3 ]
    run "$LAUNCH" kill
    [ "$output" = 'celery: not running' ]
    is_running "$hand"
    [ "$(tmux list-panes -s -t =celery-celery: -F '#{pane_pid}')" = "$hand" ]

    run "$LAUNCH" start
    [ "$output" = 'celery: started' ]
    runs_beside
    run "$LAUNCH" kill --now
    [ "$output" = 'celery: killed' ]
    [ "$(tmux list-panes -s -t =celery-celery: -F '#{pane_pid}')" = "$hand" ]
    is_running "$hand"
}

# A typescript has what the terminal would show.
attach_shows() {
    local file=$SCRATCH/typescript

    rm -f "$file"
    (sleep 15 | TERM=xterm timeout 20 script -qefc "'$LAUNCH' attach" "$file" \
        >/dev/null) 3>&- &
    wait_for grep -q -e "$1" "$file"
    tmux detach-client -s "$2"
}

@test "after a rename, and from another session, logs and attach find it" {
    tmux rename-session -t =celery-celery: mine
    shows_worker
    attach_shows 'stand-in is ready' mine
    tmux new-session -d -s other 'sleep 2026'
    tmux move-window -s =mine:worker -t =other:
    hand new-window -t =other:
    shows_worker
    attach_shows 'stand-in is ready' other
    state_is celery running

    # The next one has the session of its name again.
    "$LAUNCH" restart
    [ "$(sessions)" = $'celery-celery\nother' ]
    is_running "$hand"
    shows_worker
}

@test "logs -f follows the worker alone, and ends with it" {
    hand new-window -t =celery-celery:
    tmux split-window -d -t =celery-celery:^ \
        'while sleep 0.1; do echo by hand; done'
    tmux rename-session -t =celery-celery: mine
    tmux select-window -t =mine:0
    in_background "$SCRATCH/said" "$LAUNCH" logs -f
    wait_for grep -q 'stand-in is ready' "$SCRATCH/said"
    touch "$(seen celery busy)"
    in_background "$SCRATCH/stop" "$LAUNCH" stop
    wait_for grep -q 'stand-in drains' "$SCRATCH/said"
    rm "$(seen celery busy)"
    wait_for ended "$SCRATCH/stop"
    wait_for ended "$SCRATCH/said"
    cat "$SCRATCH/said" "$SCRATCH/said.status"
    [ "$(cat "$SCRATCH/said.status")" -eq 0 ]
    fails grep -q 'by hand' "$SCRATCH/said"
    is_running "$hand"
}

# runner_dies: it and its worker are killed, and the session closed
runner_dies() {
    local runner main

    runner=$(runner_pid celery)
    main=$(worker_pid celery)
    kill -KILL "$runner" "$main"
    wait_for worker_is celery dead
    tmux kill-session -t =celery-celery:
}

@test "a session that somebody else made meanwhile is refused, not ended" {
    tmux new-session -d -s keeps 'sleep 2027'
    runner_dies
    tmux new-session -d -s celery-celery 'exec sleep 2028'
    hand=$(tmux list-panes -t =celery-celery: -F '#{pane_pid}')
    run "$LAUNCH" start
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *'there is a session celery-celery that this program did not start; look at it with tmux -S '*' attach -t =celery-celery, and set session'* ]]
    run "$LAUNCH" logs
    [ "$status" -eq 3 ] || [[ $output != *'stand-in'* ]]
    is_running "$hand"
    run "$LAUNCH" start
    [ "$status" -eq 69 ]
    is_running "$hand"
    # Who says so ends it.
    run "$LAUNCH" kill --queue celery --now
    [ "$output" = 'celery: killed' ]
    wait_for fails is_running "$hand"
}

@test "what runs is not ended for a next run that would find no place" {
    main=$(worker_pid celery)
    tmux rename-session -t =celery-celery: mine
    tmux new-session -d -s celery-celery 'exec sleep 2029'
    hand=$(tmux list-panes -t =celery-celery: -F '#{pane_pid}')
    for command in restart start 'apply --nice=1'; do
        # shellcheck disable=SC2086 # a command and its option
        run "$LAUNCH" $command
        echo "$command: $status: $output"
        [ "$status" -eq 69 ]
        [[ $output = *'still running, because the next run would meet a session celery-celery that this program did not start'* ]]
        [ "$(worker_pid celery)" = "$main" ]
        state_is celery running
        is_running "$hand"
    done
    tmux kill-session -t =celery-celery:
    "$LAUNCH" restart
    [ "$(worker_pid celery)" != "$main" ]
}

@test "another worker's session under this name is somebody else's" {
    tmux new-session -d -s keeps 'sleep 2029'
    runner_dies
    "$LAUNCH" start --queue celery --session=celery-other 3>&-
    hand new-window -t =celery-other:
    "$LAUNCH" kill --queue celery --session=celery-other
    tmux rename-session -t =celery-other: celery-celery
    run "$LAUNCH" start
    [ "$status" -eq 69 ]
    is_running "$hand"
}

# A record of the version before has neither pane nor server, nor have runs
# directories there, and its session has no mark.
make_old() {
    local record

    record=$(echo "$HOME"/.local/state/celery-tmux/*/celery-celery)
    mv "$(run_of "$record")"/* "$record"
    rm -rf "$record/current" "$record"/runs/*
    sed -i -e '/^pane /d' -e '/^server /d' -e '/^rebooted /d' \
        -e '/^session /d' -e '/^# sum/d' -e 's/^begun-awake/begun/' \
        "$record/run"
    tmux set-option -u -t =celery-celery: @celery-tmux
}

@test "a worker that the version before started is replaced and ended" {
    runner=$(runner_pid celery)
    kill -KILL "$runner" "$(worker_pid celery)"
    wait_for worker_is celery dead
    make_old
    shows_worker
    hand new-window -d -t =celery-celery:
    run "$LAUNCH" start
    [ "$output" = 'celery: started' ]
    runs_beside

    tmux kill-pane -t "$pane"
    kill -KILL "$(runner_pid celery)" "$(worker_pid celery)"
    wait_for worker_is celery dead
    make_old
    "$LAUNCH" start
    [ "$(tmux list-panes -s -t =celery-celery: -F '#{pane_pid}')" = \
        "$(runner_pid celery)" ]
    kill -KILL "$(runner_pid celery)" "$(worker_pid celery)"
    wait_for worker_is celery dead
    make_old
    "$LAUNCH" kill
    [ -z "$(sessions)" ]
}

@test "the record names the pane, and what does not is read by the name" {
    run=$(run_of "$HOME"/.local/state/celery-tmux/*/celery-celery)/run
    grep -qx "pane $(tmux display-message -p -t =celery-celery: \
        '#{pane_id}')" "$run"
    grep -q "^server $(tmux display-message -p '#{pid}') [0-9]*$" "$run"
    # Of a server that has gone %0 is anybody's.
    sed -i -e '/^# sum/d' -e 's/^server .*/server 1 1/' "$run"
    tmux new-session -d -s other 'echo of somebody; sleep 2030'
    run "$LAUNCH" logs
    echo "$output"
    [ "$status" -eq 75 ]
    [[ $output = *'has lost its session'* ]]
}

@test "a pane of another server that has the same name is somebody else's" {
    local pane other kept

    [ "$(tmux -V | tr -dc 0-9 | head -c 2)" -ge 32 ] ||
        skip 'before 3.2 tmux has a shell close the pane, by the same path'
    tmux new-session -d -s keeps 'sleep 2030'
    pane=$(tmux list-panes -s -t =celery-celery: -F '#{pane_id}')
    kept=$(tmux display-message -p -t =keeps: '#{pid}')
    rm "$TMUX_TMPDIR"/tmux-*/default
    # Until one there has it, too.
    tmux new-session -d -s another 'exec sleep 2031'
    while ! tmux list-panes -a -F '#{pane_id}' | grep -qx "$pane"; do
        tmux new-window -d -t =another: 'exec sleep 2031'
    done
    other=$(tmux list-panes -a -F '#{pane_id} #{pane_pid}' |
        sed -n "s/^$pane //p")
    run "$LAUNCH" stop
    echo "$output"
    is_running "$other"
    [ "$output" = 'celery: stopped' ]
    kill "$kept"
}
