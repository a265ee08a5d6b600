#!/usr/bin/env bats
# bats file_tags=long
#
# Surge under load: all nodes are restarted at once, none of them is without a
# worker for a moment, and every task is done, once.  Beside it the same
# restart, two nodes at a time and without surge; only in `make check-cluster`.

load ../integration/lib
load nodes
load load

# with_hosts: the head's configuration, with nodes for -W
with_hosts() {
    site <<END
defaults = {
    app = "load"; worker_dir = "/srv/shared/app"; broker = "$BROKER";
    pool = "solo"; prefetch_multiplier = 1; mingle = false;
    stop_timeout = 60; start_timeout = 300;
};
workers = ( { queue = "celery"; hosts = "$ALL"; } );
END
}

# all_restart TITLE DOWN PDSH-OPTION... -- WORD...: under load, with so many
# nodes down at most
all_restart() {
    local title=$1 down=$2 began ended figures

    shift 2
    with_hosts
    launch -W celery -- start
    send_load
    wait_for -t 300 has_ended 1 6
    sampling_begin
    weighing_begin
    began=$EPOCHREALTIME
    run launch -W celery "$@"
    ended=$EPOCHREALTIME
    sampling_end
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c ': celery: restarted$' <<<"$output")" -eq "$NODES" ]
    all_done once
    figures=$(tally rolling "$EVENTS" "$began" "$ended")
    tell "$BROKER_NAME, restart of $NODES nodes under $TASKS tasks, $title:" \
        "$(tally count "$EVENTS") $figures; records: $(sampled); MiB of" \
        "memory: $(weighed); $(as_loaded)"
    # As the workers themselves have it, and as the records have it.
    [ "$(value down <<<"$figures")" -le "$down" ]
    [ "$(sampled | value down)" -le "$down" ]
    [ "$(sampled | value looks)" -ge 20 ]
    [ "$(tally starts "$EVENTS" | grep -c ' 1$')" -eq "$NODES" ]
    launch -W celery -- kill
    nothing_left_on_nodes
}

@test "two nodes at a time, without surge" {
    all_restart 'two at a time' 2 -f 2 -- restart
}

@test "all nodes at once, by surge: none is ever without a worker" {
    all_restart 'all at once by surge' 0 -- restart --surge
}
