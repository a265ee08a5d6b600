#!/usr/bin/env bats
#
# SIGKILL to a command at every named step (launcher/base/failpoint.h): what
# the next one makes of the rest is right, and never are there two workers.

load lib
load stand-in

setup_file() {
    begin_file
    mkdir "$SCRATCH/seen"
    RECORD=$HOME/.local/state/celery-tmux/$(uname -n)/celery-one
    export RECORD
}

# one [SETTINGS]: the configuration
one() {
    configure <<END
defaults = { worker_dir = "$APP_DIR"; stop_timeout = 30; };
workers = ( { queue = "one"; celery_cmd = "$(stand_in one)"; $1 } );
END
}

# ready_for COMMAND: what it needs to have something to do
ready_for() {
    one
    [ "$1" != start ] || return 0
    # Or there would be nothing left for it.
    [ "$1" != tend ] || one 'autorestart = false;'
    "$LAUNCH" start one >/dev/null
    case $1 in
    tend)
        kill -KILL "$(worker_pid one)"
        wait_for worker_is one dead ;;
    succeed) crash ;;
    apply) one 'nice = 1;' ;;
    apply-live) one 'start_timeout = 50;' ;;
    apply-gone)
        configure <<<'workers = ( { queue = "x"; hosts = "elsewhere"; } );' ;;
    esac
}

# crash: the worker ends by itself, and who is to begin the next run dies while
# it waits for the lock
crash() {
    local pid lock

    exec {lock}>>"$RECORD/lock"
    flock "$lock"
    kill -KILL "$(worker_pid one)"
    wait_for pgrep -f "celery-tmux-launch succeed $RECORD"
    pid=$(pgrep -f "celery-tmux-launch succeed $RECORD")
    kill -KILL "$pid"
    wait_for fails is_running "$pid"
    exec {lock}>&-
}

# words COMMAND: those that it is called with
words() {
    echo "${1%%-*}"
    [ "$1" != succeed ] ||
        echo "$RECORD"
}

# told_truly: status says what is so
told_truly() {
    local state

    state=$("$LAUNCH" status --queue one)
    ours
    if grep -q '/stand-in ' "$SCRATCH/processes"; then
        [[ $state = one:\ @(running|starting|draining)* ]]
    else
        [[ $state = one:\ @(dead|stopped) ]]
    fi
}

# ours: workers and runners, into $SCRATCH/processes
ours() {
    our_processes >"$SCRATCH/all"
    grep -e '/stand-in ' -e 'celery-tmux-launch run ' "$SCRATCH/all" \
        >"$SCRATCH/processes" || true
}

there_is_one() {
    worker_is one running && ours
    [ "$(wc -l <"$SCRATCH/processes")" -eq 2 ]
}

there_is_none() {
    ours
    [ ! -s "$SCRATCH/processes" ]
}

# cut COMMAND STEP: it dies there
cut() {
    forget
    tmux new-session -d -s other 'sleep 5000'
    ready_for "$1"
    mapfile -t called < <(words "$1")
    run env CELERY_TMUX_DIE_AT="$2" "$DYING" "${called[@]}"
    [ "$status" -eq 137 ]
}

# steps COMMAND: those it comes to when it is left alone, a line each
steps() {
    forget
    ready_for "$1"
    rm -f "$SCRATCH/steps"
    mapfile -t called < <(words "$1")
    CELERY_TMUX_STEPS="$SCRATCH/steps" "$DYING" "${called[@]}" >/dev/null
    sort -u "$SCRATCH/steps"
}

# files: of the record and its runs, with those that were not in place yet
files() {
    (cd "$RECORD" &&
        find . -type f -printf '%P\n' | sed 's,^runs/[0-9]\{8\}/,,')
}

# all COMMAND: at every step, and repaired by what comes next
all() {
    local step count=0 steps again

    # Either a restart or the runner it ended begins the next run: what both
    # looks have in common is reached whoever is first.
    steps=$(steps "$1")
    again=$(steps "$1")
    steps=$(grep -Fx -e "$again" <<<"$steps")
    while read -r step <&3; do
        cut "$1" "$step"
        count=$((count + 1))
        echo "$1, $step" | tee -a "$SCRATCH/reached"
        files >>"$SCRATCH/files"
        wait_for told_truly
        one
        run within 60 "$LAUNCH" start --queue one
        echo "$output"
        [ "$status" -eq 0 ]
        wait_for there_is_one
        run within 60 "$LAUNCH" kill --queue one
        [ "$status" -eq 0 ]
        there_is_none
        [ "$(sessions)" = other ]
    done 3<<<"$steps"
    [ "$count" -ge "$2" ]
}

