#!/usr/bin/env bats
# bats file_tags=long
#
# For comparison: what restarts cost that sites do by pdsh without celery-tmux,
# under the same load.  Two restarts of all nodes, four at a time, while tasks
# run, every twentieth of which leaves a process of its own session behind.
# Only in `make check-cluster`.

load ../integration/lib
load nodes
load load

setup_file() {
    begin_file
    export TASKS=${TASKS:-$((${NODES:-4} >= 20 ? 1000 : 100))}
    load_ready
    [ -n "${SKIP-}" ] || make_ways
}

# kill(2) with -1 is for all processes of the user, on that node alone.
teardown() {
    local name

    [ -z "${SKIP-}" ] || return 0
    for name in $(nodes); do
        node "$name" /usr/bin/python3 -ISc \
            'import os; os.getpid() == 1 or os.kill(-1, 9)' || true
    done
    cluster exec head redis-cli -h head FLUSHALL
}

# make_ways: a script for each, with the words start, restart and stop
make_ways() {
    local options='-Q celery -c 2 --without-mingle --prefetch-multiplier=1'
    local worker="celery -A load worker $options"

    mkdir "$SHARED/shared/ways"
    # What StarCluster's plugin does.  The server goes with its last session,
    # and whoever calls it just then is turned away.
    way starcluster <<END
[ "\$1" = start ] || tmux kill-session -t celery-celery
[ "\$1" = stop ] || until tmux new-session -d -s celery-celery '$worker'; do
    sleep 0.1
done
END
    way multi <<END
[ "\$1" = start ] || celery multi stopwait one -A load \
    --pidfile=/tmp/%n.pid --logfile=/tmp/%n.log
[ "\$1" = stop ] || celery multi start one -A load $options \
    --pidfile=/tmp/%n.pid --logfile=/tmp/%n.log
END
    pkill_way pkill
    pkill_way pkill -9
}

# pkill_way WORD...: $worker is the caller's
pkill_way() {
    way "$(tr -d ' ' <<<"$*")" <<END
[ "\$1" = start ] || { $* -f 'celery -A load worker'; sleep 5; }
if [ "\$1" != stop ]; then nohup $worker >/tmp/log 2>&1 </dev/null & fi
END
}

# way NAME: standard input becomes its script
way() {
    {
        echo '#!/bin/bash'
        echo "export CELERY_BROKER_URL=$BROKER"
        echo 'cd /srv/shared/app || exit'
        cat
    } >"$SHARED/shared/ways/$1"
    chmod 755 "$SHARED/shared/ways/$1"
}

# ours WORD, by SCRIPT WORD: start, restart or stop on all nodes
ours() {
    launch -f 4 -w "$ALL" -- "${1/stop/kill}"
}

by() {
    on_head pdsh -R ssh -f 4 -w "$ALL" "/srv/shared/ways/$1" "$2"
}

# begun_or_quiet PART WHOLE: a way may lose more than what is left to begin
begun_or_quiet() {
    [ "$(counted begun)" -ge $((TASKS * $1 / $2)) ] || is_quiet
}

# all_are_up: each node has had a worker that was ready
all_are_up() {
    [ "$(tally starts "$EVENTS" | wc -l)" -eq "$NODES" ]
}

# compare TITLE COMMAND...: and print the row of the table
compare() {
    local title=$1 round began took=0 left

    shift
    on_head truncate -s 0 /srv/shared/notes/events
    "$@" start
    wait_for -t 300 all_are_up
    send_load 20
    for round in 1 2; do
        wait_for -t 300 begun_or_quiet "$round" 4
        began=$SECONDS
        "$@" restart
        took=$((took + SECONDS - began))
    done
    wait_for -t 600 is_quiet
    "$@" stop
    wait_for -t 60 is_quiet
    left=$(left_on_nodes)
    echo "$left" | head -n 20
    tell "| $title | $(counted cut) | $((TASKS - $(counted begun))) |" \
        "$(unacknowledged) | $(counted twice) |" \
        "$(grep -c left-behind <<<"$left") |" \
        "$(grep -c 'celery' <<<"$left") | $((took / 2)) | $(as_loaded)"
}

@test "ours: nothing cut off, nothing left" {
    tell "| $NODES nodes, $TASKS tasks | cut off | not begun | held back" \
        "| twice | left by tasks | left of workers | a restart, s |"
    configured 'concurrency = 2;'
    compare "pdsh celery-tmux-launch restart" ours
    [ "$(counted ended)" -eq "$TASKS" ]
    [ "$(counted cut)" -eq 0 ]
    nothing_left_on_nodes
}

@test "StarCluster's commands by pdsh" {
    compare "StarCluster: kill-session, new-session" by starcluster
    [ "$(counted ended)" -gt 0 ]
}

@test "celery multi by pdsh" {
    compare "celery multi stopwait, start" by multi
    [ "$(counted ended)" -gt 0 ]
}

@test "pkill by pdsh" {
    compare "pkill -f, sleep 5, nohup" by pkill
    [ "$(counted ended)" -gt 0 ]
    teardown
    compare "pkill -9 -f, sleep 5, nohup" by pkill-9
    [ "$(counted ended)" -gt 0 ]
}
