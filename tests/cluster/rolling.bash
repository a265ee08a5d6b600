# shellcheck shell=bash
#
# rolling.bash - the rolling restart under load, for several brokers and
# pools.  Loaded behind load.

# roll TITLE [ONCE]: restart all nodes, two at a time, while they work
roll() {
    local began ended figures

    launch -w "$ALL" -- start
    send_load
    wait_for -t 120 has_ended 1 6
    sampling_begin
    began=$EPOCHREALTIME
    run launch -f 2 -w "$ALL" -- restart
    ended=$EPOCHREALTIME
    sampling_end
    # shellcheck disable=SC2154 # run sets them
    echo "$output"
    # shellcheck disable=SC2154
    [ "$status" -eq 0 ]
    [ "$(grep -c ': celery: restarted$' <<<"$output")" -eq "$NODES" ]
    all_done "${2-}"
    figures=$(tally rolling "$EVENTS" "$began" "$ended")
    tell "$BROKER_NAME, $1: restart of $NODES nodes, two at a time, under" \
        "$TASKS tasks: $(tally count "$EVENTS") $figures; records:" \
        "$(sampled); $(as_loaded)"
    # As the workers themselves have it, and as the records have it.
    [ "$(value down <<<"$figures")" -eq 2 ]
    [ "$(sampled | value down)" -le 2 ]
    [ "$(sampled | value looks)" -ge 50 ]
    [ "$(tally starts "$EVENTS" | grep -c ' 1$')" -eq "$NODES" ]

    launch -w "$ALL" -- kill
    nothing_left_on_nodes
}
