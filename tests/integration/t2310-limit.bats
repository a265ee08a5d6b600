#!/usr/bin/env bats
# bats file_tags=sanitized,soak
#
# Who begins the next run of a worker that ended by itself, when nobody does,
# and how often.

load lib
load stand-in

setup_file() {
    begin_file
    mkdir "$SCRATCH/seen"
}

setup() {
    forget
    write_configuration
}

# write_configuration [SETTINGS]
write_configuration() {
    configure <<END
defaults = { worker_dir = "$APP_DIR"; stop_timeout = 30; $1 };
workers = (
    { queue = "one"; celery_cmd = "$(stand_in one)"; },
    { queue = "two"; celery_cmd = "$(stand_in two)"; },
    { queue = "three"; celery_cmd = "$(stand_in three)"; }
);
END
}

# has_begun NAME COUNT: so many lives, and the last one is ready
has_begun() {
    [ "$(starts "$1")" -eq "$2" ] && worker_is "$1" running
}

# end_main NAME: as nothing can be caught
end_main() {
    kill -KILL "$(worker_pid "$1")"
}

# nothing_begins: what a runner would begin has begun by now.  Two are begun
# and ended meanwhile by somebody else.
nothing_begins() {
    wait_for fails pgrep -f "celery-tmux-launch succeed $HOME"
    [ "$(starts one)" -eq "$1" ]
}

@test "it is back with the settings that it ran with, whatever the file says now" {
    write_configuration 'environment = { COLOUR = "red"; };'
    "$LAUNCH" start one
    echo broken >"$HOME/.config/celery-tmux/celery-tmux.conf"
    kill -KILL "$(pgrep -o -f "stand-in $SCRATCH/seen/one")"
    wait_for eval '[ "$(starts one)" -eq 2 ]'
    tr '\0' '\n' <"$(seen one environ)" | grep -qx COLOUR=red
    write_configuration
    wait_for worker_is one running
}

@test "twenty kills meet the limit, which is told once; start begins anew" {
    needs_other_time
    "$LAUNCH" start one two
    for ((i = 1; i <= 20; i++)); do
        main=$(worker_pid one)
        [ "$main" = null ] || kill -KILL "$main"
        [ "$main" = null ] ||
            wait_for eval "worker_is one dead || has_begun one $((i + 1))"
        [ "$i" -ge 6 ] || wait_for has_begun one $((i + 1))
    done
    wait_for eval '"$LAUNCH" status one | grep -q limit'
    run "$LAUNCH" status one
    [ "$status" -eq 4 ]
    [ "$output" = 'one: dead (restart limit reached)' ]
    "$LAUNCH" status -v one >"$SCRATCH/told" || true
    grep -q '^    restarted by itself 5 times in the last 10 minutes' \
        "$SCRATCH/told"
    [ "$(starts one)" -eq 6 ]
    run "$LAUNCH" tend
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$output" = "one: not started again for now, as its restart limit is\
 reached; see logs --last-run (it ended by signal 9 (Killed))" ]
    [ -z "$("$LAUNCH" tend)" ]
    [ "$(starts one)" -eq 6 ]
    # Its neighbour has a limit of its own.
    end_main two
    wait_for has_begun two 2

    # Later tend tries again, which it does not tell again.
    [ -z "$(at_time +40m "$LAUNCH" tend)" ]
    wait_for has_begun one 7

    # A person's start counts as a fresh beginning.
    [ "$("$LAUNCH" restart one)" = 'one: restarted' ]
    for ((i = 9; i <= 13; i++)); do
        end_main one
        wait_for has_begun one "$i"
    done
    end_main one
    wait_for eval '[ "$("$LAUNCH" status one)" = \
        "one: dead (restart limit reached)" ]'
}

@test "autorestart_limit is the worker's own number" {
    write_configuration 'autorestart_limit = 1;'
    "$LAUNCH" start one
    end_main one
    wait_for has_begun one 2
    end_main one
    wait_for eval '"$LAUNCH" status one | grep -q limit'
    nothing_begins 2
}

@test "without autorestart it is dead until tend" {
    write_configuration 'autorestart = false;'
    "$LAUNCH" start one
    end_main one
    wait_for worker_is one dead
    nothing_begins 1
    [ "$("$LAUNCH" tend)" = 'one: started (it ended by signal 9 (Killed))' ]
    wait_for has_begun one 2
}

@test "apply puts autorestart in force without a restart" {
    "$LAUNCH" start one
    main=$(worker_pid one)
    write_configuration 'autorestart = false;'
    "$LAUNCH" apply one
    [ "$(worker_pid one)" = "$main" ]
    end_main one
    wait_for worker_is one dead
    nothing_begins 1
}

@test "a start that fails says so at once, and the runner does not try again" {
    echo 1 >"$(seen one fail)"
    run within 30 "$LAUNCH" start one
    [ "$status" -eq 69 ]
    [[ $output = *'one: did not start: it ended with status 1'* ]]
    nothing_begins 1
    worker_is one dead
    [ "$("$LAUNCH" tend)" = 'one: started (it ended with status 1)' ]
}

