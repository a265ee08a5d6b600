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

# runs_once: one runner with one worker, and the program says so; the runner
# before may take a moment to leave
runs_once() {
    worker_is "$worker" running && wait_for are_alive 2
}

# are_alive COUNT: so many runners and workers
are_alive() {
    our_processes >"$SCRATCH/all"
    [ "$(grep -c -e '/stand-in ' -e 'celery-tmux-launch run ' \
        "$SCRATCH/all")" -eq "$1" ]
}

# dead_with_planned: and one is planned, in $PLANNED, that has other settings
dead_with_planned() {
    forget
    touch "$(seen "$worker" busy)"
    "$LAUNCH" start >/dev/null
    run "$LAUNCH" restart --stop-timeout=1 --nice=3 --autorestart=false
    [ "$status" -eq 75 ]
    kill -KILL "$(runner_pid "$worker")" "$(worker_pid "$worker")"
    wait_for worker_is "$worker" dead
    rm "$(seen "$worker" busy)"
    PLANNED=$(planned_of "$RECORD")
    [ "$PLANNED" = "$RECORD/runs/00000002" ]
}

# slowly CALL NUMBER COMMAND...: in the background, with that system call of
# it, of those that concern the file $held if that is set, held up
slowly() {
    local call=$1 number=$2

    shift 2
    rm -f "$SCRATCH/calls"
    strace -qqo "$SCRATCH/calls" ${held:+-P "$held"} -e trace="$call" \
        -e inject="$call:delay_enter=5000000:when=$number" \
        "$LAUNCH" "$@" >"$SCRATCH/said" 2>&1 3>&- &
}

# hear: the status of what ran slowly, and what it said
hear() {
    local status=0

    wait $! || status=$?
    heard="$status $(cat "$SCRATCH/said")"
    echo "$heard"
}

@test "what follows is taken up, or taken away, while tend looks at it" {
    local file

    for file in run worker; do
        dead_with_planned
        held=$PLANNED/$file slowly '?open,openat' 1 tend
        wait_for grep -q "/$file" "$SCRATCH/calls"
        "$LAUNCH" tend | tee "$SCRATCH/other"
        hear
        # Whoever was first.
        [ "$(cat "$SCRATCH/said" "$SCRATCH/other" | grep -c ': started (')" \
            -eq 1 ]
        wait_for runs_once
        [ "$(starts one)" -eq 2 ]
        [ "$(ps -o ni= -p "$(worker_pid one)" | tr -d ' ')" -eq 3 ]
    done
    dead_with_planned
    held=$PLANNED/worker slowly '?open,openat' 1 tend
    wait_for grep -q /worker "$SCRATCH/calls"
    "$LAUNCH" kill
    hear
    are_alive 0
    worker_is one stopped
}

@test "a kill that takes the settings out meanwhile is none of tend's" {
    dead
    settings=$(run_of "$RECORD")/worker
    held=$settings slowly '?open,openat' 1 tend
    sleep 0.3
    "$LAUNCH" kill
    [ ! -e "$settings" ]
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
    settings=$(run_of "$RECORD")/worker
    held=$settings slowly '?open,openat' 1 apply
    sleep 0.3
    "$LAUNCH" kill --now --queue one
    [ ! -e "$settings" ]
    hear
    cp "$SCRATCH/kept.conf" "$HOME/.config/celery-tmux/celery-tmux.conf"
    [ "$heard" = '0 ' ]
    dead
    held=$(run_of "$RECORD")/worker slowly '?open,openat' 1 status
    sleep 0.3
    "$LAUNCH" kill
    hear
    [ "$heard" = '3 one: stopped' ]
}

# has_renamed COUNT: or is about to
has_renamed() {
    [ "$(grep -c '^rename' "$SCRATCH/calls")" -ge "$1" ]
}

