#!/usr/bin/env bats
# bats file_tags=soak,long
#
# Every system call of a command fails once, and the power fails at every
# moment: a few out of all of them, at random.  `make check-faults` tries all,
# and tests/faults says what is tried, and what has to be so then.
#
# FAULTS is for how many seconds each; WORN how many commands are let loose on
# ten workers, of which `make soak` takes 5,000.

load lib

setup_file() {
    begin_file
    unshare --pid --fork --mount-proc --ipc true 2>/dev/null ||
        export SKIP='needs root, for a machine of its own for each trial'
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
}

# tried COMMAND...: a tool of tests/faults, and its figure
tried() {
    run "$ROOT/tests/faults/$1" "${@:2}"
    echo "$output"
    [ "$status" -eq 0 ]
    tell "${lines[-1]}"
}

@test "a call fails, or is where the command is cut off" {
    mapfile -t three < <(shuf -n 3 -e start start-kept stop stop-orphan kill \
        kill-deaf restart surge apply apply-gone apply-down tend tend-orphan \
        tend-down sync status)
    tried calls --seconds "${FAULTS:-8}" --jobs 2 "${three[@]}"
    fails grep -q '^0 faults' <<<"$output"
}

@test "the power fails" {
    tried power-cut --every 25 --seconds "${FAULTS:-8}" --jobs 2 cuts
    fails grep -q '^0 disks' <<<"$output"
}

@test "a byte of a record is another" {
    tried power-cut --seconds "${FAULTS:-6}" flips
}

@test "ten workers, killed and out of disk: nothing grows" {
    tried soak "${WORN:-40}"
}