@test "a successor that cannot start is left to tend, and a usage error to a change" {
    needs_other_time
    "$LAUNCH" start one two
    echo 1 >"$(seen one fail)"
    echo 2 >"$(seen two fail)"
    end_main one
    end_main two
    wait_for eval '[ "$(starts one),$(starts two)" = 2,2 ]'
    wait_for worker_is one dead
    wait_for worker_is two dead
    [ -z "$("$LAUNCH" tend)" ]
    nothing_begins 2
    run at_time +2m "$LAUNCH" tend
    echo "$output"
    [ "$(sort <<<"$output")" = "one: started (it ended with status 1)
two: not started again until you change it (it ended with status 2)" ]
    [ "$(starts two)" -eq 2 ]
    wait_for worker_is one dead
    [ -z "$(at_time +30m "$LAUNCH" tend)" ]
    [ "$(starts two)" -eq 2 ]
}

@test "the runner told to end by TERM begins nothing, nor does a machine that goes down" {
    "$LAUNCH" start
    kill -TERM "$(runner_pid one)"
    wait_for worker_is one dead
    nothing_begins 1
    # As a machine that goes down does it, and systemd at a session's end.
    all="$(tmux display-message -p '#{pid}') $(worker_pid two)
        $(runner_pid two) $(worker_pid three) $(runner_pid three)"
    # At the same time, though this shell may stand still between two.
    for signal in STOP TERM CONT; do
        # shellcheck disable=SC2086 # a pid each
        kill "-$signal" $all
    done
    wait_for worker_is two dead
    wait_for worker_is three dead
    nothing_begins 1
    [ "$(starts two),$(starts three)" = 1,1 ]
    [ "$("$LAUNCH" tend | wc -l)" -eq 3 ]
}

# In a file: what counts them would be one of them.
six_are_there() {
    our_processes >"$SCRATCH/processes"
    [ "$(wc -l <"$SCRATCH/processes")" -eq 6 ]
}

@test "SIGKILL of the tmux server: all are back in a new one, each once" {
    "$LAUNCH" start
    server=$(tmux display-message -p '#{pid}')
    kill -KILL "$server"
    for name in one two three; do
        wait_for has_begun "$name" 2
    done
    [ "$(tmux display-message -p '#{pid}')" != "$server" ]
    [ "$(sessions | wc -l)" -eq 3 ]
    wait_for six_are_there
    [ -z "$("$LAUNCH" tend)" ]
}

@test "TERM while it drains for a lost server: tend, and no successor, begins the next" {
    "$LAUNCH" start one
    touch "$(seen one busy)"
    runner=$(runner_pid one)
    kill -KILL "$(tmux display-message -p '#{pid}')"
    wait_for worker_is one draining
    kill -TERM "$runner"
    rm "$(seen one busy)"
    wait_for worker_is one dead
    nothing_begins 1
    [[ $("$LAUNCH" tend) = 'one: started'* ]]
}

@test "a restart's successor is begun once, should the old run crash meanwhile" {
    "$LAUNCH" start one
    touch "$(seen one busy)"
    run "$LAUNCH" restart one --stop-timeout=0
    [ "$status" -eq 75 ]
    main=$(worker_pid one)
    rm "$(seen one busy)"
    kill -KILL "$main" || true
    wait_for has_begun one 2
    nothing_begins 2
    # It was asked for, and counts for nothing.
    fails grep -r times "$HOME/.local"
}

@test "what is said while it waits for its turn holds" {
    local record lock

    record=$HOME/.local/state/celery-tmux/$(uname -n)/celery-one
    "$LAUNCH" start one
    exec {lock}>>"$record/lock"
    flock "$lock"
    end_main one
    wait_for pgrep -f "celery-tmux-launch succeed $record"
    # shellcheck disable=SC2034 # eval reads it
    pid=$(pgrep -f "celery-tmux-launch succeed $record")
    # It has read the settings, and now wants the lock.
    wait_for eval 'readlink "/proc/$pid/fd/"* | grep -q "/lock$"'
    sed -i -e 's/^wanted .*/wanted down/' -e '/^# sum/d' "$record/wanted"
    exec {lock}>&-
    nothing_begins 1
    worker_is one stopped
}

# Whoever comes first: what a person said last holds.
@test "stop, kill, restart and tend in the moment of a crash" {
    for ((round = 1; round <= ${RACES:-1}; round++)); do
        for way in stop 'kill --now' restart tend; do
            "$LAUNCH" start one
            end_main one
            sleep "0.0$((SRANDOM % 10))"
            # shellcheck disable=SC2086 # words
            run "$LAUNCH" $way
            echo "$round $way: $status $output"
            wait_for fails pgrep -f "celery-tmux-launch succeed $HOME"
            case $way in
            restart | tend)
                wait_for worker_is one running
                [ "$(sessions | grep -c one)" -eq 1 ]
                ;;
            *)
                [ "$status" -eq 0 ]
                worker_is one stopped
                no_leftovers
                # What stop found dead is kept for a look.
                looks_dead celery-one
                [ "$way" = stop ] || [ -z "$(sessions)" ]
                ;;
            esac
            "$LAUNCH" kill --now >/dev/null
        done
    done
}
