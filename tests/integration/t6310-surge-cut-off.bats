#!/usr/bin/env bats
# bats file_tags=long,soak
#
# SIGKILL at every step of a surge: to the call, to the runner of the new
# worker, to that of the old one, and to what these call.  The next command or
# tend finds, or makes, one worker, which is current, and nothing beside it;
# and at no moment was there none that took tasks, unless a runner was killed.

load lib
load stand-in
load surge

setup_file() {
    begin_file
    mkdir "$SCRATCH/seen"
    configure <<END
defaults = { worker_dir = "$APP_DIR"; stop_timeout = 10; surge = true;
    preflight = false; };
workers = ( { queue = "one"; celery_cmd = "$(stand_in one)"; } );
END
    tmux new-session -d -s other 'sleep 6310'
}

# never_none: since the first was ready there was one that took tasks
never_none() {
    awk '$1 == "+" { there[$2]; n++ }
        $1 == "-" && $2 in there { delete there[$2]; if (--n < 1) exit 1 }' \
        "$(seen one lives)"
}

# in_panes [NAME=VALUE]...: what a runner that is begun from now on has in its
# environment, and nothing that was said before
in_panes() {
    local name

    for name in EACH STEPS DIE_AT; do
        tmux set-environment -g -u "CELERY_TMUX_$name"
    done
    for name; do
        tmux set-environment -g "CELERY_TMUX_${name%%=*}" "${name#*=}"
    done
}

# ready_for WHOM STEP: a worker runs, and WHOM dies at STEP; without STEP all
# that it comes to are noted in $SCRATCH/steps
ready_for() {
    rm -f "$SCRATCH/steps"
    "$LAUNCH" kill --now >/dev/null
    find "$SCRATCH/seen" -type f -delete
    [ "$1" != old ] || in_panes EACH=1 STEPS="$SCRATCH/steps" ${2:+DIE_AT="$2"}
    "$DYING" start >/dev/null
    in_panes
    [ "$1" != old ] || mv "$SCRATCH/steps" "$SCRATCH/begun"
    [ "$1" != new ] || in_panes EACH=1 STEPS="$SCRATCH/steps" ${2:+DIE_AT="$2"}
}

# begin WHOM [STEP]: a surge; of the runners no call does what they are to do
begin() {
    ready_for "$@"
    if [ "$1" = call ]; then
        env CELERY_TMUX_EACH=1 CELERY_TMUX_STEPS="$SCRATCH/steps" \
            ${2:+CELERY_TMUX_DIE_AT="$2"} "$DYING" restart
    else
        "$DYING" restart --no-wait
        in_panes
    fi
}

# steps WHOM: those it comes to when it is left alone, a line each
steps() {
    begin "$1" >&2
    wait_for -t 60 there_is_one >&2
    # What was called by a runner may still be at its last ones.
    sort -u "$SCRATCH/steps"
}

# repair COMMAND: what comes next, and what it is to find or make.  After a
# worker whose runner was killed, which drains, the next tend tidies up.
repair() {
    local tends=0

    run "$LAUNCH" "$1" --queue one
    echo "$1: $status $output"
    [ "$status" -eq 0 ]
    if [ "$1" = kill ]; then
        wait_for nothing_runs
        [ "$(sessions)" = other ]
        return
    fi
    until wait_for -t "$((tends < 2 ? 5 : 60))" there_is_one; do
        tends=$((tends + 1))
        [ "$tends" -le 2 ] || return
        "$LAUNCH" tend
    done >"$SCRATCH/waited"
    [ "$tends" -le 1 ] || cat "$SCRATCH/waited"
    echo "$tends" >>"$SCRATCH/tends"
}

nothing_runs() {
    list_processes
    [ ! -s "$SCRATCH/processes" ]
}

# all WHOM NAME LEAST: at every step, and repaired by what comes next: once by
# tend, once by a command.  How modules are written t6300 has.
all() {
    local step count=0 steps command commands=(restart kill start)

    steps=$(steps "$1" | grep -v python/)
    rm -f "$SCRATCH/tends"
    while read -r step <&4; do
        for command in tend "${commands[count % 3]}"; do
            run begin "$1" "$step"
            echo "$1, $step: $status $output"
            # What a call and a runner may do is done by one of them.
            if ! wait_for -t 10 grep -qxF "$step" "$SCRATCH/steps"; then
                [[ $step =~ ^(surged|wr.*\ (current|renamed)(\ [0-9]+)?)$ ]]
                continue 2
            fi
            repair "$command"
            [ "$command" = kill ] || never_none
        done
        echo "$step" >>"$SCRATCH/reached"
        count=$((count + 1))
    done 4<<<"$steps"
    tell "SIGKILL at $count steps of $2, twice each: all repaired," \
        "$(grep -c -v 0 "$SCRATCH/tends" || true) by one tend more"
    [ "$count" -ge "$3" ]
}

@test "the call" {
    all call 'the call for a surge' 18
}

@test "the new worker's runner, and what it calls" {
    all new "a surge's new runner" 10
}

@test "the old worker's runner, and what it calls" {
    all old "a surge's old runner" 6
}

@test "every step of a surge was reached" {
    for step in renamed session record begun wait surged 'surge over' asked \
        succeed 'writing run' 'wrote current' 'writing renamed'; do
        grep -qx "$step" "$SCRATCH/reached"
    done
}