@test "a start that puts them in meanwhile is none of tend's either" {
    local number

    # The home directory, the plan, which run is current.  What is wanted comes
    # first.
    for number in 2 4 10; do
        dead
        "$LAUNCH" kill
        current=$(cat "$RECORD/current")
        held='' slowly rename "$number" start
        wait_for has_renamed "$number"
        grep -q '^wanted up' "$RECORD/wanted"
        [ ! -e "$(run_of "$RECORD")/worker" ]
        run "$LAUNCH" tend
        echo "$output"
        [ "$status $output" = '0 ' ]
        [ "$(cat "$RECORD/current")" = "$current" ]
        hear
        [ "$heard" = '0 one: started' ]
        "$LAUNCH" kill --now
    done
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
    RUN=runs/$(head -c 8 "$RECORD/current")
    FILES=("$RUN/run" wanted "$RUN/worker" "$RUN/home")
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
    for file in "${FILES[@]}"; do
        last=$(wc -l <"$SCRATCH/kept/$file")
        for ((line = 0; line < last; line++)); do
            # Of the worker's many settings not all are tried.
            [ "$line" -lt 3 ] || [ "$line" -gt $((last - 6)) ] ||
                [ "$file" != "$RUN/worker" ] || continue
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
    for file in "${FILES[@]}"; do
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
    for file in "$RUN/run" wanted; do
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
        echo "$damage" >"$RECORD/$RUN/worker"
        [ "$("$LAUNCH" status one)" = 'one: running' ]
        run "$LAUNCH" apply
        [ "$status" -eq 0 ]
        is_running "$pid"
    done
    cp "$SCRATCH/kept/$RUN/worker" "$RECORD/$RUN/worker"
    # It is asked to end, warmly, for nobody else knows what it runs with.
    : >"$RECORD/$RUN/run"
    "$LAUNCH" start
    runs_once
    fails is_running "$pid"
    [ "$(starts one)" -eq 2 ]
    # kill ends it, too.
    : >"$(run_of "$RECORD")/run"
    "$LAUNCH" kill
    are_alive 0
}

@test "a worker without runner or record is neither doubled nor lost" {
    forget
    "$LAUNCH" start
    pid=$(worker_pid one)
    runner=$(runner_pid one)
    kill -KILL "$runner"
    wait_for fails is_running "$runner"
    : >"$(run_of "$RECORD")/run"
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

# is_current NUMBER: and the file that says so is whole
is_current() {
    [ "$(head -n 1 "$RECORD/current")" = "0000000$1" ]
    grep -q '^# sum' "$RECORD/current"
}

# LOSSES: what becomes of the file that names the current run
LOSSES=(rm truncate scratch loop directory)

lose_current() {
    case $1 in
    rm) rm "$RECORD/current" ;;
    truncate) truncate -s 4 "$RECORD/current" ;;
    scratch) sed -i '1s/0000000./00000001/' "$RECORD/current" ;;
    loop) ln -sf current "$RECORD/current" ;;
    directory) rm "$RECORD/current" && mkdir "$RECORD/current" ;;
    esac
}

@test "when nobody says which run is current it is the last that was begun" {
    local loss

    dead_with_planned
    rm -r "$PLANNED"
    "$LAUNCH" start --autorestart=false
    kill -KILL "$(worker_pid one)"
    wait_for worker_is one dead
    # The one that is planned never ran, and follows all the same.
    cp -a "$RECORD/runs/00000002" "$RECORD/runs/00000003"
    sed -i 's/^state .*/state planned/; /^# sum/d' "$RECORD/runs/00000003/run"
    sed -i 's/^ *queue = .*/&nice = 3;/; /^# sum/d' \
        "$RECORD/runs/00000003/worker"
    keep
    for loss in "${LOSSES[@]}"; do
        put_back
        lose_current "$loss"
        run "$LAUNCH" status
        echo "$loss: $output"
        [ "$status $output" = '4 one: dead' ]
        [ "$loss" != directory ] || rmdir "$RECORD/current"
        run "$LAUNCH" tend
        echo "$output"
        [[ $output = 'one: started ('* ]]
        wait_for runs_once
        [ "$(ps -o ni= -p "$(worker_pid one)" | tr -d ' ')" -eq 3 ]
        is_current 3
        "$LAUNCH" kill --now
    done
}

@test "a worker that runs is known though its name as the current one is lost" {
    local loss

    forget
    "$LAUNCH" start
    "$LAUNCH" restart
    pid=$(worker_pid one)
    for loss in "${LOSSES[@]}"; do
        lose_current "$loss"
        run "$LAUNCH" status
        echo "$loss: $output"
        [ "$status $output" = '0 one: running' ]
        for what in tend apply; do
            run "$LAUNCH" "$what"
            [ "$status $output" = '0 ' ]
        done
        [ "$loss" != directory ] || rmdir "$RECORD/current"
        [ "$(worker_pid one)" = "$pid" ]
        are_alive 2
    done
    "$LAUNCH" restart
    is_current 3
    runs_once
    [ "$(starts one)" -eq 3 ]
    lose_current rm
    "$LAUNCH" kill
    are_alive 0
}

