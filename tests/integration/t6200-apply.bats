#!/usr/bin/env bats
# bats file_tags=sanitized
#
# Drift, and apply, which mends it and touches nothing else.

load lib
load stand-in

setup_file() {
    begin_file
    mkdir "$SCRATCH/seen"
    git init -q "$SCRATCH/repo"
    commit one
}

setup() {
    forget
}

commit() {
    git -C "$SCRATCH/repo" -c user.name=a -c user.email=a@b commit -q \
        --allow-empty -m "$1"
}

# ten [SED-COMMAND]...: a configuration of ten workers, changed by them
ten() {
    local i

    {
        echo "defaults = { worker_dir = \"$APP_DIR\"; stop_timeout = 30; };"
        echo 'workers = ('
        for i in {0..9}; do
            [ "$i" -eq 0 ] || echo ,
            echo "{ queue = \"w$i\"; celery_cmd = \"$(stand_in "w$i")\"; }"
        done
        echo ');'
    } | sed -e '' "${@/#/-e}" | configure
}

# pids: of all MainProcesses, "NAME PID" a line
pids() {
    "$LAUNCH" status --json | "$PYTHON" -ISc '
import json, sys
for worker in map(json.loads, sys.stdin):
    print(worker["worker"], worker["mainprocess"])'
}

@test "status tells what has drifted, and from what to what" {
    ten '/"w1"/s/queue/concurrency = 2; queue/' \
        '/"w2"/s/queue/broker = "redis:\/\/:SECRET@h"; queue/' \
        "/\"w3\"/s#queue#git_sync_dir = \"$SCRATCH/repo\"; queue#"
    "$LAUNCH" start
    old=$(git -C "$SCRATCH/repo" rev-parse HEAD)
    commit two
    new=$(git -C "$SCRATCH/repo" rev-parse HEAD)
    ten '/"w1"/s/queue/concurrency = 4; nice = 3; queue/' \
        '/"w2"/s/queue/broker = "redis:\/\/:SECRET2@h"; queue/' \
        "/\"w3\"/s#queue#git_sync_dir = \"$SCRATCH/repo\"; queue#" \
        's/stop_timeout = 30/stop_timeout = 31/'
    run "$LAUNCH" status
    [ "$status" -eq 0 ]
    [ "$(grep -c drifted <<<"$output")" -eq 3 ]
    [ "${lines[0]}" = 'w0: running' ]
    [ "${lines[1]}" = 'w1: running (drifted)' ]
    run "$LAUNCH" status -v
    grep -qx '    drifted: concurrency from 2 to 4' <<<"$output"
    grep -qx '    drifted: nice from (not set) to 3' <<<"$output"
    grep -qx '    drifted: broker from redis://:\*\*\*\*@h to redis.*@h' \
        <<<"$output"
    grep -qx "    drifted: revision from $old to $new" <<<"$output"
    [[ $output != *SECRET* ]]
    run "$LAUNCH" status --json w1 w3 w4
    grep -q '"drifted": \["concurrency", "nice"\]' <<<"${lines[0]}"
    grep -q "\"drifted\": \[\"revision\"\].*\"revision\": \"$old\"" \
        <<<"${lines[1]}"
    grep -q '"drifted": \[\].*"revision": null' <<<"${lines[2]}"
}

