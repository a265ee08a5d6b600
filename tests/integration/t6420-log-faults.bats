#!/usr/bin/env bats
#
# A kept log when all is killed in mid-write, after a boot, on a full disk,
# without its directory, behind a planted link: the worker goes on, and what
# was kept is read.

load lib
load stand-in
load kept-log

setup_file() {
    log_file_begin
    configure <<END
defaults = { worker_dir = "$APP_DIR"; stop_timeout = 30; log_keep = "1M"; };
workers = ( { queue = "one"; celery_cmd = "$(stand_in one)"; } );
END
}

# kept_now TEXT PATTERN, for wait_for: print it; is what matches kept by now?
kept_now() {
    echo "$1" | say one
    kept "$2"
}

@test "all is killed in mid-write: what was kept is there, and the next run adds to it" {
    "$LAUNCH" start one
    server=$(tmux display-message -p -t =celery-one: '#{pid}')
    seq -f 'number %.0f' 3000000 >"$(seen one say)"
    main=$(worker_field one mainprocess) runner=$(runner_pid celery-one)
    kill -USR1 "$main"
    wait_for kept 'number [0-9]{5,}'
    seen=$("$LAUNCH" logs one --grep '^number [0-9]+$' -n 2 | head -n 1)
    # The runner first, for it would start another at once.
    kill -KILL "$runner" "$main" "$server"
    wait_for fails is_running "$runner"
    run "$LAUNCH" logs one --grep '^number'
    [ "$status" -eq 0 ]
    # Every number from the first to the last, of which the end may be cut; but
    # a disk that was too slow is told.
    first=${lines[0]#number } last=${lines[-2]#number }
    echo "$first to $last; seen before: $seen"
    [ "$last" -ge "${seen#number }" ]
    cmp <(seq -f 'number %.0f' "$first" "$last") \
        <(printf '%s\n' "${lines[@]:0:${#lines[@]}-1}") ||
        kept 'bytes were not kept here: the disk'
    rm -f "$(seen one say)"
    # After a boot it is read as well, and the next run goes on behind it.
    sed -i -e 's/^boot .*/boot another/' -e '/^# sum/d' \
        "$(run_of "$RECORD")/run"
    [ "$("$LAUNCH" logs one --grep "^number $last\$")" = "number $last" ]
    run "$LAUNCH" logs one -n 3
    [ "$status" -eq 3 ]
    [[ $output = *"number $last"$'\n'* ]]
    "$LAUNCH" start one
    echo 'the next run' | say one
    wait_for kept '^the next run$'
    [ "$("$LAUNCH" logs one --grep "^number $last\$|^the next" |
        tail -n 2)" = "number $last
the next run" ]
}

@test "a log whose directory went is begun anew" {
    "$LAUNCH" start one
    echo 'before' | say one
    wait_for kept before
    rm -r "$RECORD/log"
    # Within a second of its last look the run cannot know.
    wait_for kept_now behind behind
    [ "$(worker_field one state)" = running ]
}

@test "a link in the log's place is not followed" {
    mkdir "$SCRATCH/elsewhere"
    "$LAUNCH" start one
    "$LAUNCH" stop one
    rm -r "$RECORD/log"
    ln -s "$SCRATCH/elsewhere" "$RECORD/log"
    "$LAUNCH" start one
    echo 'through a link' | say one
    "$LAUNCH" stop one
    [ -z "$(ls "$SCRATCH/elsewhere")" ]
    run "$LAUNCH" logs one --since 1h
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *"cannot open $RECORD/log: "* ]]
    rm "$RECORD/log"
}

@test "a limit of the size of files ends no runner" {
    "$LAUNCH" start one
    prlimit --fsize=20000:unlimited --pid "$(runner_pid celery-one)"
    seq -f 'number %.0f' 30000 | say one
    [ "$("$LAUNCH" status one)" = 'one: running' ]
    wait_for eval '[ -n "$(find "$RECORD/log" -type f -size 20000c)" ]'
    prlimit --fsize=unlimited:unlimited --pid "$(runner_pid celery-one)"
    wait_for kept_now more 'bytes were not kept here: File too large'
}

@test "nor does it end without a word of how its worker ended" {
    local runner

    "$LAUNCH" start one --autorestart=false
    runner=$(runner_pid celery-one)
    seq -f 'number %0400.0f' 300 | say one
    prlimit --fsize=20000:unlimited --pid "$runner"
    kill -KILL "$(worker_pid celery-one)"
    wait_for fails is_running "$runner"
    [[ $("$LAUNCH" status -v one) = *'ended by signal 9 (Killed)'* ]]
}

@test "signals that mean nothing to it end no runner" {
    "$LAUNCH" start one
    kill -USR1 "$(runner_pid celery-one)"
    kill -USR2 "$(runner_pid celery-one)"
    echo 'still here' | say one
    [ "$("$LAUNCH" status one)" = 'one: running' ]
}

@test "a start that may write no files says so" {
    (ulimit -f 1 && fails "$LAUNCH" start one 2>"$SCRATCH/said")
    cat "$SCRATCH/said"
    grep -q 'File too large' "$SCRATCH/said"
}

full() {
    cat /dev/zero >"$HOME/.local/zero" 2>/dev/null
    seq -f 'number %.0f' 300000 | say one || return
    [ "$("$LAUNCH" status one)" = 'one: running' ] || return
    rm "$HOME/.local/zero"
    wait_for kept_now more 'not kept here: No space left'
    echo 'room again' | say one
    wait_for kept 'room again'
}

@test "a full disk stops no worker, and the log says what is missing" {
    needs_own_mounts
    mkdir "$HOME/.local"
    export -f full kept kept_now say seen fails wait_for worker_field
    # shellcheck disable=SC2016 # for the inner shell
    unshare --mount --propagation private bash -c '
        mount -t tmpfs -o size=2m small "$HOME/.local" &&
        "$LAUNCH" start one && full && "$LAUNCH" kill one'
    no_leftovers
}
