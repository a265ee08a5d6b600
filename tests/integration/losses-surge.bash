# shellcheck shell=bash
# shellcheck disable=SC2034 # losses-many.bash has it
#
# losses-surge.bash - workers with more to do than they can are restarted again
# and again, by surge or without; every task is looked at, and ten times a
# second how many processes may take one.  Loaded behind losses-many.
#
# A combination is a broker, a pool, a way, and perhaps `late`, for acks_late:
# redis-prefork-surge, rabbit-threads-plain-late.
#
# TASKS says how many tasks there are, THREADS what percentage of them threads
# get, which take them more slowly, LONGEST how many seconds one may take, LONG
# how many every fiftieth takes, SURGES how many restarts, BEFORE the seconds
# before them, BETWEEN those between them, PROCESSES those of a worker.

begin_surges() {
    export NOTES="$SCRATCH/notes" TASKS=${TASKS:-200} THREADS=${THREADS:-40}
    export LONGEST=${LONGEST:-0.6} LONG=${LONG:-5} SURGES=${SURGES:-2}
    export BEFORE=${BEFORE:-4} BETWEEN=${BETWEEN:-1} PROCESSES=${PROCESSES:-4}
    mkdir "$NOTES"
    redis_start
    ! rabbit_exists || rabbit_start
}

# choose COMBINATION: for the functions below
choose() {
    name=$1 notes=$NOTES/$1
    IFS=- read -r broker pool way late <<<"$1"
    children=0 tasks=$TASKS
    if [ "$pool" != prefork ]; then
        children=$PROCESSES
        tasks=$((TASKS * THREADS / 100))
    fi
}

# prepare COMBINATION...: all in one configuration
prepare() {
    local one number=0 workers=''

    for one; do
        choose "$one"
        mkdir "$notes"
        workers+="${workers:+,} { queue = \"$name\"; pool = \"$pool\";
            surge = $([ "$way" = surge ] && echo true || echo false);
            broker = \"$(broker_url "$number")\"; environment = ( \"LIVES=$notes/lives\",
            \"LATE=$late\", \"CELERY_RESULT_BACKEND=disabled://\" ); }"
        number=$((number + 1))
    done
    configure <<END
defaults = {
    app = "surged"; worker_dir = "$APP_DIR"; concurrency = $PROCESSES;
    mingle = false; stop_timeout = 120; start_timeout = 180; surge_max = 100;
    preflight = false; autorestart = false;
};
workers = ( $workers );
END
}

# surged WORD...: surged.py; for a subshell
surged() {
    LATE='' in_app "$PYTHON" surged.py "$@"
}

mark() {
    echo "$1 $EPOCHREALTIME" >>"$notes/marks"
}

# restart_amid: the combination's worker, while it works
restart_amid() {
    local round

    sleep "$BEFORE"
    mark begin
    for ((round = 0; round < SURGES; round++)); do
        "$LAUNCH" restart "$name" || return
        sleep "$BETWEEN"
    done
    mark end
}

is_done() {
    [ "$(grep -c '^end ' "$notes/tokens")" -ge "$tasks" ] &&
        [ "$(held)" -eq 0 ]
}

# figures: tasks a second before and during, as long as there are enough, their
# quotient, the fewest processes and MainProcesses that could take tasks, and
# the seconds of all restarts
figures() {
    "$PYTHON" -IS - "$notes" $((tasks - 3 * PROCESSES)) <<'END'
import sys

notes, enough = sys.argv[1], int(sys.argv[2])
samples = [list(map(float, line.split())) for line in open(notes + "/samples")]
marks = dict(line.split() for line in open(notes + "/marks"))
begin, end = float(marks["begin"]), float(marks["end"])
samples = samples[next(i for i, s in enumerate(samples) if s[3]):]


def rate(since, until):
    some = [s for s in samples if since <= s[0] <= until and s[1] <= enough]
    return (some[-1][1] - some[0][1]) / (some[-1][0] - some[0][0])


work = [s for s in samples if s[0] <= end]
before = rate(samples[0][0], begin)
during = rate(begin, end)
print("%.2f %.2f %.2f %d %d %.0f" % (
    before, during, during / before, min(s[2] for s in work),
    min(s[3] for s in work), end - begin))
END
}

# judge: tell the combination's figures; fails when there is any fault
judge() {
    local once twice lost before during quotient able mains took

    wait_for -t "$((120 + tasks))" is_done || true
    touch "$notes/enough"
    once=$(sed -n 's/^begin //p' "$notes/tokens" | sort | uniq -u | wc -l)
    twice=$(sed -n 's/^begin //p' "$notes/tokens" | sort | uniq -d | wc -l)
    lost=$((tasks - $(tokens_ended "$notes")))
    read -r before during quotient able mains took < <(figures)
    tell "$name: $SURGES restarts in $took s, $tasks tasks: $once done once," \
        "$lost lost, $twice twice, $(held) held; $before a second before," \
        "$during during: $quotient; at least $able of $PROCESSES processes" \
        "could take tasks"
    [ "$lost $(held)" = '0 0' ] || return
    # Celery gives a task that it has not ended to another, with acks_late.
    [ "$twice" -eq 0 ] || [ -n "$late" ] || return
    [ "$way" != surge ] ||
        { [ "$able" -ge "$PROCESSES" ] && [ "$mains" -ge 1 ]; }
}

# endure COMBINATION...: side by side
endure() {
    local one pid pids=() failed=0

    prepare "$@"
    for one; do
        choose "$one"
        (surged send "$tasks" "$LONGEST" "$LONG" "$name" "$notes")
        (surged watch "$children" "$notes") >"$notes/watch" 2>&1 3>&- &
    done
    "$LAUNCH" start
    for one; do
        choose "$one"
        restart_amid >"$notes/log" 2>&1 3>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || failed=1
    done
    for one; do
        choose "$one"
        judge || failed=1
    done
    if [ "$failed" -ne 0 ]; then
        tail -n 20 "$NOTES"/*/log "$NOTES"/*/watch
        return 1
    fi
    "$LAUNCH" kill
    no_leftovers
}
