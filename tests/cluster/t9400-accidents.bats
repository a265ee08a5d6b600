#!/usr/bin/env bats
# bats file_tags=long
#
# Accidents in the middle of a fan-out, under load: afterwards one `apply`
# makes everything as configured, and no task was cut off but by a node that
# lost its power.  Only in `make check-cluster`.

load ../integration/lib
load nodes
load load

setup_file() {
    begin_file
    export TASKS=${TASKS:-$((${NODES:-4} >= 20 ? 1000 : 100))}
    load_ready
    [ -z "${SKIP-}" ] || return 0
    # As in the sample for ssh, so that a lost node is given up.
    cluster exec head cp "$ROOT/etc/ssh_config.d/celery-tmux.conf" \
        /etc/ssh/ssh_config.d
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
    configured 'pool = "solo";'
    launch -w "$ALL" -- start
    send_load
    wait_for -t 120 has_ended 1 10
}

# What a lost node had taken would come back within the hour.
teardown() {
    [ -z "${SKIP-}" ] || return 0
    [ -n "${BATS_TEST_COMPLETED-}" ] || left_on_nodes
    launch -w "$ALL" -- kill >/dev/null 2>&1 || true
    cluster exec head redis-cli -h head FLUSHALL
}

# begin_roll [PDSH-OPTION]...: a rolling restart to another configuration, in
# the background
begin_roll() {
    configured 'pool = "solo"; nice = 1;'
    launch "$@" -w "$ALL" -- restart >"$SCRATCH/roll" 2>&1 3>&- &
    roll=$!
}

# end_roll: its status, in $rolled
end_roll() {
    rolled=0
    wait "$roll" || rolled=$?
    cat "$SCRATCH/roll"
}

# have_started COUNT: so many nodes have a new worker
have_started() {
    [ "$(tally starts "$EVENTS" | wc -l)" -ge "$1" ]
}

# is_under_way NODE: the restart has reached it and is not through with it
is_under_way() {
    grep -q '^state \(draining\|starting\)$' \
        "$(run_of "$STATE/$1/celery-celery")/run"
}

# one_command_mends: all is as configured by one `apply`, and another one has
# nothing to do
one_command_mends() {
    run launch -f 4 -w "$ALL" -- apply
    # shellcheck disable=SC2154 # run sets them
    echo "$output"
    # shellcheck disable=SC2154
    [ "$status" -eq 0 ]
    all_are running
    run launch -w "$ALL" -- apply
    [ "$status" -eq 0 ]
    fails grep -v -e '^sync: ' -e '^$' <<<"$output"
    # One worker on each node, and it has the new setting.
    [ "$(on_head pdsh -R ssh -w "$ALL" ps -u tester -o ni=,args= |
        grep -c '^node[0-9]*: *1 .*celery .*worker')" -eq "$NODES" ]
}

# kill_on_head: pdsh, and all its ssh; by pid, for the head sees the processes
# of nodes as well
kill_on_head() {
    local pids

    while pids=$(cluster exec head pgrep -x -u tester 'pdsh|pdsh\.bin|ssh'); do
        # shellcheck disable=SC2086 # words
        cluster exec head kill -KILL $pids || true
    done
}

# each_started TIMES
each_started() {
    tally starts "$EVENTS"
    [ "$(tally starts "$EVENTS" | grep -c " $1\$")" -eq "$NODES" ]
}

report() {
    tell "$1, $NODES nodes, $TASKS tasks: $(tally count "$EVENTS")," \
        "$(unacknowledged) unacknowledged; $(as_loaded)"
}

@test "the head is killed in mid-fan-out" {
    begin_roll -f 4
    wait_for -t 120 have_started $((NODES / 4))
    kill_on_head
    end_roll
    [ "$rolled" -ne 0 ]
    fails have_started "$NODES"
    one_command_mends
    # Who had the new one, or was about to get it, was not touched again.
    each_started 1
    all_done once
    report "head killed in mid-fan-out (status $rolled)"
}

@test "two heads at once, each with a configuration of its own" {
    begin_roll -f 2
    # The other one wants other settings, and goes the other way round.
    node node001 sh -c 'umask 077; cat >/tmp/site.conf' < <(
        cluster exec tester@head sed 's/nice = 1;/nice = 2;/' /tmp/site.conf)
    run node node001 env PDSH_MODULE_DIR=/srv/modules PDSH_RCMD_TYPE=celery \
        pdsh -f 2 -w "$(nodes | sort -r | tr '\n' ',')" \
        celery-tmux-launch -c /tmp/site.conf restart
    echo "$output"
    other=$status
    # Where they met, the one whose settings are not in force is told.
    [ "$other" -eq 0 ] || [ "$other" -eq 75 ]
    end_roll
    [ "$rolled" -eq 0 ] || [ "$rolled" -eq 75 ]
    one_command_mends
    all_done once
    report "two heads at once (statuses $other and $rolled)"
}

@test "a node is cut off for ten seconds" {
    begin_roll -f 2
    wait_for -t 120 is_under_way node003
    cluster cut node003
    sleep 10
    cluster heal node003
    end_roll
    [ "$rolled" -eq 0 ]
    one_command_mends
    each_started 1
    all_done once
    report "a node cut off for ten seconds (status $rolled)"
}

@test "a node reboots in mid-restart" {
    begin_roll -f 2
    wait_for -t 120 is_under_way node003
    cluster reboot node003
    wait_for on_head ssh -o ConnectTimeout=2 node003 true
    end_roll
    [ "$rolled" -ne 0 ]
    one_command_mends
    wait_for -t 300 is_quiet
    report "a node reboots in mid-restart (status $rolled)"
    tally cut "$EVENTS"
    # What it worked on is lost; what it had taken comes back some day.
    fails grep -v ' node003$' < <(tally cut "$EVENTS")
    [ $(($(counted begun) + $(unacknowledged))) -ge "$TASKS" ]
    [ $(($(counted ended) + $(counted cut) + $(unacknowledged))) -ge "$TASKS" ]
    [ "$(counted twice)" -eq 0 ]
}
