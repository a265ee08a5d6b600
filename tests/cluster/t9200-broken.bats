#!/usr/bin/env bats
#
# A rolling restart with a configuration that cannot start: it ends with the
# first nodes, all others go on with the old one, and `apply` mends it.

load ../integration/lib
load nodes
load load

# names_behind WORDS: the nodes in the line with these words, one a line
names_behind() {
    # shellcheck disable=SC2154 # run sets it
    "$LAUNCH" hosts \
        "$(sed -n "s/^pdsh@.* $1 (\([^)]*\)).*/\1/p" <<<"$output")"
}

@test "what cannot start stops with the first nodes; apply brings all to what can" {
    local failed rest

    configured 'pool = "solo";'
    launch -w "$ALL" -- start
    send_load
    wait_for -t 120 has_ended 1 6
    # The head cannot know that a module of the app is missing on nodes.  Each
    # finds out before it ends anything.
    configured 'pool = "solo"; include = "a_module_that_nobody_has";'
    sampling_begin
    run launch -f 2 -w "$ALL" -- restart
    sampling_end
    echo "$output"
    [ "$status" -eq 69 ]
    [ "$(grep -c 'celery: was not restarted and goes on' <<<"$output")" -eq \
        "$NODES" ]
    [ "$(sampled | value down)" -eq 0 ]

    # Without that.
    configured 'pool = "solo"; include = "a_module_that_nobody_has";
        preflight = false;'
    sampling_begin
    PDSH_CELERY_FAILFAST=1 run launch -f 2 -w "$ALL" -- restart
    sampling_end
    echo "$output"
    [ "$status" -eq 69 ]
    failed=$(names_behind failed)
    rest=$(names_behind 'not begun')
    [ "$(wc -l <<<"$failed")" -le 3 ]
    [ "$(sort <<<"$failed"$'\n'"$rest")" = "$(nodes)" ]
    [ "$(sampled | value down)" -le 3 ]

    # What is dead says so, all others run as they did, and do all tasks.
    run launch -w "$ALL" -- status
    [ "$(grep -c ': celery: dead$' <<<"$output")" -eq \
        "$(wc -l <<<"$failed")" ]
    [ "$(grep -c ': celery: running (drifted)$' <<<"$output")" -eq \
        "$(wc -l <<<"$rest")" ]
    all_done once
    [ -z "$(tally starts "$EVENTS")" ]
    tell "a broken configuration, two nodes at a time under $TASKS tasks:" \
        "$(tally count "$EVENTS"), failed on $(wc -l <<<"$failed")," \
        "$(wc -l <<<"$rest") of $NODES nodes not touched; $(as_loaded)"

    configured 'pool = "solo"; nice = 1;'
    run launch -f 4 -w "$ALL" -- apply
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c ': celery: started' <<<"$output")" -eq \
        "$(wc -l <<<"$failed")" ]
    [ "$(grep -c ': celery: restarted' <<<"$output")" -eq \
        "$(wc -l <<<"$rest")" ]
    all_are running
    # A second one finds nothing to do.
    run launch -w "$ALL" -- apply
    [ "$status" -eq 0 ]
    fails grep -v -e '^sync: ' -e '^$' <<<"$output"
    tally starts "$EVENTS"
    [ "$(tally starts "$EVENTS" | grep -c ' 1$')" -eq "$NODES" ]
    [ "$(tally starts "$EVENTS" | wc -l)" -eq "$NODES" ]

    launch -w "$ALL" -- kill
    nothing_left_on_nodes
}