@test "of a current run that is lost all is told, and none doubled" {
    local lost pid

    for lost in run '' ; do
        dead
        rm -r "$(run_of "$RECORD")${lost:+/$lost}"
        is_told status
        is_told tend
        are_alive 0
        "$LAUNCH" start
        runs_once
        # As of one that cannot be read, it is asked to end.
        pid=$(worker_pid one)
        rm -r "$(run_of "$RECORD")${lost:+/$lost}" "$RECORD/tended"
        is_told status
        is_told tend
        are_alive 2
        is_running "$pid"
        run "$LAUNCH" start
        echo "$status $output"
        if [ -n "$lost" ]; then
            [ "$status" -eq 0 ]
        else
            # Nor can it say any more that it has ended.
            [ "$status" -eq 75 ]
            [[ $output = *'is already ending; try again'* ]]
            wait_for are_alive 0
            "$LAUNCH" start
        fi
        runs_once
        fails is_running "$pid"
        [ "$(starts one)" -eq 3 ]
    done
}

@test "a plan that is damaged is told, and the settings before it stay away" {
    local file damage

    dead_with_planned
    keep
    for file in worker home; do
        for damage in ': >' 'sed -i 1s/./X/3 ' 'rm '; do
            put_back
            eval "$damage\"\$PLANNED/\$file\""
            echo "$damage $file"
            is_told status
            is_told tend
            are_alive 0
        done
        "$LAUNCH" start
        runs_once
        "$LAUNCH" kill
        # Nor does it keep the passwords of a worker that is over.
        [ -z "$(find "$RECORD" -name worker -o -name home)" ]
    done
    # With the settings whole it is known what is to run.
    put_back
    : >"$PLANNED/run"
    run "$LAUNCH" status
    [ "$output" = 'one: dead' ]
    "$LAUNCH" tend
    wait_for runs_once
    [ "$(ps -o ni= -p "$(worker_pid one)" | tr -d ' ')" -eq 3 ]
    "$LAUNCH" kill
    [ -z "$(find "$RECORD" -name worker)" ]
    # Before that file is there nothing was planned.
    put_back
    rm "$PLANNED/run"
    "$LAUNCH" tend
    wait_for runs_once
    [ "$(ps -o ni= -p "$(worker_pid one)" | tr -d ' ')" -eq 0 ]
    "$LAUNCH" kill
    [ -z "$(find "$RECORD" -name worker)" ]
}

@test "a plan that is damaged before the drain ends is told as well" {
    forget
    touch "$(seen one busy)"
    "$LAUNCH" start
    pid=$(worker_pid one)
    run "$LAUNCH" restart --stop-timeout=1
    [ "$status" -eq 75 ]
    : >"$(planned_of "$RECORD")/worker"
    [ "$("$LAUNCH" status)" = 'one: draining' ]
    rm "$(seen one busy)"
    wait_for fails is_running "$pid"
    wait_for are_alive 0
    is_told status
    is_told tend
    "$LAUNCH" start
    runs_once
}

# nice_is VALUE: the worker runs with it
nice_is() {
    [ "$(ps -o ni= -p "$(worker_pid one)" | tr -d ' ')" -eq "$1" ]
}

@test "what was to follow does, though whoever began it was killed, or had no room" {
    local way count

    for way in killed full; do
        dead_with_planned
        if [ "$way" = killed ]; then
            CELERY_TMUX_DIE_AT='writing current' run strace -qqo \
                "$SCRATCH/calls" -e trace=rename "$DYING" succeed "$RECORD"
            [ "$status" -eq 137 ]
            count=$(grep -c '^rename' "$SCRATCH/calls")
        else
            run strace -qqo "$SCRATCH/calls" -e trace=rename \
                -e "inject=rename:error=ENOSPC:when=$((count + 1))" \
                "$LAUNCH" succeed "$RECORD"
            grep 'current".*INJECTED' "$SCRATCH/calls"
            [ "$status" -eq 69 ]
        fi
        is_current 1
        are_alive 0
        "$LAUNCH" tend
        wait_for runs_once
        nice_is 3
        # Of what was begun before nothing stays.
        [ "$(find "$RECORD" -name worker)" = "$(run_of "$RECORD")/worker" ]
        "$LAUNCH" kill
    done
    # Who ends the worker means that, too.
    dead_with_planned
    CELERY_TMUX_DIE_AT='writing current' run "$DYING" succeed "$RECORD"
    "$LAUNCH" kill
    [ -z "$(find "$RECORD" -name worker -o -name home)" ]
    "$LAUNCH" tend
    are_alive 0
}

