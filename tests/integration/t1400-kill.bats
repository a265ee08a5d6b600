#!/usr/bin/env bats
# bats file_tags=sanitized
#
# `kill` ends exactly the workers that were meant, and of those everything;
# also what StarCluster's plugin once started, which no record knows of.

load lib
load stand-in

setup_file() {
    begin_file
    redis_start
    configure_app tasks 'stop_timeout = 30;' - <<END
    { queue = "video"; celery_cmd = "$(stand_in video)"; },
    { queue = "video,image"; celery_cmd = "$(stand_in both)"; },
    { queue = "video2"; celery_cmd = "$(stand_in video2)"; },
    { queue = "real"; concurrency = 2; }
END
    mkdir "$SCRATCH/tokens"
}

# start_stand_ins: all three of them, and only they run
start_stand_ins() {
    forget
    "$LAUNCH" start video video,image video2
    [ "$(sessions)" = $'celery-video\ncelery-video,image\ncelery-video2' ]
}

# plain NAME COMMAND: a session as StarCluster's plugin made one
plain() {
    wait_for tmux new-session -d -s "celery-$1" -c "$APP_DIR" "$2"
    session_exists "celery-$1"
}

plain_celery() {
    plain "$1" "env CELERY_BROKER_URL='$REDIS_URL' celery -A tasks worker \
        -Q '$1' -c 2 -n '$1@%h' -l INFO"
    wait_for eval "screen 'celery-$1' | grep -q ' ready\.$'"
}

@test "kill --queue ends the session of exactly this queue" {
    start_stand_ins
    both=$(worker_pid video,image)
    video2=$(worker_pid video2)

    run "$LAUNCH" kill --queue video
    [ "$status" -eq 0 ]
    [ "$output" = 'video: killed' ]
    [ "$(sessions)" = $'celery-video,image\ncelery-video2' ]
    is_running "$both" "$video2"
    [ "$(starts both)" -eq 1 ]
    [ "$(starts video2)" -eq 1 ]

    run "$LAUNCH" kill -q video,image
    [ "$status" -eq 0 ]
    [ "$output" = 'video,image: killed' ]
    [ "$(sessions)" = celery-video2 ]
}

@test "half a queue's name, or one of its queues, is another queue" {
    start_stand_ins
    for queue in vide image video,imag video,image2 image,video 'video*'; do
        run "$LAUNCH" kill --queue "$queue"
        [ "$status" -eq 0 ]
        [ "$output" = "$queue: not running" ]
    done
    [ "$(sessions | wc -l)" -eq 3 ]
}

@test "kill of what does not run is 0 and says so" {
    forget
    run "$LAUNCH" kill video2 video
    [ "$status" -eq 0 ]
    [ "$output" = $'video: not running\nvideo2: not running' ]
    # Nor does it leave anything.
    [ ! -e "$HOME/.local" ]
    tmux new-session -d -s other
    run "$LAUNCH" kill video
    [ "$status" -eq 0 ]
    [ "$output" = 'video: not running' ]
    [ "$(sessions)" = other ]
}

@test "several workers: one line each, in the order of the configuration" {
    start_stand_ins
    run "$LAUNCH" kill video2 --queue video video,image
    [ "$status" -eq 0 ]
    [ "$output" = $'video: killed\nvideo,image: killed\nvideo2: killed' ]
    [ -z "$(sessions)" ]
}

