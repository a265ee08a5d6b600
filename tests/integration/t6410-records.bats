#!/usr/bin/env bats
# shellcheck disable=SC2094 # what is read is another file of that name
#
# What becomes of a worker whose record was read in a bad moment, was cut off
# by a loss of power, or is another's: a sentence, never two workers, and
# never one that is down and nobody says so.

load lib
load stand-in

setup_file() {
    begin_file
    mkdir "$SCRATCH/seen"
}

setup() {
    has_worker one
}

# has_worker NAME: this one and no other
has_worker() {
    worker=$1
    configure <<END
defaults = { worker_dir = "$APP_DIR"; stop_timeout = 10; };
workers = ( { queue = "$worker"; celery_cmd = "$(stand_in "$worker")"; } );
END
    RECORD=$HOME/.local/state/celery-tmux/$(uname -n)/celery-$worker
}

# dead: a worker that should run and does not, and that tend has just tried
dead() {
    forget
    "$LAUNCH" start --autorestart=false >/dev/null
    kill -KILL "$(worker_pid "$worker")"
    wait_for worker_is "$worker" dead
}

# runs_once: one runner with one worker, and the program says so
runs_once() {
    worker_is "$worker" running && are_alive 2
}

# are_alive COUNT: so many runners and workers
are_alive() {
    our_processes >"$SCRATCH/all"
    [ "$(grep -c -e '/stand-in ' -e 'celery-tmux-launch run ' \
        "$SCRATCH/all")" -eq "$1" ]
}

@test "what follows is taken up while tend looks at it" {
    dead
    cp "$RECORD/worker" "$RECORD/next"
    # Once it has opened the file, by open with musl, there is half a second to
    # take it away.
    strace -qqo "$SCRATCH/calls" -P "$RECORD/next" -e trace=?open,openat \
        -e inject=?open,openat:delay_exit=500000:when=1 "$LAUNCH" tend \
        >"$SCRATCH/said" 2>&1 3>&- &
    wait_for grep -q next "$SCRATCH/calls"
    rm "$RECORD/next"
    wait $! || cat "$SCRATCH/said"
    [[ $(cat "$SCRATCH/said") = 'one: started ('* ]]
    wait_for runs_once
}

# slowly CALL NUMBER COMMAND...: in the background, with that system call of
# it, of those that concern the file $held if that is set, held up
slowly() {
    local call=$1 number=$2

    shift 2
    strace -qqo "$SCRATCH/calls" ${held:+-P "$held"} -e trace="$call" \
        -e inject="$call:delay_enter=1500000:when=$number" \
        "$LAUNCH" "$@" >"$SCRATCH/said" 2>&1 3>&- &
}

# hear: the status of what ran slowly, and what it said
hear() {
    local status=0

    wait $! || status=$?
    heard="$status $(cat "$SCRATCH/said")"
    echo "$heard"
}

@test "a kill that takes the settings out meanwhile is none of tend's" {
    dead
    held=$RECORD/worker slowly '?open,openat' 1 tend
    sleep 0.3
    "$LAUNCH" kill
    [ ! -e "$RECORD/worker" ]
    hear
    [ "$heard" = '0 ' ]
}

@test "nor of apply's, nor of status's" {
    forget
    "$LAUNCH" start
    cp "$HOME/.config/celery-tmux/celery-tmux.conf" "$SCRATCH/kept.conf"
    configure <<END
workers = ( { queue = "two"; hosts = "elsewhere"; } );
END
    held=$RECORD/worker slowly '?open,openat' 1 apply
    sleep 0.3
    "$LAUNCH" kill --now --queue one
    [ ! -e "$RECORD/worker" ]
    hear
    cp "$SCRATCH/kept.conf" "$HOME/.config/celery-tmux/celery-tmux.conf"
    [ "$heard" = '0 ' ]
    dead
    held=$RECORD/worker slowly '?open,openat' 1 status
    sleep 0.3
    "$LAUNCH" kill
    hear
    [ "$heard" = '3 one: stopped' ]
}