@test "a plan that was taken away does not follow when a disk brings it back" {
    dead_with_planned
    cp -a "$PLANNED" "$SCRATCH/brought-back"
    traced stop
    calls | grep -x 'directory celery-one/runs/N'
    "$LAUNCH" start --autorestart=false
    [ ! -e "$PLANNED" ]
    mv "$SCRATCH/brought-back" "$PLANNED"
    kill -KILL "$(worker_pid one)"
    wait_for worker_is one dead
    "$LAUNCH" tend
    wait_for runs_once
    nice_is 0
    "$LAUNCH" kill
    [ -z "$(find "$RECORD" -name worker -o -name home)" ]
}

@test "what is no run is none, and what was never begun goes" {
    forget
    "$LAUNCH" start
    mkdir "$RECORD"/runs/{junk,123,00000009,0000000x,000000010}
    : >"$RECORD/runs/00000008"
    mkdir -p "$SCRATCH/others/files"
    ln -s "$SCRATCH/others" "$RECORD/runs/00000007"
    [ "$("$LAUNCH" status)" = 'one: running' ]
    [ -z "$("$LAUNCH" tend)" ]
    "$LAUNCH" restart
    runs_once
    [ "$(head -c 8 "$RECORD/current")" = 00000010 ]
    [ ! -e "$RECORD/runs/00000009" ]
    # Nor is a link followed.
    [ -d "$SCRATCH/others/files" ]
    [ ! -L "$RECORD/runs/00000007" ]
    "$LAUNCH" stop
    worker_is one stopped
}

@test "however often runner and worker are killed, five ends and no more stay" {
    local number

    dead
    for number in 1 2 3 4 5 6 7; do
        "$LAUNCH" start
        [ $((number % 2)) -eq 0 ] ||
            kill -KILL "$(runner_pid one)" "$(worker_pid one)"
    done
    ls "$RECORD"/runs/*
    [ "$(find "$RECORD/runs" -name end | wc -l)" -le 5 ]
    [ "$(find "$RECORD/runs" -maxdepth 1 -name '0*' | wc -l)" -le 6 ]
    # The settings of the last one only: the others' may have a password that
    # was changed since.
    [ "$(find "$RECORD" -name worker)" = "$(run_of "$RECORD")/worker" ]
}

# beside: a worker that runs, and one before it that drains
beside() {
    forget
    touch "$(seen one busy)"
    "$LAUNCH" start
    "$LAUNCH" restart --surge >/dev/null
    wait_for are_alive 4
    OLD=$RECORD/runs/00000001
    is_current 2
}

@test "kill ends one beside the current whose record is damaged, too" {
    beside
    : >"$OLD/run"
    "$LAUNCH" kill --now
    are_alive 0
    # One that is not ready yet.
    forget
    "$LAUNCH" start
    touch "$(seen one slow)"
    "$LAUNCH" restart --surge --no-wait
    wait_for are_alive 4
    : >"$RECORD/runs/00000002/run"
    "$LAUNCH" kill --now
    are_alive 0
}

@test "kill --all finds one whose record is damaged and whose worker is over" {
    beside
    run "$LAUNCH" stop --stop-timeout=1
    [ "$status" -eq 75 ]
    kill -KILL "$(worker_pid one)"
    wait_for are_alive 2
    [ -z "$(find "$RECORD" -path "$OLD" -prune -o -name worker -print)" ]
    : >"$OLD/run"
    has_worker two
    "$LAUNCH" kill --all --now
    are_alive 0
}

@test "of an older run whose record is damaged nothing stays" {
    beside
    : >"$OLD/run"
    # Its runner writes it anew, and it drains as before.
    "$LAUNCH" tend
    [ "$("$LAUNCH" status)" = 'one: running, draining (1)' ]
    are_alive 4
    kill -KILL "$(sed -n 's/^runner \([0-9]*\) .*/\1/p' "$OLD/run")"
    wait_for are_alive 3
    : >"$OLD/run"
    # What no runner watches over is for a person to end, who is told so.
    "$LAUNCH" tend
    are_alive 3
    run "$LAUNCH" kill
    [ "$status" -eq 75 ]
    [[ $output = *'its processes are still running; end them with kill '* ]]
    rm "$(seen one busy)"
    wait_for are_alive 0
    "$LAUNCH" start
    [ ! -e "$OLD" ]
    runs_once
}