@test "start is repaired at every step" {
    all start 12
}

@test "restart is repaired at every step" {
    all restart 10
}

@test "kill is repaired at every step" {
    all kill 4
}

@test "apply is repaired at every step: drifted, live, gone" {
    all apply 10
    all apply-live 3
    all apply-gone 5
}

@test "tend is repaired at every step" {
    all tend 10
}

@test "the start of a run that follows by itself is, too" {
    all succeed 10
}

@test "a start that finds a worker which a stop was to end takes that back" {
    local slow

    for slow in '' slow; do
        forget
        one
        [ -z "$slow" ] || touch "$(seen one slow)"
        "$LAUNCH" start --no-wait
        [ -n "$slow" ] || wait_for worker_is one running
        CELERY_TMUX_DIE_AT='down' run "$DYING" stop
        [ "$status" -eq 137 ]
        grep '^wanted down$' "$RECORD/wanted"
        run "$LAUNCH" start --kill-existing=false ${slow:+--no-wait}
        echo "$output"
        [ "$status" -eq 0 ]
        [ "$output" = "one: $([ -n "$slow" ] && echo started ||
            echo already running)" ]
        grep '^wanted up$' "$RECORD/wanted"
        rm -f "$(seen one slow)"
        wait_for there_is_one
        # And so it comes back with the machine.
        kill -KILL "$(runner_pid one)" "$(worker_pid one)"
        wait_for there_is_none
        "$LAUNCH" tend
        wait_for there_is_one
        "$LAUNCH" kill
    done
}

# real_is_one: one Celery, which is ready
real_is_one() {
    [ "$("$LAUNCH" status)" = 'real: running' ] &&
        [ "$(pgrep -c -f "[c]elery --app=tasks worker .*$1")" -eq 1 ]
}

@test "the same with real Celery, five steps" {
    local row

    for row in 'start locked' 'start session' 'start wait' 'restart next' \
        'kill down'; do
        forget
        tmux new-session -d -s other 'sleep 5000'
        mark=mark$SRANDOM
        configure <<END
workers = ( { queue = "real"; app = "tasks"; worker_dir = "$APP_DIR";
    broker = "memory://"; pool = "solo"; hostname = "$mark@%h"; } );
END
        [ "${row% *}" = start ] || "$LAUNCH" start
        run env CELERY_TMUX_DIE_AT="${row#* }" "$DYING" "${row% *}"
        [ "$status" -eq 137 ]
        "$LAUNCH" start
        wait_for real_is_one "$mark"
        "$LAUNCH" kill
        fails pgrep -f "[c]elery --app=tasks worker .*$mark"
        [ "$(sessions)" = other ]
    done
}

@test "every step was reached, and every file of a record" {
    sed 's/.*, //' "$SCRATCH/reached" | sort -u >"$SCRATCH/names"
    tell "SIGKILL at $(sort -u "$SCRATCH/reached" | wc -l) steps of six" \
        "commands: all repaired, $(wc -l <"$SCRATCH/names") names"
    # Those of a sync are t7100's, of a surge t6310's.
    CELERY_TMUX_LIST_STEPS=1 "$DYING" | sort | diff <({
        sed -E 's/^(writing|wrote) .*/\1/' "$SCRATCH/names"
        printf '%s\n' git bytecode setup renamed surged 'surge over'
    } | sort -u) -
    # A runner writes how its run ended; what is only tried has a record of
    # its own, with two files more.
    for verb in writing wrote; do
        sed -n "s/^$verb //p" "$SCRATCH/names" |
            grep -vxE 'findings|printed' | sort - <(echo end) |
            diff - <(grep -vE '^lock$|\.[0-9]+$' "$SCRATCH/files" | sort -u)
    done
}

@test "a step that the table lacks ends the program with a sentence" {
    cat >"$SCRATCH/step.c" <<'END'
#include "base/failpoint.h"
int main(void) { failpoint("locked"); failpoint("unheard of"); return 0; }
END
    gcc -D_GNU_SOURCE -DDIES_AT_STEPS -I"$ROOT/launcher" -o "$SCRATCH/step" \
        "$SCRATCH/step.c" "$ROOT"/launcher/base/{failpoint,text,words}.c
    CELERY_TMUX_STEPS=$SCRATCH/steps run "$SCRATCH/step"
    [ "$status" -eq 70 ]
    [[ $output = *'no step is called "unheard of"; add it to the table in '* ]]
}
