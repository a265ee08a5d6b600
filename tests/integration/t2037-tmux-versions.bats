#!/usr/bin/env bats
#
# Every tmux from 2.7 on does the same for a worker, and an older one is told
# by one sentence.  Debian 12 has 3.3a alone, so an old one is this machine's
# behind a stand-in: it says that it is old, has the server take itself for
# as old, and refuses the words that came later.  That the old words mean in
# an old tmux what they mean in this one it cannot show; run the files of
# this directory with a real one first in PATH for that.

load lib
load stand-in

setup_file() {
    begin_file
    export TMUX_REAL CALLS=$SCRATCH/calls SAYS=
    TMUX_REAL=$(command -v tmux)
    mkdir "$SCRATCH/stand-in" "$SCRATCH/refusing"
    cat >"$SCRATCH/stand-in/tmux" <<'END'
#!/bin/bash
printf '%s\n' "$@" '' >>"$CALLS"
if [ "$*" = -V ]; then
    echo "tmux $SAYS"
    exit
fi
for word; do
    case $word in
    failed) echo "unknown value: $word" && exit 1 ;;
    ignore-size) echo 'usage: attach-session [-dEr]' && exit 1 ;;
    esac
done
set -- "${@//'#{version}'/$SAYS}"
if [ -n "${TELLS_NO_DEAD-}" ]; then
    set -- "${@//'#{pane_pid}'/'#{?pane_dead,,#{pane_pid}}'}"
fi
exec "$TMUX_REAL" "$@"
END
    cat >"$SCRATCH/refusing/tmux" <<'END'
#!/bin/sh
[ "$*" = -V ] && echo "tmux $SAYS" && exit
echo "unknown command: $3"
exit 1
END
    chmod +x "$SCRATCH/stand-in/tmux" "$SCRATCH/refusing/tmux"
    configure <<END
workers = ( { queue = "celery"; celery_cmd = "$(stand_in celery)"; } );
END
}

setup() {
    forget
    : >"$CALLS"
}

# with VERSION COMMAND...: where tmux is of that version
with() {
    PATH=$SCRATCH/stand-in:$PATH SAYS=$1 "${@:2}"
}

# keeps VALUE: of remain-on-exit for the worker's window
keeps() {
    [ "$(tmux show-options -wv -t =celery-celery: remain-on-exit)" = "$1" ]
}

