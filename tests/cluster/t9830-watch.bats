#!/usr/bin/env bats
#
# watch on a cluster, over real ssh: nothing is left on the head or on a node,
# however it ends, and a node that was cut off is found again.

load ../integration/lib
load nodes

setup_file() {
    begin_file
    cluster_ready
    [ -z "$SKIP" ] || return 0
    site <<'END2'
workers = ( {
    queue = "gpu"; pool = "solo"; app = "tasks"; worker_dir = "/srv/shared/app";
    broker = "redis://head/0"; mingle = false;
} );
END2
    launch -f 4 -w "$ALL" -- start
}

teardown_file() {
    [ -n "${SKIP-}" ] || launch -w "$ALL" -- kill --now
    cluster_down
    end_file
}

teardown() {
    [ -n "${BATS_TEST_COMPLETED-}" ] || [ -n "${SKIP-}" ] || {
        seen
        left_on_nodes
        left_on_head
    }
}

# seat: somebody on the head watches all nodes, in a terminal of 200x60
seat() {
    on_head tmux kill-session -t =seat: 2>/dev/null || true
    on_head tmux new-session -d -s seat -x 200 -y 60 \
        "celery-tmux-launch -c /tmp/site.conf watch -w $ALL gpu; sleep 1000"
    wait_for -t 120 all_seen
}

seen() {
    on_head tmux capture-pane -p -t =seat:
}

all_seen() {
    [ "$(seen | grep -o ' node[0-9]* ─' | sort -u | wc -l)" -eq "$NODES" ] &&
        [ "$(watching_on_nodes | wc -l)" -eq "$NODES" ]
}

# watching_on_nodes: what is there of a watch, a line each
watching_on_nodes() {
    on_head pdsh -R ssh -w "$ALL" ps -u tester -o args= 2>&1 |
        grep -e 'launch --node=.*--beats' |
        grep -v -e 'sh -c' || true
}

left_on_head() {
    on_head ps -u tester -o pid=,args= |
        grep -e 'launch.* watch ' -e 'launch tile' -e '[p]dsh -R celery -N' \
            -e '[s]sh .*--beats' -e 'tmux .*watch' | grep -v 'sleep 1000' || true
    on_head find /tmp -user tester -name 'celery-tmux-watch-*' 2>/dev/null
}

nothing_is_left() {
    left_on_head
    watching_on_nodes
    left_on_nodes | grep -e beats -e 'tmux.* -C'
    [ -z "$(left_on_head)" ] && [ -z "$(watching_on_nodes)" ] &&
        [ -z "$(on_head pdsh -R ssh -w "$ALL" pgrep -u tester -fa \
            "'[t]mux.* -C '" 2>/dev/null)" ]
}

# pid_of WORDS: on the head
pid_of() {
    on_head pgrep -u tester -f "$1" | head -n 1
}

@test "watch on all nodes; ended in every way, nothing is left" {
    local way begin

    for way in q window server KILL TERM ssh; do
        begin=${EPOCHREALTIME/./}
        seat
        tell "watch on $NODES nodes: all tiles after" \
            "$(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
        case $way in
        q) on_head tmux send-keys -t =seat: q ;;
        window) on_head tmux kill-session -t =seat: ;;
        server)
            on_head kill -KILL "$(pid_of '[t]mux .*new-session -d -s watch')" ;;
        # The person's own connection to the head goes: so does the terminal.
        ssh) on_head kill -KILL "$(on_head tmux display-message -p '#{pid}')" ;;
        *) on_head kill "-$way" "$(pid_of 'launch .*[w]atch -w')" ;;
        esac
        wait_for -t 60 nothing_is_left
    done
    # And nobody's worker was touched.
    [ "$(launch -w "$ALL" -- status | grep -c ': gpu: running$')" -eq "$NODES" ]
}

@test "a node that is cut off says so and is found again; its end is told" {
    seat
    cluster cut node002
    wait_for -t 120 eval 'seen | grep -q " node002 (.*again in"'
    cluster heal node002
    wait_for -t 120 all_seen
    # Cut off at the very end, it is rid of it when it is back.
    cluster cut node002
    on_head tmux send-keys -t =seat: q
    cluster heal node002
    wait_for -t 120 nothing_is_left
}
