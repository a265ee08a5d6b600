#!/usr/bin/env bats
# bats file_tags=sanitized
#
# status --json --follow: a line a change, and no more; it ends with who reads.

load lib
load stand-in

setup_file() {
    begin_file
    redis_start
    configure <<END
defaults = { broker = "$REDIS_URL"; worker_dir = "$APP_DIR"; };
workers = (
    { name = "real"; queue = "real"; app = "tasks"; pool = "solo"; },
    { name = "other"; queue = "other"; celery_cmd = "$(stand_in other)"; }
);
END
}

setup() {
    STREAM=$SCRATCH/stream
}

teardown() {
    end_test
    [ -z "${follower-}" ] || kill "$follower" 2>/dev/null || true
    end_all
}

# follow [WORD]...: a stream into $STREAM; its pid in $follower
follow() {
    "$LAUNCH" status --json --follow "$@" >"$STREAM" 2>"$SCRATCH/errors" \
        3>&- </dev/null &
    follower=$!
    disown "$follower"
    wait_for test -s "$STREAM"
}

# lines FILTER: how many lines of the stream jq takes
lines() {
    jq -c "select($1)" "$STREAM" | wc -l
}

# has FILTER: is there such a line?
has() {
    [ "$(lines "$1")" -gt 0 ]
}

# last NAME KEY: of the last line about it
last() {
    jq -rc --arg name "$1" --arg key "$2" \
        'select(.worker == $name) | .[$key]' "$STREAM" | tail -n 1
}

last_is() {
    [ "$(last "$1" "$2")" = "$3" ]
}

# beats COUNT: so many looks have been without a change
beats() {
    [ "$(grep -c '^$' "$STREAM")" -ge "$1" ]
}

@test "a worker has a line, and one more for each change alone" {
    follow
    wait_for beats 3
    # Nothing has happened: one line each, as status --json has it.
    diff <(grep . "$STREAM") <("$LAUNCH" status --json)
    "$LAUNCH" start other
    wait_for last_is other state running
    [ "$(last real state)" = stopped ]
    [ "$(lines '.worker == "real"')" -eq 1 ]
    # Killed by its user, it is seen to be.
    pid=$(worker_pid other)
    "$LAUNCH" kill --now other
    wait_for last_is other state stopped
    [ "$(jq -c --argjson pid "$pid" 'select(.mainprocess == $pid)' "$STREAM" |
        wc -l)" -ge 1 ]
    # No line stands twice in a row.
    jq -c 'select(.worker == "other")' "$STREAM" | uniq -d | fails grep .
    [ ! -s "$SCRATCH/errors" ]
}

@test "it tells what runs, how long, and how much memory that takes" {
    "$LAUNCH" start real
    follow real
    mkdir "$SCRATCH/notes"
    touch "$SCRATCH/notes/held"
    send_tasks -q real sleep 0 a "$SCRATCH/notes"
    wait_for has '.tasks[0].name == "tasks.sleep"'
    wait_for has '.tasks[0].began | fromdate > now - 300 and . != null'
    has '.memory_mib > 10 and .memory_mib < 10000'
    has '.busy == 1'
    # status -v has it too.
    "$LAUNCH" status -v real | grep 'running: tasks.sleep'
    rm "$SCRATCH/notes/held"
    wait_for last_is real "done" 1
    wait_for last_is real tasks '[]'
}

@test "a worker that is killed is seen without anybody's help" {
    "$LAUNCH" start --autorestart=false other
    follow other
    wait_for last_is other state running
    kill -KILL "$(worker_pid other)"
    wait_for last_is other state dead
}

@test "with --all a worker appears that the configuration does not have" {
    follow --all
    [ "$(lines '.worker == "fresh"')" -eq 0 ]
    "$LAUNCH" start --config=- fresh <<END
workers = ( { queue = "fresh"; worker_dir = "$APP_DIR";
              celery_cmd = "$(stand_in fresh)"; } );
END
    wait_for has '.worker == "fresh" and .state == "running"'
}

# ends_with WHAT...: that reads one line and goes; then it ends
ends_with() {
    "$LAUNCH" status --json --follow 3>&- </dev/null 2>"$SCRATCH/errors" |
        "$@" >"$SCRATCH/read"
    [ -s "$SCRATCH/read" ]
    wait_for fails ours "$LAUNCH status --json --follow"
    [ ! -s "$SCRATCH/errors" ]
}

@test "it ends with its reader, whether it has something to say or not" {
    ends_with head -n 1
    ends_with head -n 5
    # The reader is killed, while SIGPIPE is ignored.
    mkfifo "$SCRATCH/fifo"
    rm -f "$STREAM"
    (trap '' PIPE; exec "$LAUNCH" status --json --follow >"$SCRATCH/fifo" \
        2>"$SCRATCH/errors" 3>&- </dev/null) 3>&- &
    follower=$!
    disown "$follower"
    cat "$SCRATCH/fifo" >"$STREAM" 3>&- &
    reader=$!
    wait_for test -s "$STREAM"
    kill -KILL "$reader"
    wait_for fails is_running "$follower"
}

@test "without --json there is nothing to follow" {
    run "$LAUNCH" status --follow
    [ "$status" -eq 64 ]
    [[ $output = *"status follows with --json alone; add it, or use top" ]]
}
