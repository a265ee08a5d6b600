#!/usr/bin/env bats
#
# What asking costs: `status` of ten running workers is answered from their
# records and from /proc alone.  What is counted has a ceiling, for a count is
# the same on a busy machine: raise one only with a reason.

load lib
load stand-in

setup_file() {
    begin_file
    {
        echo 'workers = ('
        for number in {0..9}; do
            [ "$number" -eq 0 ] || echo ,
            echo "{ queue = \"q$number\"; celery_cmd = \"$(
                stand_in "q$number")\"; }"
        done
        echo ');'
    } | configure
    "$LAUNCH" start
}

@test "status of ten running workers starts no process and asks no tmux" {
    # LeakSanitizer cannot work where strace does.
    ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 \
        strace -f -o "$SCRATCH/trace" -e trace=process,network \
        "$LAUNCH" status >"$SCRATCH/said"
    [ "$(grep -c ': running$' "$SCRATCH/said")" -eq 10 ]
    [ "$(grep -c 'execve(' "$SCRATCH/trace")" -eq 1 ]
    grep -v nscd "$SCRATCH/trace" >"$SCRATCH/calls"
    fails grep -E '(fork|vfork|clone|clone3)\(|tmux-0|connect\(' \
        "$SCRATCH/calls"
}

# elsewhere: ceilings of calls and instructions are a tenth above what was
# counted on Debian 12 with gcc, -Os and on x86_64; other compilers and
# libraries differ, so there they only have to be of that size
elsewhere() {
    # shellcheck disable=SC1091
    (. /etc/os-release && [ "$ID $VERSION_ID" != 'debian 12' ]) ||
        [ "$(uname -m)" != x86_64 ] ||
        fails grep -qs '^cc .* -Os -g -Wl,' "$(dirname "$LAUNCH")/flags"
}

# within_budget WHAT COUNT CEILING
within_budget() {
    echo "$said: $2 $1 (at most $3)"
    [ "$2" -le "$3" ] || over=yes
}

# budget PROCESSES TMUX WRITTEN CALLS INSTRUCTIONS COMMAND...: at most so many
# processes that it creates, calls of tmux or of its socket, files that it
# writes, makes, renames or removes, system calls, and instructions
budget() {
    local trace=$SCRATCH/trace said="${*:6}" over='' times=1 instructions

    # What these builds add is not ours.
    fails grep -qs -e --coverage -e -fsanitize "$(dirname "$LAUNCH")/flags" ||
        skip 'this build counts, too'
    ! elsewhere || times=3
    strace -f -qq -o "$trace" "$LAUNCH" "${@:6}" >"$SCRATCH/said"
    within_budget processes \
        "$(grep -cE '^[0-9]+ +(clone3?|v?fork)\(' "$trace")" "$1"
    within_budget 'calls of tmux' \
        "$(grep -cE 'execve\("[^"]*/tmux"|connect\(.*tmux-' "$trace")" "$2"
    # Every program opens that one, as often as a descriptor below 3 lacks.
    grep -vF '"/dev/null"' "$trace" >"$SCRATCH/calls"
    within_budget 'files written' \
        "$(grep -cE -e 'open(at)?\(.*O_(WRONLY|RDWR|CREAT)' \
            -e ' (rename|unlink|link|symlink|mkdir|rmdir|mknod|truncate)[a-z0-9]*\(' \
            "$SCRATCH/calls")" "$3"
    within_budget 'system calls' "$(grep -c '(' "$trace")" $((times * $4))
    instructions=$(valgrind --tool=callgrind --trace-children=yes \
        --callgrind-out-file="$SCRATCH/callgrind.%p" "$LAUNCH" "${@:6}" \
        2>&1 >"$SCRATCH/said" | awk '/Collected : / { sum += $NF }
            END { print sum + 0 }')
    [ "$instructions" -gt 0 ]
    within_budget instructions "$instructions" $((times * $5))
    [ -z "$over" ]
}

@test "status of ten running workers stays within its budget" {
    budget 0 0 0 508 3320000 status
    budget 0 0 0 813 4788000 status --json
}

@test "tend of ten running workers stays within its budget" {
    budget 0 0 0 425 1295000 tend
    [ ! -s "$SCRATCH/said" ]
}

@test "hosts stays within its budget" {
    budget 0 0 0 94 1529000 hosts 'node[0001-1000]'
    [ "$(wc -l <"$SCRATCH/said")" -eq 1000 ]
    budget 0 0 0 97 5715000 hosts --fold 'node[0001-1000],node[0500-2000]'
    [ "$(cat "$SCRATCH/said")" = 'node[0001-2000]' ]
}

# said_of PAGE: what `make figures` wrote into it
said_of() {
    sed -e '1,/^<!-- BEGIN PEERS/d' -e '/^<!-- END PEERS/,$d' "$ROOT/$1" |
        grep -v '^$'
}

@test "tables against peers are what the data say" {
    cd "$ROOT/tests/bench/data"
    for page in README.md:readme tests/bench/RESULTS.md:results; do
        said_of "${page%:*}" >"$SCRATCH/told"
        [ -s "$SCRATCH/told" ]
        "$PYTHON" -IS ../peers/figures.py "${page#*:}" ./*.csv |
            grep -v '^$' | diff "$SCRATCH/told" -
    done
}

@test "kill --now of ten workers looks through /proc twice a worker at most" {
    local scans

    strace -f -qq -o "$SCRATCH/trace" -e 'trace=/^open(at)?$' \
        "$LAUNCH" kill --now >"$SCRATCH/said"
    [ "$(grep -c ': killed$' "$SCRATCH/said")" -eq 10 ]
    scans=$(grep -c '"/proc", ' "$SCRATCH/trace")
    echo "$scans scans"
    [ "$scans" -le 20 ]
}