@test "apply touches exactly what has changed, and --dry-run had said so" {
    ten "/\"w7\"/s#queue#git_sync_dir = \"$SCRATCH/repo\"; queue#"
    "$LAUNCH" apply >"$SCRATCH/first"
    [ "$(grep -c ': started$' "$SCRATCH/first")" -eq 10 ]
    pids >"$SCRATCH/before"
    "$LAUNCH" stop w5
    commit three
    ten '/"w1"/s/queue/concurrency = 4; queue/' \
        '/"w2"/s/queue/environment = ( "A=1" ); queue/' \
        '/"w3"/s/queue/tmux_history_limit = 77; queue/' \
        "/\"w7\"/s#queue#git_sync_dir = \"$SCRATCH/repo\"; queue#" \
        '/"w9"/s/w9/new/' \
        's/stop_timeout = 30/stop_timeout = 31/'
    cat >"$SCRATCH/expected" <<'END'
w9: stopped (no longer configured)
w1: restarted (concurrency)
w2: restarted (environment)
w3: restarted (tmux_history_limit)
w7: restarted (revision)
new: started
END
    "$LAUNCH" apply --dry-run >"$SCRATCH/plan"
    diff <(sed 's/: /: would be /' "$SCRATCH/expected") "$SCRATCH/plan"
    "$LAUNCH" apply >"$SCRATCH/done"
    diff "$SCRATCH/expected" "$SCRATCH/done"
    pids >"$SCRATCH/after"
    for name in w0 w4 w6 w8; do
        [ "$(grep "^$name " "$SCRATCH/before")" = \
            "$(grep "^$name " "$SCRATCH/after")" ]
    done
    for name in w1 w2 w3 w7; do
        [ "$(grep "^$name " "$SCRATCH/before")" != \
            "$(grep "^$name " "$SCRATCH/after")" ]
        [ "$(starts "$name")" -eq 2 ]
    done
    grep -qx 'w5 None' "$SCRATCH/after"
    [ "$(sessions | wc -l)" -eq 9 ]

    # A second one has nothing to do, and the new stop_timeout is known.
    run "$LAUNCH" apply
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    diff "$SCRATCH/after" <(pids)
    for record in "$HOME"/.local/state/*/*/celery-*; do
        grep -l -s 'stop_timeout = "31"' "$(run_of "$record")/worker" || true
    done >"$SCRATCH/known"
    [ "$(wc -l <"$SCRATCH/known")" -eq 9 ]
}

@test "apply starts what died, and leaves other configurations alone" {
    ten 's/stop_timeout/autorestart = false; &/'
    "$LAUNCH" start w0 w1
    kill -KILL "$(worker_pid w0)"
    wait_for worker_is w0 dead
    echo "workers = ( { queue = \"w2\"; celery_cmd = \"$(stand_in w2)\";
        worker_dir = \"$APP_DIR\"; } );" >"$SCRATCH/other.conf"
    run "$LAUNCH" -c "$SCRATCH/other.conf" apply
    [ "$output" = 'w2: started' ]
    run "$LAUNCH" apply w0 w1
    [ "$output" = 'w0: started' ]
    [ "$(sessions | wc -l)" -eq 3 ]
    rm -rf "$SCRATCH/other.conf"
}

@test "what tend begins from the record meanwhile does not stay as it was" {
    ten 's/stop_timeout/autorestart = false; &/'
    "$LAUNCH" start w0 w1
    kill -KILL "$(worker_pid w1)"
    wait_for worker_is w1 dead
    touch "$(seen w0 busy)"
    ten '/"w[01]"/s/queue/nice = 3; queue/' \
        's/stop_timeout = 30/autorestart = false; stop_timeout = 60/'
    in_background "$SCRATCH/apply" "$LAUNCH" apply w0 w1
    # It has seen that w1 is dead, and waits until w0 has drained.
    wait_for worker_is w0 draining
    wait_for eval '"$LAUNCH" tend w1 && worker_is w1 running'
    [ "$(ps -o ni= -p "$(worker_pid w1)" | tr -d ' ')" -eq 0 ]
    rm "$(seen w0 busy)"
    wait_for ended "$SCRATCH/apply"
    cat "$SCRATCH/apply"
    [ "$(cat "$SCRATCH/apply.status")" -eq 0 ]
    [ "$(ps -o ni= -p "$(worker_pid w1)" | tr -d ' ')" -eq 3 ]
    [ "$(starts w1)" -eq 3 ]
    [ "$("$LAUNCH" status w0 w1)" = $'w0: running\nw1: running' ]
}

# has_open PARENT FILE: a child of that one, noted in $SCRATCH/pid
has_open() {
    pgrep -P "$1" >"$SCRATCH/pid" &&
        find "/proc/$(cat "$SCRATCH/pid")/fd" -lname "$2" | grep -q .
}

