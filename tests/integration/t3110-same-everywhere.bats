#!/usr/bin/env bats
# bats file_tags=sanitized
#
# What one node takes and another would not, and what turns every restart
# cold, is refused on all: by the same sentence, and before anything is
# touched.

load lib
load stand-in

setup_file() {
    begin_file
    configure_with ''
}

# configure_with SETTINGS...: of one worker that is up in a moment
configure_with() {
    configure <<END
workers = ( { queue = "celery"; celery_cmd = "$(stand_in celery)"; $* } );
END
}

# refused SENTENCE COMMAND...: with 78, and $runner is not touched
refused() {
    local sentence=$1

    shift
    run "$LAUNCH" "$@"
    echo "$output"
    [ "$status" -eq 78 ]
    [[ $output = *"$sentence"*'cut tasks off'* ]]
    configure_with ''
    [ "$(runner_pid celery)" = "$runner" ]
}

@test "REMAP_SIGTERM is refused wherever it can be written" {
    "$LAUNCH" start
    runner=$(runner_pid celery)
    for form in 'environment = { A = "1"; REMAP_SIGTERM = "SIGQUIT"; };' \
        'environment = ( "A=1", "REMAP_SIGTERM=SIGQUIT" );' \
        'environment = ( "REMAP_SIGTERM=" );'; do
        configure_with "$form"
        refused 'environment sets REMAP_SIGTERM' restart
        configure_with "$form"
        refused 'environment sets REMAP_SIGTERM' check --dry-run
    done
    refused 'environment sets REMAP_SIGTERM' restart \
        --environment=REMAP_SIGTERM=SIGQUIT
    refused 'celery_cmd sets REMAP_SIGTERM' restart \
        --celery-cmd='env REMAP_SIGTERM=SIGQUIT celery'

    for line in 'REMAP_SIGTERM=SIGQUIT' "export REMAP_SIGTERM='SIGQUIT'"; do
        printf 'A=1\n%s\n' "$line" >"$HOME/variables"
        chmod 600 "$HOME/variables"
        configure_with 'env_file = "variables";'
        refused "$HOME/variables:2: environment sets" restart
        configure_with 'env_file = "variables";'
        refused "$HOME/variables:2: environment sets" apply
    done
    # A command that begins no run is not held up by it.
    configure_with 'env_file = "variables";'
    "$LAUNCH" kill --now
}

@test "a setup command that exports REMAP_SIGTERM ends the start" {
    forget
    configure_with 'worker_setup_cmd = "export REMAP_SIGTERM=SIGQUIT";'
    run "$LAUNCH" start
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *'worker_setup_cmd set REMAP_SIGTERM,'* ]]
    [ "$(starts celery)" -eq 0 ]
    configure_with 'worker_setup_cmd = "export REMAP_SIGTERM=SIGQUIT; unset REMAP_SIGTERM";'
    "$LAUNCH" start
    "$LAUNCH" kill --now
}

@test "a comma before the end of a list has one answer on all nodes" {
    configure <<'END'
defaults = { app = "a,)";       # ,)
    include = [ "json", /* ,] */ "csv",
    ];
};
END
    run "$LAUNCH" check --dry-run
    [ "$status" -eq 78 ]
    [[ $output = *'celery-tmux.conf:3: there is a comma before this ]; remove '* ]]
    sed -i 's/"csv",/"csv"/' "$HOME/.config/celery-tmux/celery-tmux.conf"
    run "$LAUNCH" check --dry-run
    [ "$status" -eq 0 ]
}

@test "a number that begins with 0 has one answer on all nodes" {
    for line in 'umask = 027' 'concurrency = 010' 'nice = 08'; do
        configure_with "$line;"
        run "$LAUNCH" check --dry-run
        echo "$output"
        [ "$status" -eq 78 ]
        [[ $output = *"celery-tmux.conf:1: the number ${line##* } begins with 0, "* ]]
    done
    configure_with 'umask = "027"; concurrency = 10;'
    run "$LAUNCH" show
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output = *--concurrency=10* ]]
}