@test "a start that puts them in meanwhile is none of tend's either" {
    dead
    "$LAUNCH" kill
    held='' slowly rename 2 start   # wanted comes first
    wait_for grep -q '^wanted up' "$RECORD/wanted"
    [ ! -e "$RECORD/worker" ]
    run "$LAUNCH" tend
    echo "$output"
    [ "$status $output" = '0 ' ]
    hear
    [ "$heard" = '0 one: started' ]
    "$LAUNCH" kill --now
}

# is_told COMMAND: it names the record, and its status is no success
is_told() {
    run "$LAUNCH" "$@"
    echo "$* $status: $output"
    [ "$status" -ge 69 ]
    [[ $output = *"$RECORD/"* ]]
}

# keep, and put_back: the record as it was
keep() {
    rm -rf "$SCRATCH/kept"
    cp -a "$RECORD" "$SCRATCH/kept"
}

put_back() {
    rm -rf "$RECORD"
    cp -a "$SCRATCH/kept" "$RECORD"
}

# is_never_silent_cut_off: the record of a dead worker, at any line
is_never_silent_cut_off() {
    local file line last count=0 told=0

    dead
    keep
    for file in run wanted worker home; do
        last=$(wc -l <"$SCRATCH/kept/$file")
        for ((line = 0; line < last; line++)); do
            # Of the worker's many settings not all are tried.
            [ "$line" -lt 3 ] || [ "$line" -gt $((last - 6)) ] ||
                [ "$file" != worker ] || continue
            put_back
            head -n "$line" "$SCRATCH/kept/$file" >"$RECORD/$file"
            count=$((count + 1))
            run "$LAUNCH" status "$worker"
            echo "$file, $line lines: $status, $output"
            [[ $output != *"$worker: stopped"* ]]
            # What lacks nothing but the seal is as an earlier version had it.
            if [[ $output = *"$RECORD/"* ]]; then
                told=$((told + 1))
                [ "$status" -ge 69 ]
                is_told tend
            else
                [ "$status" -eq 4 ]
                [ "$output" = "$worker: dead" ]
            fi
            are_alive 0
        done
    done
    tell "$worker, $count cut off files: $told told by status and tend, the others" \
        "lacked nothing but the seal"
    [ $((count - told)) -le 8 ]
}

# is_made_anew: by start, whatever is empty, half, or gone
is_made_anew() {
    local file

    dead
    keep
    for file in run wanted worker home; do
        put_back
        : >"$RECORD/$file"
        "$LAUNCH" start
        runs_once
        "$LAUNCH" kill
        put_back
        head -c "$(($(wc -c <"$RECORD/$file") / 2))" "$SCRATCH/kept/$file" \
            >"$RECORD/$file"
        "$LAUNCH" start
        runs_once
        "$LAUNCH" status
        run "$LAUNCH" tend
        [ "$status" -eq 0 ]
        [ -z "$output" ]
        "$LAUNCH" kill
    done
    put_back
    rm "$RECORD/wanted"
    is_told status
    is_told tend
    "$LAUNCH" start
    runs_once
}

# What is empty settles as the worker celery, so that one is tried as well.
@test "a dead worker's record, cut off at any line, is never silent" {
    is_never_silent_cut_off
    has_worker celery
    is_never_silent_cut_off
}

@test "start makes it anew, whatever is empty, half, or gone" {
    is_made_anew
    has_worker celery
    is_made_anew
}

@test "of a worker that runs, a damaged record begins no second one" {
    local file pid damage

    forget
    "$LAUNCH" start
    pid=$(worker_pid one)
    keep
    for file in run wanted; do
        cp "$SCRATCH/kept/$file" "$RECORD/$file"
        sed -i "3s/./X/2" "$RECORD/$file"
        is_told status
        [ "$file" = wanted ] || is_told tend
        are_alive 2
        is_running "$pid"
        cp "$SCRATCH/kept/$file" "$RECORD/$file"
    done
    # Nobody knows what it runs with, and so of no difference either.
    for damage in '' 'workers = ( { queue = "other"; } );'; do
        echo "$damage" >"$RECORD/worker"
        [ "$("$LAUNCH" status one)" = 'one: running' ]
        run "$LAUNCH" apply
        [ "$status" -eq 0 ]
        is_running "$pid"
    done
    cp "$SCRATCH/kept/worker" "$RECORD/worker"
    # It is asked to end, warmly, for nobody else knows what it runs with.
    : >"$RECORD/run"
    "$LAUNCH" start
    runs_once
    fails is_running "$pid"
    [ "$(starts one)" -eq 2 ]
    # kill ends it, too.
    : >"$RECORD/run"
    "$LAUNCH" kill
    are_alive 0
}

