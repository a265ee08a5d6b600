#!/usr/bin/env bats
#
# celery-tmux-top on the head of a cluster under load: one connection a node,
# and accidents are seen.  On 20 nodes in `make check-cluster`.

load ../integration/lib
load ../integration/board
load nodes
load load

setup_file() {
    begin_file
    export TASKS=${TASKS:-$((${NODES:-3} >= 20 ? 2000 : 60))}
    NODES=${NODES:-3}
    load_ready
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
    board_is_built
    configured 'pool = "solo"; autorestart = false;'
    launch -w "$ALL" -- start
}

teardown() {
    [ -n "${BATS_TEST_COMPLETED-}" ] || [ -n "${SKIP-}" ] || shown
    board_end
    [ -n "${BATS_TEST_COMPLETED-}" ] || [ -n "${SKIP-}" ] || left_on_nodes
}

# board_on_head WORD...: top there, as the user
board_on_head() {
    local line

    line=$(printf '%q ' "$BATS_TEST_DIRNAME/cluster" exec tester@head \
        env -C /srv/home/tester PDSH_MODULE_DIR=/srv/modules \
        PDSH_RCMD_TYPE=celery celery-tmux-launch top -c /tmp/site.conf "$@")
    on_board new-session -d -x 100 -y 40 -s board \
        "$line; echo \"ended with \$?\"; exec sleep 1000"
}

# followers: how many streams run on all nodes
followers() {
    on_head pdsh -R ssh -w "$ALL" pgrep -fc '[s]tatus.*--follow' 2>/dev/null |
        awk '{ sum += $2 } END { print sum + 0 }'
}

no_followers() {
    [ "$(followers)" -eq 0 ]
}

# how_long COMMAND...: until it succeeds, in ms, in $took
how_long() {
    local begin=${EPOCHREALTIME/./}

    wait_for -t 60 "$@"
    took=$(((${EPOCHREALTIME/./} - begin) / 1000))
}

# ends_with TEXT: what is shown
ends_with() {
    [ "$(shown | grep . | tail -n 1)" = "$1" ]
}

@test "all nodes are on the board, and accidents are seen" {
    board_on_head -w "$ALL"
    wait_for -t 60 shows "^$NODES nodes; $NODES workers: $NODES running"
    [ "$(followers)" -eq "$NODES" ]
    # One ssh a node, and nothing that listens.
    [ "$(cluster exec head pgrep -c -f '^ssh .*status.*--follow')" -eq "$NODES" ]
    send_load
    wait_for -t 60 shows '^celery .* [1-9][0-9.]* +0 '
    # A worker is killed.
    pid=$(node node002 celery-tmux-launch status --json --all |
        jq .mainprocess)
    cluster exec node002 kill -KILL "$pid"
    how_long shows '^celery +node002 +dead'
    tell "a killed worker was seen after $took ms"
    # Its key brings it back: with the configuration of the head.
    press Home r
    wait_for shows '^restart celery on node002\?'
    press y
    wait_for -t 60 shows 'node002: celery: (re)?started'
    wait_for -t 60 shows 'press Enter'
    press Enter
    wait_for shows "^$NODES nodes; $NODES workers: $NODES running"
    # Its session, which the node's own configuration does not have.
    press /
    press -l node003
    press Enter a
    wait_for -t 60 shows 'celery@node003 ready|ready\.|Task '
    press C-b d
    # What was called before has left such a line on the screen behind.
    wait_for -t 60 ends_with 'ended with 0; press Enter'
    press Enter
    wait_for shows '^celery +node003 +running'
    press Escape
    # A node dies, and comes back.
    cluster kill node003
    how_long shows '^celery +node003 +(silent|lost)'
    tell "a node without power was seen after $took ms"
    wait_for shows "^$NODES nodes, 1 (silent|lost)"
    wait_for -t 60 shows '^celery +node003 +lost'
    cluster reboot node003
    wait_for -t 120 shows '^celery +node003 +dead'
    press q
    wait_for shows '^ended with 0'
    wait_for no_followers
    fails cluster exec head pgrep -f 'pdsh.*--follow'
}

@test "its end, whichever, leaves no stream behind" {
    board_on_head -W celery
    wait_for shows '^ended with 64'
    board_end
    board_on_head -w "$ALL"
    wait_for -t 60 shows "^$NODES nodes; $NODES workers"
    cluster exec head pkill -KILL -f '^[^ ]*celery-tmux-top'
    wait_for -t 60 no_followers
    wait_for fails cluster exec head pgrep -f 'pdsh.*--follow'
    # A node that cannot be reached at all says why.
    cluster stop node001
    board_end
    board_on_head -w "$ALL"
    wait_for -t 60 shows '^(-|celery) +node001 +lost'
    press Home
    wait_for shows '^- on node001: lost, ssh: connect.*refused'
    cluster start node001
    wait_for -t 60 shows "^$NODES nodes; $NODES workers"
}
