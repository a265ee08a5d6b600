#!/usr/bin/env bats
#
# umask, nice and nofile are the worker's alone: what its runner starts behind
# it, the next worker and maybe a tmux server, has none of them.

load lib
load stand-in

setup_file() {
    begin_file
    mkdir "$SCRATCH/seen"
}

setup() {
    forget
}

# one [SETTING]...
one() {
    configure <<END
defaults = { worker_dir = "$APP_DIR"; stop_timeout = 20; };
workers = ( { queue = "one"; celery_cmd = "$(stand_in one)"; $* } );
END
}

# has MAIN-OR-RUNNER: "NICE UMASK SOFT-LIMIT" of that process
has() {
    local pid

    pid=$(worker_field one "$1")
    echo "$(ps -o ni= -p "$pid" | tr -d ' ')" \
        "$(sed -n 's/^Umask:\t//p' "/proc/$pid/status")" \
        "$(awk '/^Max open files/ { print $4 }' "/proc/$pid/limits")"
}

@test "a successor that its predecessor started has its own limits" {
    one
    "$LAUNCH" start
    before=$(has mainprocess)
    one 'umask = "077"; nice = 5; nofile = 100;'
    "$LAUNCH" restart
    [ "$(has mainprocess)" = '5 0077 100' ]
    [ "$(has pid)" = "$before" ]

    # It drains longer than anybody waits; its session's server goes with it.
    touch "$(seen one busy)"
    one
    run "$LAUNCH" restart --stop-timeout=1
    [ "$status" -eq 75 ]
    rm "$(seen one busy)"
    wait_for eval '[ "$(starts one)" -eq 3 ]'
    wait_for worker_is one running
    [ "$(has mainprocess)" = "$before" ]
    [ "$(has pid)" = "$before" ]
}

@test "a limit that is not permitted is a sentence, with a setup command too" {
    local without=()

    # Root may go below any nice value, but not without that capability.
    [ "$(id -u)" -ne 0 ] || without=(setpriv --bounding-set=-sys_nice)
    for setup in '' 'worker_setup_cmd = "true";'; do
        one "nice = -5; $setup"
        run "${without[@]}" "$LAUNCH" start
        echo "$output"
        [ "$status" -eq 69 ]
        [[ $output = *'did not start: it ended with status 77'* ]]
        [[ $output = *'cannot set nice to -5: '* ]]
    done
}
