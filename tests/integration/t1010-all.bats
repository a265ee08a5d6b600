#!/usr/bin/env bats
# bats file_tags=sanitized
#
# A queue that the configuration does not name is a typing error, and what
# runs without standing in it is found: --all.

load lib
load stand-in

setup_file() {
    begin_file
    stand_in all >/dev/null
}

setup() {
    forget
    configured
}

# configured: two workers, one of them elsewhere
configured() {
    configure <<END
defaults = { celery_cmd = "$(stand_in all)"; stop_timeout = 10; };
workers = (
    { queue = "video"; },
    { name = "media"; queue = "image,sound"; },
    { queue = "gpu"; hosts = "elsewhere"; }
);
END
}

# unconfigured: no worker has a name there
unconfigured() {
    configure <<<"defaults = { celery_cmd = \"$(stand_in all)\"; };"
}

# refused TEXT WORD...: a usage error with TEXT, and nothing was started
refused() {
    run "$LAUNCH" "${@:2}"
    echo "${*:2}: $status: $output"
    [ "$status" -eq 64 ]
    [[ $output = "celery-tmux-launch: "*"$1"* ]]
    [ -z "$(sessions)" ]
}

@test "start, restart and apply refuse a queue that no worker has" {
    for command in start restart apply 'apply -N' sync show check; do
        # shellcheck disable=SC2086 # words
        refused 'celery-tmux.conf has no worker for the queue viedo; did you mean --queue video?' \
            $command --queue viedo
    done
    refused 'did you mean the worker media, without --queue?' \
        start --queue meida
    refused 'write --queue video or --queue image,sound or --queue gpu, or add a worker' \
        start --queue something
    refused 'the configuration has no worker for the queue viedo' \
        start -q viedo -c - <"$HOME/.config/celery-tmux/celery-tmux.conf"
    run_apart "$LAUNCH" start --queue gpu
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [[ $stderr = *'no worker for the queue gpu belongs on '*'; nothing to do' ]]
    [ -z "$(sessions)" ]
    "$LAUNCH" start --queue video
    [ "$(sessions)" = celery-video ]
}

@test "without a worker in the configuration --queue begins one" {
    unconfigured
    "$LAUNCH" start --queue viedo
    [ "$(sessions)" = celery-viedo ]
    rm "$HOME/.config/celery-tmux/celery-tmux.conf"
    [ "$("$LAUNCH" kill --queue viedo)" = 'viedo: killed' ]
}

@test "what no configuration names is shown and ended by --queue and by --all" {
    unconfigured
    "$LAUNCH" start --queue viedo --queue other
    configured
    "$LAUNCH" start video
    run_apart "$LAUNCH" status
    [ "$status" -eq 3 ]
    [ "$output" = $'video: running\nmedia: stopped' ]
    [ "$stderr" = 'celery-tmux-launch: 2 more workers on this node are not in the configuration; status --all shows them' ]
    run_apart "$LAUNCH" status video
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    run_apart "$LAUNCH" status --all
    [ "$status" -eq 3 ]
    [ "$output" = $'video: running\nmedia: stopped\nother: running\nviedo: running' ]
    [ -z "$stderr" ]
    [ "$("$LAUNCH" status --all --json | jq -r .queue | xargs)" = \
        'video image,sound other viedo' ]
    [ "$("$LAUNCH" status --queue viedo)" = 'viedo: running' ]
    "$LAUNCH" logs --queue viedo >/dev/null

    [ "$("$LAUNCH" stop --queue other)" = 'other: stopped' ]
    run "$LAUNCH" status
    [[ $output = *'1 more worker on this node is not in the configuration; status --all shows it' ]]
    run "$LAUNCH" kill --all --dry-run
    [[ $output = *$'\nviedo: would be killed\n'* ]]
    [ "$("$LAUNCH" stop --all)" = $'video: stopped\nmedia: not running\nviedo: stopped' ]
    [ -z "$(sessions)" ]
    # Its record stays, and is no news.
    run_apart "$LAUNCH" status
    [ -z "$stderr" ]
    [ "$("$LAUNCH" status --all)" = \
        $'video: stopped\nmedia: stopped\nother: stopped\nviedo: stopped' ]
    [ "$("$LAUNCH" kill --all)" = $'video: not running\nmedia: not running' ]
    no_leftovers
}

@test "kill --all ends a worker whose name or record is no help" {
    unconfigured
    "$LAUNCH" start --queue viedo
    configure <<<"workers = ( { queue = \"video\"; session = \"celery-two\";
        celery_cmd = \"$(stand_in all)\"; } );"
    "$LAUNCH" start
    configured
    "$LAUNCH" start video
    # Its name is another's.
    "$LAUNCH" status --all | grep -qx 'celery-two: running'
    echo nonsense >"$(run_of "$HOME"/.local/state/celery-tmux/*/celery-viedo)/worker"
    run "$LAUNCH" status --all
    [[ $output = *$'\nviedo: running'* ]]
    run "$LAUNCH" kill --all --stop-timeout=5
    echo "$output"
    [[ $output = *$'\nviedo: killed'* ]]
    [[ $output = *'celery-two: killed'* ]]
    [ -z "$(sessions)" ]
    no_leftovers
}

@test "--all is all: with WORKER or --queue it is refused" {
    for command in status stop kill; do
        refused '--all means every worker of this node; leave it out' \
            $command --all video
        refused '--all means every worker of this node; leave it out' \
            $command --all --queue video
    done
    refused 'start does not take --all; leave it out' start --all
}
