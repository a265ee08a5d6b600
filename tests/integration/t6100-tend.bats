#!/usr/bin/env bats
# bats file_tags=sanitized
#
# tend: what should run runs, what was ended stays ended, and nobody hears of
# it while all is well.  What a runner does by itself, without tend, is t2300's
# and t2310's.

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
defaults = {
    worker_dir = "$APP_DIR"; stop_timeout = 30; autorestart = false; $1
};
workers = (
    { queue = "one"; celery_cmd = "$(stand_in one)"; },
    { queue = "two"; celery_cmd = "$(stand_in two)"; },
    { queue = "three"; celery_cmd = "$(stand_in three)"; }
);
END
}

# is_silent COMMAND...: it says nothing and is content
is_silent() {
    run "$@"
    [ -z "$output" ] && [ "$status" -eq 0 ]
}

are_six() {
    our_processes >"$SCRATCH/processes"
    [ "$(wc -l <"$SCRATCH/processes")" -eq 6 ]
}

# lives ONE TWO THREE: how often each was started, and that one of each runs
lives() {
    local name lives

    for name in one two three; do
        wait_for worker_is "$name" running
    done
    lives="$(starts one) $(starts two) $(starts three)"
    echo "$lives"
    [ "$lives" = "$1 $2 $3" ]
    # The runner before may take a moment to leave.
    wait_for are_six
    [ "$(sessions | wc -l)" -eq 3 ]
}

@test "with nothing to do it says nothing, and starts no program" {
    is_silent "$LAUNCH" tend
    "$LAUNCH" start
    # The leak finder cannot trace what is traced.
    ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 \
        is_silent strace -f -qq -e trace=process -o "$SCRATCH/trace" \
        "$LAUNCH" tend
    fails grep -E '^[0-9]+ +(clone|v?fork)' "$SCRATCH/trace"
    [ "$(grep -c execve "$SCRATCH/trace")" -eq 1 ]
    lives 1 1 1
}

@test "a killed MainProcess, runner, tmux server: what should run runs, once" {
    "$LAUNCH" start
    kill -KILL "$(worker_pid one)"
    wait_for worker_is one dead
    run "$LAUNCH" tend
    [ "$status" -eq 0 ]
    [ "$output" = 'one: started (it ended by signal 9 (Killed))' ]
    lives 2 1 1
    is_silent "$LAUNCH" tend

    # Without its runner it may end its tasks; none is lost (t4410).
    runner=$(runner_pid two)
    kill -KILL "$runner"
    wait_for fails is_running "$runner"
    run "$LAUNCH" tend
    [ "$output" = 'two: draining (its runner was killed)' ]
    wait_for worker_is two dead
    [ "$(starts two)" -eq 1 ]
    run "$LAUNCH" tend
    [ "$output" = 'two: started (its runner was killed)' ]
    lives 2 2 1

    kill -KILL "$(tmux display-message -p '#{pid}')"
    for name in one two three; do
        wait_for worker_is "$name" dead
    done
    run "$LAUNCH" tend
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 3 ]
    lives 3 3 2
    is_silent "$LAUNCH" tend
}

@test "without autorestart nobody is in tend's way after a crash" {
    CELERY_TMUX_STEPS=$SCRATCH/steps "$DYING" start one
    kill -KILL "$(worker_pid one)"
    wait_for no_leftovers
    grep -qx 'wrote end' "$SCRATCH/steps"
    fails grep -qx succeed "$SCRATCH/steps"
    [ "$("$LAUNCH" tend)" = 'one: started (it ended by signal 9 (Killed))' ]
}