@test "the server chooses by its version, whatever it is called" {
    with 3.1c "$LAUNCH" start
    condition=$(grep '^#{||:' "$CALLS")
    # next- is what comes before it, and never was in a distribution.
    for row in 2.7:1 2.7-rc:1 2.9a:1 3.0:1 3.0a:1 3.1-rc2:1 3.1:1 3.1c:1 \
        3.2:0 3.2-rc:0 3.2a:0 3.3a:0 3.5a:0 3.8:0 3.10:0 3.19a:0 4.0:0 \
        10.0:0 12.1:0 next-3.8:0 master:0 openbsd-7.0:0; do
        echo "$row"
        [ "$(tmux display-message -p "${condition//'#{version}'/${row%:*}}")" \
            = "${row#*:}" ]
    done
}

@test "a start calls tmux once, whatever its version" {
    for version in 2.7 3.1c 3.3a; do
        # An old one is not made new by what it is called.
        [ "$version" != 3.3a ] || ! tmux_is_before 3.2 || continue
        : >"$CALLS"
        with "$version" "$LAUNCH" start
        echo "$version: $(grep -c '^-S$' "$CALLS") calls"
        [ "$(grep -c '^-S$' "$CALLS")" -eq 1 ]
        fails grep -qx -e -V "$CALLS"
        keeps "$([ "$version" = 3.3a ] && echo failed || echo on)"
        server=$(tmux display-message -p '#{pid}')
        "$LAUNCH" kill
        # One that is about to end would be called again.
        wait_for fails is_running "$server"
    done
}

@test "with an old one a pane closes when its program ended well, and alone" {
    with 3.1c "$LAUNCH" start --autorestart=false
    # Somebody's own windows in that session, which are to stay.
    tmux new-window -d -t =celery-celery: -n mine 'read line; exit 0'
    tmux set-option -w -t =celery-celery:mine remain-on-exit on
    tmux new-session -d -s other 'sleep 2037'
    tmux send-keys -t =celery-celery:mine Enter
    wait_for eval '[ "$(tmux display-message -p -t =celery-celery:mine \
        "#{pane_dead}")" = 1 ]'

    # shellcheck disable=SC2034 # eval reads it
    pane=$(tmux display-message -p -t =celery-celery:worker '#{pane_id}')
    kill -TERM "$(worker_pid celery)"
    wait_for eval '! tmux list-panes -a -F "#{pane_id}" | grep -qx "$pane"'
    [ "$(tmux list-windows -t =celery-celery: -F '#{window_name}')" = mine ]
    session_exists other
    tmux kill-session -t =celery-celery:
    tmux kill-session -t =other:
}

@test "and stays when it failed" {
    echo 5 >"$(seen celery fail)"
    with 3.1c run "$LAUNCH" start
    [ "$status" -eq 69 ]
    [[ $output = *'stand-in fails'* ]]
    wait_for eval '[ "$(tmux display-message -p -t =celery-celery: \
        "#{pane_dead}")" = 1 ]'
    [[ $(with 3.1c "$LAUNCH" logs) = *'stand-in fails'* ]]
    # It gives way to the next start.
    rm "$(seen celery fail)"
    with 3.1c "$LAUNCH" start
    [ "$(tmux list-panes -s -t =celery-celery: -F '#{pane_dead}')" = 0 ]
    # What kills it leaves it for a look too.
    kill -KILL "$(runner_pid celery)"
    wait_for eval '[ "$(tmux list-panes -s -t =celery-celery: \
        -F "#{pane_dead}")" = 1 ]'
    "$LAUNCH" kill
}

@test "with an old one logs -f tells what comes, and leaves the size alone" {
    with 2.7 "$LAUNCH" start --autorestart=false
    with 2.7 in_background "$SCRATCH/followed" "$LAUNCH" logs -f celery
    wait_for says 'stand-in is ready' "$SCRATCH/followed"
    [ "$(tmux display-message -p -t =celery-celery: \
        '#{window_width} #{window_height}')" = '200 50' ]
    touch "$(seen celery busy)"
    kill -TERM "$(worker_pid celery)"
    wait_for says 'stand-in drains' "$SCRATCH/followed"
    rm "$(seen celery busy)"
    wait_for ended "$SCRATCH/followed"
}

# As 3.8 does.  The mark of the session goes too: one that an older version
# of ours made has none.
@test "with a new one, which tells no pid of the dead, nothing is overlooked" {
    local run real

    real=$(tmux -V)
    real=${real#tmux }
    export TELLS_NO_DEAD=1
    "$LAUNCH" start
    run=$(run_of "$HOME"/.local/state/celery-tmux/*/celery-celery)/run
    tmux new-window -d -t =celery-celery: -n mine 'sleep 2037'
    kill -KILL "$(runner_pid celery)" "$(worker_pid celery)"
    wait_for worker_is celery dead
    # Somebody looks at what is left of it.
    with "$real" in_background "$SCRATCH/attached" timeout 20 \
        script -qec "'$LAUNCH' attach" /dev/null
    wait_for eval '[ -n "$(tmux list-clients -t =celery-celery:)" ]'
    tmux detach-client -s =celery-celery:
    wait_for ended "$SCRATCH/attached"

    # A record of an older version does not name the pane.
    sed -i -e '/^pane /d' -e '/^server /d' -e '/^# sum/d' "$run"
    tmux set-option -u -t =celery-celery: @celery-tmux
    with "$real" "$LAUNCH" start
    [ "$(tmux list-panes -s -t =celery-celery: -F '#{pane_pid}' | sort)" = "$(
        printf '%s\n' "$(runner_pid celery)" "$(tmux display-message -p \
        -t =celery-celery:mine '#{pane_pid}')" | sort)" ]
    tmux kill-session -t =celery-celery:
}

@test "one that is too old is named by every command that calls it" {
    "$LAUNCH" start
    # A server that ends with the worker would not be called by kill.
    tmux new-session -d -s other 'sleep 2037'
    for words in logs 'logs -f' attach 'kill --now' check start; do
        PATH=$SCRATCH/refusing:$PATH SAYS=2.6 \
            run script -qec "'$LAUNCH' $words" /dev/null
        echo "$words: $status $output"
        [ "$status" -eq 69 ]
        [[ $output = *'tmux 2.6 is too old; install tmux 2.7 or later'* ]]
    done
    tmux kill-session -t =other:
}

@test "one that is new enough and fails says why itself" {
    PATH=$SCRATCH/refusing:$PATH SAYS=3.1c run "$LAUNCH" start
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *'it printed "unknown command: new-session" and ended with status 1'* ]]
}