@test "one failure leaves the others, and its status is the result" {
    start_stand_ins
    record=$(echo "$HOME"/.local/state/celery-tmux/*/celery-video,image)
    chmod g+w "$record"
    status=0
    "$LAUNCH" kill video video,image video2 \
        >"$SCRATCH/out" 2>"$SCRATCH/err" || status=$?
    [ "$status" -eq 77 ]
    [ "$(cat "$SCRATCH/out")" = $'video: killed\nvideo2: killed' ]
    [ "$(wc -l <"$SCRATCH/err")" -eq 1 ]
    grep -q -F "chmod g-w $record" "$SCRATCH/err"
    [ "$(sessions)" = celery-video,image ]

    chmod g-w "$record"
    run "$LAUNCH" kill video,image
    [ "$output" = 'video,image: killed' ]
}

@test "tasks get their time, and nothing of what they left stays" {
    forget
    "$LAUNCH" start real
    left=()
    for kind in nohup setsid double_fork; do
        left+=("$(task -q real leave "$kind")")
    done
    main=$(worker_pid real)
    runner=$(runner_pid real)
    mapfile -t all < <(descendants "$runner")
    is_running "${left[@]}" "$main" "$runner"
    # Those three, MainProcess and the two processes of its pool.
    [ "${#all[@]}" -ge 6 ]
    send_tasks -q real sleep 1 last "$SCRATCH/tokens"
    wait_for grep -qx 'begin last' "$SCRATCH/tokens/tokens"

    run "$LAUNCH" kill real
    [ "$status" -eq 0 ]
    [ "$output" = 'real: killed' ]
    no_leftovers
    for pid in "${left[@]}" "${all[@]}" "$runner"; do
        fails is_running "$pid"
    done
    all_ended "$SCRATCH/tokens" 1
    [ -z "$(sessions)" ]
}

@test "what does not end by itself is forced after stop_timeout, or at once" {
    forget
    touch "$(seen video deaf)" "$(seen video2 deaf)"
    "$LAUNCH" start video video2
    run within 18 "$LAUNCH" kill --stop-timeout=1 video
    [ "$status" -eq 0 ]
    [ "$output" = 'video: killed' ]
    run within 15 "$LAUNCH" kill --now video2
    [ "$status" -eq 0 ]
    [ "$output" = 'video2: killed' ]
    no_leftovers
    [ -z "$(sessions)" ]
}

@test "a worker whose runner was killed from outside is ended all the same" {
    forget
    "$LAUNCH" start real
    left=("$(task -q real leave double_fork)" "$(task -q real leave setsid)")
    kill -KILL "$(runner_pid real)"
    run "$LAUNCH" kill --stop-timeout=2 real
    [ "$status" -eq 0 ]
    [ "$output" = 'real: killed' ]
    no_leftovers
    for pid in "${left[@]}"; do
        fails is_running "$pid"
    done
    [ -z "$(sessions)" ]
}

@test "StarCluster's session, which nobody configured, gets a warm shutdown" {
    end_all
    rm -f "$SCRATCH/tokens/tokens"
    plain_celery old
    plain old2 'sleep 1000'
    send_tasks -q old sleep 2 old "$SCRATCH/tokens"
    wait_for grep -qx 'begin old' "$SCRATCH/tokens/tokens"

    run "$LAUNCH" kill --queue old
    [ "$status" -eq 0 ]
    [ "$output" = 'old: killed' ]
    all_ended "$SCRATCH/tokens" 1
    [ "$(sessions)" = celery-old2 ]
    tmux kill-session -t =celery-old2:
    wait_for no_leftovers
}

@test "of such a session nothing is left either, and a shell in it ends too" {
    plain_celery old
    left=("$(task -q old leave child)" "$(task -q old leave nohup)"
        "$(task -q old leave setsid)")
    is_running "${left[@]}"
    run "$LAUNCH" kill --queue old
    [ "$status" -eq 0 ]
    [ "$output" = 'old: killed' ]
    for pid in "${left[@]}"; do
        fails is_running "$pid"
    done
    no_leftovers

    plain shell 'trap "" TERM HUP; sleep 1000; sleep 1000'
    run within 18 "$LAUNCH" kill --now --queue shell
    [ "$status" -eq 0 ]
    [ "$output" = 'shell: killed' ]
    no_leftovers
    [ -z "$(sessions)" ]
}

@test "a start says that the session of another program is in its way" {
    end_all
    plain video 'sleep 1000'
    run "$LAUNCH" start video
    [ "$status" -eq 69 ]
    [[ $output = *"there is a session celery-video that this program did not \
start"*"tmux -S "*" attach -t =celery-video, and set session"* ]]
    [ "$(sessions)" = celery-video ]
    "$LAUNCH" kill --queue video
    run "$LAUNCH" start video
    [ "$status" -eq 0 ]
    [ "$output" = 'video: started' ]
}

@test "kill --dry-run says what would end, and ends nothing" {
    run "$LAUNCH" kill --dry-run video video2
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = 'video: would be killed' ]
    # A command is cut, and the checkout may lie deep.
    [[ ${lines[1]} = "    $(runner_pid video) ("*"${LAUNCH:0:40}"* ]]
    [[ ${lines[2]} = "    $(worker_pid video) ("* ]]
    [ "${lines[3]}" = 'video2: not running' ]
    worker_is video running
    [ "$(sessions)" = celery-video ]
    "$LAUNCH" kill --now video
}
