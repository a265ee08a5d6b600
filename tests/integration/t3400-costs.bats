#!/usr/bin/env bats
#
# What asking costs: `status` of ten running workers is answered from their
# records and from /proc alone.

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
}

@test "status of ten running workers starts no process and asks no tmux" {
    "$LAUNCH" start
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
