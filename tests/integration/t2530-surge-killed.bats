#!/usr/bin/env bats
# bats file_tags=soak
#
# kill at any moment of a surge: no process of either run is left, and nothing
# comes back.  SURGES is how often; `make soak` does it a hundred times.

load lib
load stand-in

setup_file() {
    begin_file
    redis_start
    tmux new-session -d -s other 'sleep 2530'
    export NOTES="$SCRATCH/notes"
    mkdir "$NOTES"
}

# none_runs: no worker and no runner
none_runs() {
    our_processes >"$SCRATCH/all"
    fails grep -e '/stand-in ' -e 'celery .*worker' -e 'launch run ' \
        "$SCRATCH/all"
}

is_over() {
    our_processes >"$SCRATCH/all"
    fails grep -v ' sleep 2530$' "$SCRATCH/all" && [ "$(sessions)" = other ]
}

# is_begun_anew NAME: the restart came after the kill, and found it unwanted
is_begun_anew() {
    grep -qx 'by restart' \
        "$HOME"/.local/state/celery-tmux/*/"celery-$1/wanted"
}

# kill_amid NAME [COMMAND]: a surge of that worker, which COMMAND has given
# something to do
kill_amid() {
    local round began longest status_of counts=() times=${SURGES:-5}

    "$LAUNCH" start
    began=${EPOCHREALTIME/./}
    "$LAUNCH" restart
    # Also when all is done; a machine's load may have changed meanwhile.
    longest=$(((${EPOCHREALTIME/./} - began) * 12 / 10000))
    for ((round = 1; round <= times; round++)); do
        "$LAUNCH" start --kill-existing=false
        ${2-}
        in_background "$SCRATCH/surge" "$LAUNCH" restart
        sleep "$(printf '%d.%03d' $((began = SRANDOM % longest, began / 1000)) \
            $((began % 1000)))"
        run "$LAUNCH" kill --now
        echo "$round: $output"
        [ "$status $output" = "0 $1: killed" ]
        none_runs || wait_for is_begun_anew "$1"
        wait_for ended "$SCRATCH/surge"
        cat "$SCRATCH/surge"
        # The machine was so busy that the kill came first: what is asked for
        # after it is begun.
        if is_begun_anew "$1"; then
            "$LAUNCH" kill --now
            none_runs
        fi
        status_of=$(cat "$SCRATCH/surge.status")
        [[ $status_of = 0 || $status_of = 69 ]]
        counts[status_of]=$((${counts[status_of]:-0} + 1))
        wait_for is_over
        "$LAUNCH" tend
        is_over
    done
    tell "kill amid a surge, $1: $times of $times times nothing left;" \
        "${counts[69]:-0} came before the new worker was there"
}

@test "of what is up in a moment" {
    configure <<END
defaults = { worker_dir = "$APP_DIR"; surge = true; preflight = false; };
workers = ( { queue = "one"; celery_cmd = "$(stand_in one)"; } );
END
    kill_amid one
}

two_tasks() {
    send_tasks -n 2 sleep 30 'x{}' "$NOTES"
}

@test "of Celery with tasks in hand" {
    configure_app tasks 'surge = true; preflight = false; concurrency = 2;
        mingle = false; start_timeout = 180;'
    kill_amid celery two_tasks
}