@test "a worker without runner or record is neither doubled nor lost" {
    forget
    "$LAUNCH" start
    pid=$(worker_pid one)
    kill -KILL "$(runner_pid one)"
    : >"$RECORD/run"
    run "$LAUNCH" start
    echo "$output"
    [ "$status" -eq 75 ]
    [[ $output = *"end them with kill"*" $pid"* ]]
    is_running "$pid"
    kill "$pid"
    wait_for fails is_running "$pid"
    "$LAUNCH" start
    runs_once
}

@test "tend tells it as seldom as it would try" {
    dead
    : >"$RECORD/run"
    is_told tend
    run "$LAUNCH" tend
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    # The second step comes after a minute, the third after two more.
    sed -i 's/^next .*/next 1/' "$RECORD/tended"
    is_told tend
    run "$LAUNCH" tend
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    grep -qx 'attempts 2' "$RECORD/tended"
}

@test "a record that was copied is another's" {
    local other=${RECORD%/*}/celery-two

    dead
    cp -a "$RECORD" "$other"
    rm "$other/run"
    sed 's/^session .*//; /^# sum/d' "$RECORD/run" >"$other/run"
    run "$LAUNCH" tend
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *"$other/worker is"* ]]
    wait_for runs_once
    # Nor is the run of one the other's.
    cp "$RECORD/run" "$other/run"
    rm "$other/tended"
    run "$LAUNCH" tend
    [ "$status" -eq 69 ]
    [[ $output = *"$other/run is"* ]]
    run "$LAUNCH" --queue two status
    [[ $output = *"two: broken"* ]]
    are_alive 2
}

@test "what a later version wrote is no worker that is down" {
    dead
    sed -i 's/^state .*/state suspended/; /^# sum/d' "$RECORD/run"
    is_told status
    is_told tend
    are_alive 0
}

# calls: what a traced command did to files of the record, a word a line
calls() {
    sed -n -E \
        -e 's/.*fsync\([0-9]+<.*celery-one\/([a-z]+)\.[0-9]+>.*/sync \1/p' \
        -e 's/.*fsync\([0-9]+<.*celery-one>.*/sync-directory/p' \
        -e 's/.*rename[^"]*"[^"]*", .*celery-one\/([a-z]+)".*/rename \1/p' \
        "$SCRATCH/trace"
}

traced() {
    strace -qq -y -e trace=fsync,fdatasync,rename,renameat,renameat2 \
        -s 300 -o "$SCRATCH/trace" "$LAUNCH" "$@"
}

@test "what is wanted is on the disk before a command goes on" {
    forget
    # The directory of the record is new: that is its own affair.
    "$LAUNCH" start
    "$LAUNCH" stop
    traced start
    calls | tee "$SCRATCH/did"
    diff - "$SCRATCH/did" <<'END'
sync wanted
rename wanted
sync-directory
sync worker
rename worker
sync home
rename home
sync origin
rename origin
sync run
rename run
sync-directory
END
    traced stop
    calls | tee "$SCRATCH/did"
    diff - "$SCRATCH/did" <<'END'
sync wanted
rename wanted
sync-directory
END
}

@test "status, and tend with nothing to do, wait for no disk" {
    forget
    "$LAUNCH" start
    for what in status tend; do
        traced "$what"
        fails grep sync "$SCRATCH/trace"
    done
    "$LAUNCH" stop
    traced tend
    fails grep sync "$SCRATCH/trace"
}
