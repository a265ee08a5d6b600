#!/usr/bin/env bats
# bats file_tags=sanitized
#
# F3: a session is addressed by its exact name, and nothing that tmux would
# expand, execute or split reaches it.

load lib

setup_file() {
    begin_file
    redis_start
    # tmux would take #(...) for a shell command; this one leaves a file, and
    # needs neither quotes nor blanks.
    export TRAP='#(cd;>hit)'
    configure_app tasks 'pool = "solo"; mingle = false;' - <<END
    { queue = "gpu"; },
    { name = "big"; queue = "gpu-big"; },
    { queue = "video"; },
    { name = "images"; queue = "video,image"; }
END
}

# pids: of all four, to see who was left alone
pids() {
    "$LAUNCH" status --json | sed -n \
        's/^{"worker": "\([a-z]*\)".*"mainprocess": \([0-9a-z]*\).*/\1 \2/p'
}

# untouched NAME...: they run, and as the process that they were
untouched() {
    local name

    for name; do
        state_is "$name" running
        grep -x "$name $(worker_pid "$name")" "$SCRATCH/pids"
    done
}

@test "to end or start gpu leaves gpu-big alone" {
    "$LAUNCH" start
    [ "$(sessions)" = "celery-gpu
celery-gpu-big
celery-video
celery-video,image" ]
    pids >"$SCRATCH/pids"

    [ "$("$LAUNCH" kill gpu)" = 'gpu: killed' ]
    fails session_exists celery-gpu
    untouched big video images

    # Now that there is no such session, tmux would take one that begins so.
    [ "$("$LAUNCH" kill gpu)" = 'gpu: not running' ]
    [ "$("$LAUNCH" kill --queue gpu)" = 'gpu: not running' ]
    [ "$("$LAUNCH" stop gpu)" = 'gpu: not running' ]
    [ "$("$LAUNCH" kill --queue gpu-)" = 'gpu-: not running' ]
    run "$LAUNCH" logs gpu
    [ "$status" -eq 3 ]
    [[ $output != *ready* ]]
    untouched big video images
    "$LAUNCH" start gpu
    untouched big video images
}

@test "to end or start video leaves video,image alone" {
    [ "$("$LAUNCH" kill --queue video)" = 'video: killed' ]
    [ "$("$LAUNCH" kill --queue video)" = 'video: not running' ]
    untouched big images
    "$LAUNCH" start video
    "$LAUNCH" restart video
    untouched big images

    [ "$("$LAUNCH" kill --queue video,image)" = 'images: killed' ]
    state_is video running
    [ "$("$LAUNCH" kill --queue image,video)" = 'image,video: not running' ]
    state_is video running
    "$LAUNCH" kill
    [ -z "$(sessions)" ]
}

# Asks tmux for what runs a command, until it has run: tmux ends the command's
# shell together with the client that asked, often before it did anything.
control_is_hit() {
    tmux list-panes -t =control: -F '#(cd;>control)'
    test -e "$HOME/control"
}

# The shell that tmux would start for #(...) had time enough when one that is
# started now has done its work.
nothing_was_hit() {
    wait_for tmux new-session -d -s control 'sleep 1030'
    wait_for control_is_hit
    tmux kill-session -t =control:
    rm "$HOME/control"
    [ ! -e "$HOME/hit" ]
}

@test "a shell command in a name runs nothing" {
    mkdir -p "$SCRATCH/$TRAP"
    cp "$LAUNCH" "$SCRATCH/$TRAP/launch"
    cp "$APP_DIR"/{tasks,leaving}.py "$SCRATCH/$TRAP"
    configure <<END
defaults = {
    app = "tasks"; worker_dir = "$SCRATCH/$TRAP"; broker = "$REDIS_URL";
    pool = "solo"; mingle = false; state_dir = "$SCRATCH/$TRAP/state";
    environment = { TRAP = "$TRAP"; };
};
workers = (
    { queue = "$TRAP"; },
    { name = "app"; app = "$TRAP"; queue = "other"; }
);
END
    "$SCRATCH/$TRAP/launch" start --queue "$TRAP"
    [ "$(sessions)" = celery-__cd__hit_ ]
    [ "$(task -q "$TRAP" env | "$PYTHON" -c \
        'import json, sys; print(json.load(sys.stdin)["TRAP"])')" = "$TRAP" ]
    "$LAUNCH" logs --queue "$TRAP" | grep -qF 'ready.'
    "$SCRATCH/$TRAP/launch" restart --queue "$TRAP"
    run "$SCRATCH/$TRAP/launch" start app
    [ "$status" -eq 69 ]
    [[ $output = *'app: did not start: it ended with status 2'* ]]

    "$SCRATCH/$TRAP/launch" kill
    nothing_was_hit
    [ -z "$(sessions)" ]
}

@test "a word that ends in ; arrives whole" {
    mkdir "$SCRATCH/odd;"
    cp "$LAUNCH" "$SCRATCH/odd;/launch;"
    cp "$APP_DIR"/{tasks,leaving}.py "$SCRATCH/odd;"
    configure <<END
defaults = {
    app = "tasks"; worker_dir = "$SCRATCH/odd;"; broker = "$REDIS_URL";
    pool = "solo"; mingle = false; state_dir = "$SCRATCH/odd;/state;";
    tmux_socket = "$TMUX_TMPDIR/socket;"; extra_args = [ "--hostname=odd;" ];
    environment = { ODD = "odd;"; };
};
workers = ( { queue = "odd;"; } );
END
    "$SCRATCH/odd;/launch;" start
    [ "$(tmux -S "$TMUX_TMPDIR/socket;" list-sessions \
        -F '#{session_name} #{session_windows}')" = 'celery-odd_ 1' ]
    words=$(task -q 'odd;' argv)
    [[ $words = *'"--queues=odd;"'*'"--hostname=odd;"'* ]]
    [[ $(task -q 'odd;' env) = *'"ODD": "odd;"'* ]]
    "$SCRATCH/odd;/launch;" logs | grep -qF 'ready.'

    [ "$("$SCRATCH/odd;/launch;" kill)" = 'odd;: killed' ]
    wait_for fails tmux -S "$TMUX_TMPDIR/socket;" list-sessions
}
