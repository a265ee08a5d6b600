# shellcheck shell=bash
#
# streams.bash - a board over streams of nodes that are a stand-in's: what each
# test of one begins and ends with, and what the nodes say.  Loaded behind lib
# and board.

setup_file() {
    begin_file
    streams
}

setup() {
    board_is_built
    rm -rf "${STREAMS:?}"/*
}

teardown() {
    [ -n "${BATS_TEST_COMPLETED-}" ] || shown
    board_end
    end_test
    wait_for no_leftovers
}

# three: nodes with two workers each, alike but for what they count
three() {
    local node

    for node in node001 node002 node003; do
        worker "$node" celery '.waiting = 7'
        worker "$node" gpu '.busy = 0 | .processes = 2 | .memory_mib = 2048
            | .revision = "0123456789abcdef"'
    done
}

# streams: pdsh is a stand-in from now on
streams() {
    STREAMS=$SCRATCH/streams
    export STREAMS
    mkdir -p "$SCRATCH/bin" "$STREAMS"
    ln -sf "$ROOT/tests/integration/stream-stand-in" "$SCRATCH/bin/pdsh"
    PATH=$SCRATCH/bin:$PATH
}

# worker NODE NAME [JQ]: NODE says that it runs; JQ changes what it says
worker() {
    jq -nc --arg name "$2" '{ worker: $name, queue: $name,
        session: ("celery-" + $name), state: "running", drifted: [],
        since: "2026-01-01T00:00:00Z", pid: 10, mainprocess: 11,
        runner_gone: false, restart_limit_reached: false, stuck: false,
        trouble: null, busy: 1, processes: 4, done: 10, failed: 0,
        waiting: null, healed: 0, last_task: null, tasks: [],
        memory_mib: 100, revision: null, last_run: null } | '"${3-.}" \
        >>"$STREAMS/$1"
}
