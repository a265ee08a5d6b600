#!/usr/bin/env bats
# bats file_tags=sanitized
#
# log_keep: what a worker prints stays in its record, no more than it may, and
# logs reads it by time and by words, waits for a line, and reads it when the
# worker has long ended.

load lib
load stand-in
load kept-log

setup_file() {
    log_file_begin
    configure <<END
defaults = { worker_dir = "$APP_DIR"; stop_timeout = 5; };
workers = (
    { queue = "one"; log_keep = "64K"; celery_cmd = "$(stand_in one)"; },
    { queue = "two"; celery_cmd = "$(stand_in two)"; }
);
END
}

# size_kept: bytes in the log's directory
size_kept() {
    cat "$RECORD"/log/* | wc -c
}

@test "nothing is kept unless that is asked for" {
    "$LAUNCH" start two
    [ ! -e "${RECORD/%one/two}/log" ]
    run "$LAUNCH" logs two --since 10m
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *'two has kept no log; set log_keep, as in log_keep = "64M", and restart it' ]]
}

@test "what was printed is kept for its owner alone, and read by words and lines" {
    "$LAUNCH" start one
    seq -f 'line %g' 100 | say one
    wait_for kept 'line 100$'
    [ -z "$(find "$RECORD/log" -type d ! -perm 700 -o -type f ! -perm 600)" ]
    [ "$("$LAUNCH" logs one --grep '^line 7.$')" = "$(seq -f 'line %g' 70 79)" ]
    [ "$("$LAUNCH" logs one --grep 'line' -n 2)" = "$(seq -f 'line %g' 99 100)" ]
    [ "$("$LAUNCH" logs one --since 1h | head -n 1)" = 'stand-in is ready' ]
    [ "$("$LAUNCH" logs one --since 1h | tail -n 1)" = 'line 100' ]
    [ -z "$("$LAUNCH" logs one --grep 'no such line')" ]
}

@test "a much larger output leaves no more than log_keep, and its end" {
    "$LAUNCH" start one
    seq -f 'number %g' 300000 | say one
    wait_for kept 'number 300000$'
    size=$(size_kept)
    echo "$size"
    [ "$size" -le 65536 ]
    [ "$size" -ge 32768 ]
    # Nothing is missing in the middle, whichever piece it is in.
    "$LAUNCH" logs one --grep '^number' >"$SCRATCH/lines"
    first=$(head -n 1 "$SCRATCH/lines")
    seq -f 'number %.0f' "${first#number }" 300000 >"$SCRATCH/all"
    cmp "$SCRATCH/all" "$SCRATCH/lines"
}

@test "runs of a moment do not pile up" {
    mkdir -p "$RECORD/log"
    (cd "$RECORD/log" && seq -f '%08.0f-a' 600 | xargs touch)
    "$LAUNCH" start one
    wait_for kept ready
    pieces=$(find "$RECORD/log" -type f ! -name '*.times' | wc -l)
    echo "$pieces"
    [ "$pieces" -le 256 ]
}

@test "an ended run, and the one before, can be read; a log that is given up goes" {
    "$LAUNCH" start one
    echo 'in the first run' | say one
    "$LAUNCH" restart one
    echo 'in the second run' | say one
    "$LAUNCH" stop one
    [ "$("$LAUNCH" logs one --grep ' run$')" = 'in the first run
in the second run' ]
    run_apart "$LAUNCH" logs one -n 2
    # shellcheck disable=SC2154 # by run_apart
    echo "$output; $stderr"
    [ "$status" -eq 3 ]
    [ "$output" = 'in the second run
stand-in ends' ]
    [[ $stderr = *'one is not running; these lines are the last that it kept' ]]
    "$LAUNCH" start one --log-keep=0
    [ -z "$(ls "$RECORD/log")" ]
}

# says_and_ended, for wait_for: print what is waited for; did that end?
says_and_ended() {
    printf 'before\ntask 17 done\nbehind\n' | say one
    ended "$SCRATCH/waited"
}

@test "--until returns with the line, 75 when none comes, and reads back with --since" {
    "$LAUNCH" start one
    run timeout 60 "$LAUNCH" logs one --until 'no such' --timeout 1
    echo "$output"
    [ "$status" -eq 75 ]
    [[ $output = *'no line that one printed within 1 s matches "no such"'* ]]
    in_background "$SCRATCH/waited" "$LAUNCH" logs one --until 'task [0-9]+ done'
    # It waits for what comes from now on; how far it is can't be seen.
    wait_for says_and_ended
    [ "$(cat "$SCRATCH/waited.status")" = 0 ]
    [ "$(tail -n 1 "$SCRATCH/waited")" = 'task 17 done' ]
    wait_for kept '17 done'
    [ "$("$LAUNCH" logs one --until '17 done' --since 1h --timeout 60 |
        grep -c 'task')" = 1 ]
    # Only what matches is shown, and the line that was waited for.
    [ "$("$LAUNCH" logs one --until 'task' --grep ready --since 1h)" = \
        'stand-in is ready
task 17 done' ]
}

@test "--until waits for a worker that starts later" {
    in_background "$SCRATCH/waited" \
        "$LAUNCH" logs one --until 'is ready' --timeout 60 --since 1h
    "$LAUNCH" start one
    wait_for ended "$SCRATCH/waited"
    [ "$(cat "$SCRATCH/waited")" = 'stand-in is ready' ]
    [ "$(cat "$SCRATCH/waited.status")" = 0 ]
}

@test "-f follows from one run into the next, and shows what matches" {
    "$LAUNCH" start one
    "$LAUNCH" logs one -f --grep 'ready' --since 1h >"$SCRATCH/followed" 3>&- &
    follower=$!
    wait_for grep -q ready "$SCRATCH/followed"
    "$LAUNCH" restart one
    wait_for eval '[ "$(grep -c ready "$SCRATCH/followed")" -eq 2 ]'
    kill "$follower"
}

@test "nothing that a worker prints reaches the terminal raw, and no line is endless" {
    "$LAUNCH" start one
    printf '\033[31mred\033[0m \033]0;title\007 \0\377\302\200 end\n' | say one
    wait_for kept ' end$'
    [ "$("$LAUNCH" logs one --grep 'red')" = 'red 0;title? ?? end' ]
    head -c 200000 /dev/zero | tr '\0' x | say one
    printf '\nlast\n' | say one
    wait_for kept '^last$'
    "$LAUNCH" logs one --since 1h >"$SCRATCH/lines"
    LC_ALL=C fails grep -n '[^ -~]' "$SCRATCH/lines"
    [ "$(wc -L <"$SCRATCH/lines")" -le 65536 ]
    # Bytes that are no text at all.
    head -c 100000 /dev/urandom | say one
    printf '\nafter noise\n' | say one
    wait_for kept '^after noise$'
}

@test "--draining reads the old worker alone, and waits no longer than it lives" {
    "$LAUNCH" start one
    echo 'from the old one' | say one
    old=$(worker_field one mainprocess)
    touch "$(seen one busy)"
    "$LAUNCH" restart one --surge
    echo 'from the new one' | say one
    wait_for kept 'from the new one'
    [ "$("$LAUNCH" logs one --grep '^from' | wc -l)" = 2 ]
    [ "$("$LAUNCH" logs one --draining --grep '^from')" = 'from the old one' ]
    fails grep new <<<"$("$LAUNCH" logs one --draining --since 1h)"
    # What the new one prints is not what is waited for.
    in_background "$SCRATCH/waited" \
        "$LAUNCH" logs one --draining --until 'new one|at last' --since 1h
    in_background "$SCRATCH/ended" \
        "$LAUNCH" logs one --draining --until never --since 1h
    echo 'at last' >"$(seen one say)"
    kill -USR1 "$old"
    wait_for ended "$SCRATCH/waited"
    [ "$(tail -n 1 "$SCRATCH/waited")" = 'at last' ]
    [ "$(cat "$SCRATCH/waited.status")" = 0 ]
    wait_for grep -q 'at last' "$SCRATCH/ended"
    rm "$(seen one busy)"
    wait_for ended "$SCRATCH/ended"
    cat "$SCRATCH/ended"
    [ "$(cat "$SCRATCH/ended.status")" = 3 ]
    grep -q 'the old worker of one has ended, and no line that' "$SCRATCH/ended"
    run "$LAUNCH" logs one --draining --grep from
    [ "$status" -eq 3 ]
}

# move_times SECONDS: as if all that is kept had been printed that much later
move_times() {
    sed -i -E "s/^([0-9]+) /echo \$((\1 + $1)) /e" "$RECORD"/log/*.times
}

@test "--since goes by the time of each line, and by no clock that was wrong" {
    "$LAUNCH" start one
    echo 'two hours old' | say one
    wait_for kept 'hours old'
    "$LAUNCH" stop one
    move_times -7200
    "$LAUNCH" start one
    echo 'from now' | say one
    wait_for kept 'from now'
    "$LAUNCH" stop one
    [ "$("$LAUNCH" logs one --since 3h --grep '(old|now)$' | wc -l)" = 2 ]
    [ "$("$LAUNCH" logs one --since 1h --grep '(old|now)$')" = 'from now' ]
    # As if the clock had been a year ahead, and was set back.
    move_times 31536000
    "$LAUNCH" start one
    echo 'since then' | say one
    wait_for kept 'since then'
    [ "$("$LAUNCH" logs one --since 1h --grep '(old|now|then)$')" = \
        'since then' ]
    [ "$("$LAUNCH" logs one --grep '(old|now|then)$')" = 'two hours old
from now
since then' ]
    # Without its times a piece is as old as its last change.
    rm "$RECORD"/log/*.times
    touch -d '3 hours ago' "$RECORD"/log/*
    [ -z "$("$LAUNCH" logs one --since 1h)" ]
    [ "$("$LAUNCH" logs one --since 4h --grep '(old|now|then)$' | wc -l)" = 3 ]
}

@test "who follows ends with whoever reads, though nothing is printed" {
    local pid

    "$LAUNCH" start one
    wait_for kept 'stand-in is ready'
    mkfifo "$SCRATCH/read"
    "$LAUNCH" logs one -f --since 1h >"$SCRATCH/read" 3>&- &
    pid=$!
    head -n 1 "$SCRATCH/read"
    wait_for fails is_running "$pid"
}

@test "a new worker that fails leaves what the old one kept" {
    "$LAUNCH" start one
    wait_for kept 'stand-in is ready'
    echo 5 >"$(seen one fail)"
    run "$LAUNCH" restart one --surge --log-keep=0
    rm "$(seen one fail)"
    [ "$status" -eq 69 ]
    kept 'stand-in is ready'
}

@test "what is wrong is a sentence" {
    while IFS='|' read -r words sentence; do
        eval "run \"\$LAUNCH\" logs $words"
        echo "$words: $output"
        [ "$status" -eq 64 ]
        [[ $output = *"$sentence"* ]]
    done <<'END'
one --since soon|--since is "soon"; write a time as in 90s, 10m, 2h or 3d
one --since 10|write a time
one --since 99999999999999d|write a time
one --grep '('|; write an extended regular expression
one --until '[' --timeout 1|--until is "["
one --timeout 1|--timeout is for --until; leave it out
one --until x --timeout soon|--timeout is "soon"; write a number of seconds
one --until x -n 3|-n does not go with --until here; --since says where
one --last-run --grep x|--last-run shows the last lines of that run alone
one two --until x|--until waits for one worker; name one
END
}
