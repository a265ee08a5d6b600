#!/usr/bin/env bats
# bats file_tags=sanitized
#
# What people and scripts of StarCluster's days type at tmux goes on working:
# the sessions have the same names and are on the default server, and their
# history is as long as it was set to be.

load lib
load stand-in

setup_file() {
    begin_file
    redis_start
    configure_app tasks '' - <<END
    { queue = "celery"; pool = "solo"; },
    { queue = "video,image"; celery_cmd = "$(stand_in video)"; },
    { queue = "long"; celery_cmd = "$(stand_in long)"; },
    { queue = "short"; celery_cmd = "$(stand_in short)";
      tmux_history_limit = 300; }
END
    seq -f 'line %.0f' 6000 | tee "$(seen long print)" >"$(seen short print)"
}

teardown_file() {
    tmux -L outer kill-server 2>/dev/null || true
    end_file
}

# press KEY...: type into the terminal in which a person sits
press() {
    tmux -L outer send-keys -t person "$@"
}

# shows TEXT: on that terminal, for wait_for
shows() {
    tmux -L outer capture-pane -p -t person | grep -q -F -e "$1"
}

@test "sessions are called as StarCluster called them, on the default server" {
    # Users who set this for themselves shall not lose sessions by it.
    tmux new-session -d -s mine
    tmux set-option -t mine destroy-unattached off
    tmux set-option -g destroy-unattached on
    tmux set-option -g history-limit 500
    tmux set-option -g remain-on-exit off
    "$LAUNCH" start
    [ "$(sessions)" = "$(printf 'celery-%s\n' celery long short video,image
        echo mine)" ]
    tmux list-panes -a -F '#{session_name} #{window_panes} #{window_index}' \
        >"$SCRATCH/panes"
    [ "$(grep -c '^celery-' "$SCRATCH/panes")" -eq 4 ]
    [ "$(grep -c '^celery-.* 1 0$' "$SCRATCH/panes")" -eq 4 ]
}

@test "nothing that the user set for all sessions is changed" {
    [ "$(tmux show-options -gv history-limit)" = 500 ]
    [ "$(tmux show-options -gv destroy-unattached)" = on ]
    [ "$(tmux show-options -gwv remain-on-exit)" = off ]
}

@test "capture-pane shows the worker's log" {
    # Celery says it after it has told who waits.
    wait_for eval 'tmux capture-pane -p -S -100 -t celery-celery \
        >"$SCRATCH/captured"; grep -q "celery@.* ready\.$" "$SCRATCH/captured"'
    grep -q '\[queues\]' "$SCRATCH/captured"
    tmux capture-pane -p -S -100 -t celery-video,image |
        grep -qx 'stand-in is ready'
    task say 'said by a task'
    wait_for eval "tmux capture-pane -p -S -100 -t celery-celery |
        grep -q 'said by a task'"
}

@test "attach shows it too, and leaving it changes nothing" {
    main=$(worker_pid celery)
    tmux -L outer -f /dev/null new-session -d -s person -x 190 -y 48 \
        'PS1=prompt: exec sh'
    wait_for shows prompt:
    press 'env -u TMUX tmux attach -t celery-celery' Enter
    wait_for shows 'said by a task'
    [ "$(tmux list-clients -F '#{client_session}')" = celery-celery ]

    task say 'said while somebody looks'
    wait_for shows 'said while somebody looks'
    press C-b d
    wait_for shows '[detached (from session celery-celery)]'
    tmux -L outer kill-server
    wait_for fails tmux -L outer has-session
    session_exists celery-celery
    [ "$(worker_pid celery)" = "$main" ]
    [ "$(worker_field celery state)" = running ]
}

# first_line SESSION: the oldest line that its history still has
first_line() {
    screen "$1" | sed -n '/^line /{p;q}'
}

@test "the history limit is in force, neither tmux's own nor the user's" {
    wait_for eval "screen celery-long | grep -qx 'line 6000'"
    wait_for eval "screen celery-short | grep -qx 'line 6000'"
    [ "$(first_line celery-long)" = 'line 1' ]
    [ "$(tmux display-message -p -t =celery-long: '#{history_limit}')" \
        = 10000 ]
    [ "$(tmux display-message -p -t =celery-short: '#{history_limit}')" \
        = 300 ]
    # tmux drops a tenth when the limit is reached; 50 lines are the screen.
    kept=$(screen celery-short | grep -c '^line ')
    [ "$kept" -ge 270 ]
    [ "$kept" -le 350 ]
}

@test "logs reaches as far back as the history does" {
    "$LAUNCH" logs long -n 6100 | grep '^line ' | diff - "$(seen long print)"
    [ "$("$LAUNCH" logs long -n 3)" = "$(printf 'line %s\n' 5998 5999 6000)" ]
}

@test "after kill no session of ours is there, and the user's still is" {
    run "$LAUNCH" kill
    [ "$status" -eq 0 ]
    [ "$(sessions)" = mine ]
}
