#!/usr/bin/env bats
# bats file_tags=sanitized
#
# After a boot tmux-resurrect has made a session of the worker's name with an
# idle shell in it: the worker takes its place.  Whatever lives there is left
# alone, and status tells why the worker is down.

load lib
load stand-in

setup_file() {
    begin_file
    configure <<END
workers = ( { queue = "celery"; celery_cmd = "$(stand_in celery)"; } );
END
}

setup() {
    forget
    "$LAUNCH" start
    end_server
}

# end_server: the record stays as it was, as after a power cut.  A server that
# is on its way out takes no session any more.
end_server() {
    cp -a "$HOME/.local" "$SCRATCH/kept"
    server=$(tmux display-message -p '#{pid}')
    tmux kill-server
    wait_for fails is_running "$server"
    wait_for no_leftovers
    rm -r "$HOME/.local"
    mv "$SCRATCH/kept" "$HOME/.local"
}

boot() {
    sed -i -e 's/^boot .*/boot another/' -e '/^# sum/d' \
        "$(run_of "$HOME"/.local/state/celery-tmux/*/celery-celery)/run"
}

# restore [SHELL WORDS...]: a session as a restored one is; its pid in $shell
restore() {
    tmux new-session -d -s celery-celery "${@:-exec bash --login}" 3>&-
    shell=$(tmux list-panes -t =celery-celery: -F '#{pane_pid}')
    if [ $# -eq 0 ]; then
        wait_for eval '[ "$(tr "\\0" " " <"/proc/$shell/cmdline")" = \
            "bash --login " ] && [ -n "$(screen celery-celery)" ] &&
            [ -z "$(pgrep -P "$shell")" ]'
    fi
}

# tend_in MINUTES: at that time from now
tend_in() {
    at_time "+$1m" "$LAUNCH" tend
}

@test "an idle shell of the worker's name gives way after a boot" {
    for command in tend start; do
        boot
        restore
        run "$LAUNCH" "$command"
        echo "$output"
        [[ $output = 'celery: started'* ]]
        wait_for worker_is celery running
        wait_for fails is_running "$shell"
        [ "$(tmux list-panes -s -t =celery-celery: -F '#{pane_pid}')" = \
            "$(runner_pid celery)" ]
        end_server
    done
}

@test "without a boot, or with a script in it, it is somebody's" {
    restore
    run "$LAUNCH" tend
    echo "$output"
    [ "$status" -eq 69 ]
    is_running "$shell"
    end_server
    boot
    # shellcheck disable=SC2016 # for that shell
    restore bash -c 'while :; do read -t 1; done'
    run "$LAUNCH" start
    [ "$status" -eq 69 ]
    is_running "$shell"
    tmux split-window -d -t =celery-celery:
    run "$LAUNCH" start
    [ "$status" -eq 69 ]
}

@test "what keeps it down is told in status at each step, and by tend once" {
    needs_other_time
    boot
    restore
    # The server is to have the real time: it must not be begun by tend.
    tmux new-session -d -s other 'sleep 6111'
    tmux send-keys -t =celery-celery: 'sleep 6110' Enter
    wait_for pgrep -P "$shell"
    run "$LAUNCH" tend
    [ "$status" -eq 69 ]
    [[ $output = *'there is a session celery-celery that this program did not start'* ]]
    [[ $("$LAUNCH" status -v) = *'tend failed 1 time and will try again at '*': celery: there is a session celery-celery that'* ]]
    run tend_in 2
    [ -z "$output" ]
    [[ $("$LAUNCH" status -v) = *'tend failed 2 times and will try again at '*': celery: there is a session celery-celery that'* ]]
    is_running "$shell"

    # The person has left; nobody has to say so.
    kill "$(pgrep -P "$shell")"
    wait_for fails pgrep -P "$shell"
    tend_in 9
    wait_for worker_is celery running
    "$LAUNCH" status -v >"$SCRATCH/status"
    fails grep -q 'tend failed' "$SCRATCH/status"
}

@test "the manual's line keeps tmux-resurrect from saving such sessions" {
    line=$(sed -n "s/^set -g @resurrect-hook-post-save-layout '\(.*\)'$/\1/p" \
        "$ROOT/launcher/celery-tmux-launch.1" | sed 's/\\e/\\/g')
    [ -n "$line" ]
    printf '%s\n' $'pane\tcelery-celery\t0\t1\t:*\t0' \
        $'pane\tmine\t0\t1\t:*\t0\t:/celery-x' \
        $'window\tcelery-celery\t0\t:worker' $'window\tmine\t0\t:sh' \
        $'state\tmine\tcelery-celery' >"$SCRATCH/saved"
    # As the plugin calls it.
    eval "$line $(printf '%q ' "$SCRATCH/saved")"
    [ "$(cut -f 1,2 "$SCRATCH/saved")" = \
        $'pane\tmine\nwindow\tmine\nstate\tmine' ]
}