@test "a run that is buried, and whose pane is not known, takes no other's" {
    beside
    pid=$(worker_pid one)
    sed -n 's/^\(runner\|mainprocess\) \([0-9]*\) .*/\2/p' "$OLD/run" |
        xargs kill -KILL
    wait_for are_alive 2
    sed -i 's/^pane .*/pane /; /^# sum/d' "$OLD/run"
    "$LAUNCH" tend
    [ ! -e "$OLD/run" ]
    runs_once
    [ "$(worker_pid one)" = "$pid" ]
    rm "$(seen one busy)"
}

# flatten: the record as an earlier version had it
flatten() {
    mv "$(run_of "$RECORD")"/* "$RECORD"
    rm -r "$RECORD"/current "$RECORD"/runs/*
    mv "$RECORD/end" "$RECORD/runs/1"
}

@test "what an earlier version has begun is looked after where it lies" {
    dead
    flatten
    [ "$("$LAUNCH" status)" = 'one: dead' ]
    "$LAUNCH" tend
    wait_for runs_once
    is_current 1
    # Of its files none is left there.
    (cd "$RECORD" && find . -maxdepth 1 ! -name stuck ! -name tended | sort |
        diff - <(printf '%s\n' . ./current ./lock ./origin ./runs ./wanted))
    # One of its runners begins there, and stays there.
    for what in kill restart stop; do
        dead
        flatten
        # With its last session the server would end, beside the next one.
        tmux has-session -t =other: 2>/dev/null ||
            tmux new-session -d -s other 'sleep 6410' 3>&-
        sed -i 's/^state .*/state starting/; s/^runner .*/runner 0 0/; /^# sum/d' \
            "$RECORD/run"
        tmux kill-session -t =celery-one:
        tmux new-session -d -s celery-one \
            "exec '$LAUNCH' run '$RECORD'" 3>&-
        tmux set-option -t =celery-one: @celery-tmux "$RECORD"
        wait_for runs_once
        [ ! -e "$RECORD/current" ]
        [ -z "$("$LAUNCH" tend)" ]
        pid=$(worker_pid one)
        "$LAUNCH" "$what"
        fails is_running "$pid"
        if [ "$what" = restart ]; then
            runs_once
            is_current 1
            [ ! -e "$RECORD/worker" ]
        else
            are_alive 0
            worker_is one stopped
            [ -z "$(find "$RECORD" -name worker)" ]
        fi
    done
}

@test "tend tells it as seldom as it would try" {
    dead
    : >"$(run_of "$RECORD")/run"
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
    local other=${RECORD%/*}/celery-two copied

    dead
    cp -a "$RECORD" "$other"
    copied=$(run_of "$other")
    sed -i 's/^session .*//; /^# sum/d' "$copied/run"
    run "$LAUNCH" tend
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *"$copied/worker is"* ]]
    wait_for runs_once
    # Nor is the run of one the other's.
    cp "$(run_of "$RECORD")/run" "$copied/run"
    rm "$other/tended"
    run "$LAUNCH" tend
    [ "$status" -eq 69 ]
    [[ $output = *"$copied/run is"* ]]
    run "$LAUNCH" --queue two status
    [[ $output = *"two: broken"* ]]
    are_alive 2
}

@test "what a later version wrote is no worker that is down" {
    dead
    sed -i 's/^state .*/state suspended/; /^# sum/d' "$(run_of "$RECORD")/run"
    is_told status
    is_told tend
    are_alive 0
}

# calls: what a traced command did to files of the record, a word a line
calls() {
    sed -E 's,/runs/[0-9]{8}\>,/runs/N,g' "$SCRATCH/trace" | sed -n -E \
        -e 's!.*fsync\([0-9]+<.*celery-one/([a-z/N]+)\.[0-9]+>.*!sync \1!p' \
        -e 's!.*fsync\([0-9]+<.*(celery-one[a-z/N]*)>.*!directory \1!p' \
        -e 's!.*rename[^"]*"[^"]*", .*celery-one/([a-zN/]+)".*!rename \1!p'
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
directory celery-one
directory celery-one/runs
directory celery-one/runs/N
sync origin
rename origin
sync runs/N/home
rename runs/N/home
sync runs/N/worker
rename runs/N/worker
sync runs/N/run
rename runs/N/run
directory celery-one/runs/N
sync runs/N/run
rename runs/N/run
directory celery-one/runs/N
sync current
rename current
directory celery-one
END
    traced stop
    calls | tee "$SCRATCH/did"
    diff - "$SCRATCH/did" <<'END'
sync wanted
rename wanted
directory celery-one
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