@test "a run that came meanwhile keeps the settings that it runs with" {
    ten
    "$LAUNCH" start w0
    ten 's/stop_timeout = 30/stop_timeout = 31/'
    record=$(echo "$HOME"/.local/state/*/*/celery-w0)
    flock --no-fork "$record/lock" sleep 1000 3>&- &
    holder=$!
    wait_for fails flock --nonblock "$record/lock" true
    in_background "$SCRATCH/apply" "$LAUNCH" apply w0
    # It has compared them, and waits.
    # shellcheck disable=SC2154 # in_background sets it
    wait_for has_open "$background" "$record/lock"
    kill -STOP "$(cat "$SCRATCH/pid")"
    kill "$holder"
    "$LAUNCH" restart w0 --nice=3
    kill -CONT "$(cat "$SCRATCH/pid")"
    wait_for ended "$SCRATCH/apply"
    cat "$SCRATCH/apply"
    grep -qx ' *nice = "3";' "$(run_of "$record")/worker"
    [ "$("$LAUNCH" status w0)" = 'w0: running (drifted)' ]
    [ "$(cat "$SCRATCH/apply.status")" -eq 75 ]
    grep -q 'w0: is running, but .* other settings; use apply' "$SCRATCH/apply"
    # What apply says to do helps.
    [ "$("$LAUNCH" apply w0)" = 'w0: restarted (nice)' ]
}

@test "killing what never ran is nothing to remember" {
    ten
    tmux new-session -d -s other 'sleep 5000'
    for _ in 1 2; do
        run "$LAUNCH" kill w0
        [ "$output" = 'w0: not running' ]
        [ ! -e "$HOME/.local" ]
    done
    run "$LAUNCH" apply w0
    [ "$output" = 'w0: started' ]
    "$LAUNCH" kill w0
    run "$LAUNCH" apply w0
    [ -z "$output" ]
}

@test "what is configured again runs again, unless a person stopped it" {
    ten
    "$LAUNCH" apply >"$SCRATCH/begun"
    ten '/"w9"/s/w9/new/' '/"w8"/s/w8/other/'
    "$LAUNCH" apply >"$SCRATCH/let-go"
    grep -qx 'w9: stopped (no longer configured)' "$SCRATCH/let-go"
    "$LAUNCH" stop --queue w8
    ten
    run "$LAUNCH" apply --dry-run w8 w9
    [ "$output" = 'w9: would be started' ]
    run "$LAUNCH" apply w8 w9
    [ "$output" = 'w9: started' ]
    worker_is w9 running
}

@test "what a person stopped, and then was no longer configured, stays down" {
    ten 's/stop_timeout = 30/stop_timeout = 1/'
    "$LAUNCH" apply >"$SCRATCH/begun"
    touch "$(seen w9 busy)"
    run "$LAUNCH" stop w9
    [ "$status" -eq 75 ]
    ten 's/stop_timeout = 30/stop_timeout = 1/' '/"w9"/s/w9/new/'
    run "$LAUNCH" apply
    [ "$status" -eq 75 ]
    [[ $output = *'w9: '*draining* ]]
    ten 's/stop_timeout = 30/stop_timeout = 1/'
    rm "$(seen w9 busy)"
    wait_for worker_is w9 stopped
    run "$LAUNCH" apply --dry-run w9
    [ "$output" = '' ]
}

# It was taken for the record's own configuration from the first restart on
# that no command made.
@test "a worker is known to be no longer configured after any restart" {
    local how

    ten
    "$LAUNCH" apply >"$SCRATCH/begun"
    kill -KILL "$(runner_pid w7)" "$(worker_pid w7)"
    wait_for eval '"$LAUNCH" tend && worker_is w7 running'
    kill -KILL "$(worker_pid w8)"
    wait_for eval '[ "$(starts w8)" -eq 2 ] && worker_is w8 running'
    "$LAUNCH" restart --no-wait w9
    wait_for eval '[ "$(starts w9)" -eq 2 ] && worker_is w9 running'
    ten '/"w7"/s/w7/a/' '/"w8"/s/w8/b/' '/"w9"/s/w9/c/'
    run "$LAUNCH" apply
    for how in w7 w8 w9; do
        grep -qx "$how: stopped (no longer configured)" <<<"$output"
    done
}

# head_says FILE COMMAND...: what a head sends to this node is obeyed
head_says() {
    "$LAUNCH" -c "$1" plan -- "${@:2}" >"$SCRATCH/plan"
    tr '\0' '\n' <"$SCRATCH/plan" | sed 1d >"$SCRATCH/sent"
    # The words are quoted for a shell.
    run eval "\"\$LAUNCH\" $(tr '\0' '\n' <"$SCRATCH/plan" | sed 1q)" \
        '<"$SCRATCH/sent"'
    echo "$status: $output"
}