@test "after a reboot it is all back" {
    "$LAUNCH" start
    "$LAUNCH" stop three
    cp -R "$HOME/.local" "$SCRATCH/before"
    tmux kill-server
    wait_for no_leftovers
    # Closing all by hand is no reboot: say again that they are wanted, and
    # with which settings.
    cp -R "$SCRATCH/before/." "$HOME/.local"
    for name in one two; do
        find "$HOME/.local" -path "*-$name/wanted" \
            -exec sed -i -e 's/^wanted .*/wanted up/' -e '/^# sum/d' {} +
    done
    rm -rf "${TMUX_TMPDIR:?}"/*
    find "$HOME/.local" -name run -exec sed -i \
        -e 's/^boot .*/boot another/' -e 's/^state .*/state running/' \
        -e '/^# sum/d' {} +
    run "$LAUNCH" tend
    [ "$status" -eq 0 ]
    [ "$(sort <<<"$output")" = "one: started (the machine was rebooted)
two: started (the machine was rebooted)" ]
    is_silent "$LAUNCH" tend
    worker_is three stopped
    wait_for worker_is two running
}

@test "what was ended stays ended" {
    "$LAUNCH" start
    "$LAUNCH" stop one
    "$LAUNCH" kill two
    tmux new-session -d -s other 'sleep 1000'
    tmux kill-session -t =celery-three:
    wait_for worker_is three stopped
    is_silent "$LAUNCH" tend
    [ "$(sessions)" = other ]
    [ "$(starts one) $(starts two) $(starts three)" = '1 1 1' ]
}

@test "WORKER and --queue choose" {
    "$LAUNCH" start
    kill -KILL "$(worker_pid one)" "$(worker_pid two)"
    wait_for worker_is two dead
    wait_for worker_is one dead
    is_silent "$LAUNCH" tend three
    [[ $("$LAUNCH" tend --queue two) = 'two: started'* ]]
    wait_for worker_is two running
    [ "$(starts one),$(starts two)" = 1,2 ]
    [[ $("$LAUNCH" tend) = 'one: started'* ]]
}

@test "a name chooses all instances of a worker, and +1 the first" {
    configure <<END
defaults = { worker_dir = "$APP_DIR"; stop_timeout = 30; autorestart = false; };
workers = ( { queue = "mail"; instances = 2; celery_cmd = "$(stand_in mail)"; } );
END
    "$LAUNCH" start
    kill -KILL "$(worker_pid mail)" "$(worker_pid mail+2)"
    for name in mail mail+2; do
        wait_for worker_is "$name" dead
    done
    is_silent "$LAUNCH" tend mai
    is_silent "$LAUNCH" tend mail+3
    run "$LAUNCH" tend mail+1
    echo "$output"
    [ "${#lines[@]}" -eq 1 ]
    [[ $output = 'mail: started'* ]]
    wait_for worker_is mail running
    worker_is mail+2 dead
    run "$LAUNCH" tend mail
    echo "$output"
    [ "${#lines[@]}" -eq 1 ]
    [[ $output = 'mail+2: started'* ]]
    wait_for worker_is mail+2 running
    is_silent "$LAUNCH" tend mail
}

@test "it reads no configuration" {
    "$LAUNCH" start one
    echo broken >"$HOME/.config/celery-tmux/celery-tmux.conf"
    kill -KILL "$(pgrep -o -f "stand-in $SCRATCH/seen/one")"
    wait_for eval '[[ $("$LAUNCH" tend) = "one: started"* ]]'
    wait_for eval '[ "$(starts one)" -eq 2 ]'
}

@test "of settings it takes none but where the records are" {
    "$LAUNCH" start one --state-dir="$SCRATCH/state"
    kill -KILL "$(pgrep -o -f "stand-in $SCRATCH/seen/one")"
    is_silent "$LAUNCH" tend
    for option in --nice=3 --broker=redis://h/ --app=tasks; do
        run "$LAUNCH" tend --state-dir="$SCRATCH/state" "$option"
        echo "$output"
        [ "$status" -eq 64 ]
        [[ $output = *"; leave out ${option%%=*}" ]]
    done
    # Nor by way of pdsh's module, which contacts no node then.
    run "$LAUNCH" plan -- tend --nice=3
    [ "$status" -eq 64 ]
    wait_for eval '[[ $("$LAUNCH" tend --state-dir="$SCRATCH/state") = "one: started"* ]]'
    wait_for eval '[ "$(starts one)" -eq 2 ]'
    "$LAUNCH" kill one --state-dir="$SCRATCH/state"
}

# at TIME: tend then
at() {
    at_time "@2026-11-24 $1:00" "$LAUNCH" tend
}

@test "a first start that is on its way, or was cut off, is left alone" {
    for step in locked 'writing worker' 'writing home' 'writing run'; do
        forget
        run env CELERY_TMUX_DIE_AT="$step" "$DYING" start one
        [ "$status" -eq 137 ]
        is_silent "$LAUNCH" tend
    done
}

# minutes FROM TO: tend once in each of these minutes after noon.  The tmux
# server is to have the real time.
minutes() {
    local minute

    tmux new-session -d -s other 'sleep 5000' 2>/dev/null || true
    for ((minute = $1; minute <= $2; minute++)); do
        at "$(printf '%02d:%02d' $((12 + minute / 60)) $((minute % 60)))"
        wait_for worker_is one dead
    done
}

@test "a worker that cannot start: tried less and less often, told once" {
    needs_other_time
    echo 1 >"$(seen one fail)"
    run "$LAUNCH" start one
    [ "$status" -eq 69 ]
    run minutes 0 60
    echo "$output"
    [ "$output" = 'one: started (it ended with status 1)' ]
    # At minutes 0, 1, 3, 7, 15 and 31, and once by hand.
    [ "$(starts one)" -eq 7 ]

    # Mended, it is there at once.
    rm "$(seen one fail)"
    run "$LAUNCH" start one
    echo "$output"
    [ "$output" = 'one: started' ]
    kill -KILL "$(worker_pid one)"
    wait_for worker_is one dead
    run at 13:01
    [ "$output" = 'one: started (it ended by signal 9 (Killed))' ]
}

@test "a usage error is not tried again until something changed" {
    needs_other_time
    git init -q "$SCRATCH/repo"
    git -C "$SCRATCH/repo" -c user.name=a -c user.email=a@b commit -q \
        --allow-empty -m one
    write_configuration "git_sync_dir = \"$SCRATCH/repo\";"
    echo 2 >"$(seen one fail)"
    run "$LAUNCH" start one
    [ "$status" -eq 69 ]
    run minutes 0 30
    [ "$output" = \
        'one: not started again until you change it (it ended with status 2)' ]
    [ "$(starts one)" -eq 1 ]

    git -C "$SCRATCH/repo" -c user.name=a -c user.email=a@b commit -q \
        --allow-empty -m two
    rm "$(seen one fail)"
    at 12:32
    wait_for worker_is one running
    [ "$(starts one)" -eq 2 ]
}

@test "a clock that was set back does not keep it waiting" {
    needs_other_time
    echo 1 >"$(seen one fail)"
    run "$LAUNCH" start one
    minutes 0 20
    before=$(starts one)
    rm "$(seen one fail)"
    at 08:00
    wait_for worker_is one running
    [ "$(starts one)" -eq $((before + 1)) ]
}

@test "--splay waits at most so long, and wants a number" {
    within 20 "$LAUNCH" tend --splay 1
    run "$LAUNCH" tend --splay much
    [ "$status" -eq 64 ]
    [[ $output = *'--splay is "much"; write a number of seconds'* ]]
}