@test "of two configurations that a head sends to one node neither ends the other's" {
    local worker

    mkdir -p "$SCRATCH/a b"
    for worker in w2 w3; do
        cat >"$SCRATCH/a b/$worker.conf" <<CONF
workers = ( { queue = "$worker"; worker_dir = "$APP_DIR";
    celery_cmd = "$(stand_in "$worker")"; } );
CONF
    done
    head_says "$SCRATCH/a b/w2.conf" apply
    [ "$output" = 'w2: started' ]
    head_says "$SCRATCH/a b/w3.conf" apply
    [ "$output" = 'w3: started' ]
    worker_is w2 running
    # The same one again is known by its name on the head.
    sed -i 's/"w2"/"w4"/' "$SCRATCH/a b/w2.conf"
    head_says "$SCRATCH/a b/w2.conf" apply --dry-run
    [ "$output" = $'w2: would be stopped (no longer configured)\nw4: would be started' ]
    "$LAUNCH" kill --queue w2 --queue w3
}

@test "a configuration that was cut off on its way is none" {
    local size whole

    ten
    "$LAUNCH" apply >"$SCRATCH/begun"
    "$LAUNCH" plan --print >"$SCRATCH/sent"
    whole=$(wc -c <"$SCRATCH/sent")
    # Where a part ends and the next has not begun it would be a right one.
    for size in 1 20 21 27 50 $(grep -bo '[;{,]' "$SCRATCH/sent" | cut -d: -f1 | sed -n '1~5p') \
        $((whole - 2)); do
        head -c "$size" "$SCRATCH/sent" >"$SCRATCH/part"
        run "$LAUNCH" --config=- apply --dry-run <"$SCRATCH/part"
        [ "$status" -eq 78 ]
    done
    run "$LAUNCH" --config=- apply --dry-run <"$SCRATCH/sent"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    # Nor is nothing, from a command that has failed before the pipe.
    run "$LAUNCH" --config=- apply --dry-run </dev/null
    echo "$output"
    [ "$status" -eq 78 ]
    [[ $output = *'standard input is empty and --config=- reads the configuration from it; see what the command before it has printed' ]]
}

@test "a configuration is the same one however its path is typed" {
    local path

    mkdir -p "$SCRATCH/etc/deep"
    ln -s etc "$SCRATCH/link"
    cd "$SCRATCH/etc"
    for path in a.conf ./a.conf "$SCRATCH//etc/./a.conf" deep/../a.conf; do
        for worker in w2 w3; do
            [ "$worker" = w2 ] || echo ,
            echo "{ queue = \"$worker\"; worker_dir = \"$APP_DIR\";"
            echo "celery_cmd = \"$(stand_in "$worker")\"; }"
        done >workers
        { echo 'workers = ('; cat workers; echo ');'; } >a.conf
        "$LAUNCH" -c "$path" apply
        [ "$(head -n 1 "$HOME"/.local/state/*/*/celery-w3/origin)" = \
            "$SCRATCH/etc/a.conf" ]
        { echo 'workers = ('; sed '/,/,$d' workers; echo ');'; } >a.conf
        run "$LAUNCH" -c "$SCRATCH/etc/a.conf" apply
        [ "$output" = 'w3: stopped (no longer configured)' ]
        CELERY_TMUX_CONFIG=$path "$LAUNCH" kill
        forget
    done
    # A link is another name, and is kept: it may lead elsewhere tomorrow.
    cd "$SCRATCH/link"
    "$LAUNCH" -c a.conf apply
    [ "$(head -n 1 "$HOME"/.local/state/*/*/celery-w2/origin)" = \
        "$SCRATCH/link/a.conf" ]
    # A sentence names the file as it was typed.
    echo 'workers = (' >a.conf
    run "$LAUNCH" -c a.conf check
    [[ $output = 'celery-tmux-launch: a.conf:'* ]]
    cd "$SCRATCH"
    rm -r etc link
}

@test "apply restarts nothing that it cannot read, and tells of a failure" {
    ten
    "$LAUNCH" start w0
    echo 'workers = (' >"$HOME/.config/celery-tmux/celery-tmux.conf"
    run "$LAUNCH" apply
    [ "$status" -eq 78 ]
    ten '/"w0"/s/queue/nice = 3; queue/'
    echo 5 >"$(seen w0 fail)"
    run "$LAUNCH" apply w0
    [ "$status" -eq 69 ]
    [[ $output = *'w0: did not start: it ended with status 5'* ]]
    rm "$(seen w0 fail)"
    run "$LAUNCH" apply w0
    [ "$output" = 'w0: started' ]
}
