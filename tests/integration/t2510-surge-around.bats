#!/usr/bin/env bats
# shellcheck disable=SC2153,SC2154 # of users.bash
#
# What meets a surge: other commands, other ways to have one, a person's hand,
# a tmux server that dies, a crash, runners that are killed, a record that is
# damaged, a boot.

load lib
load stand-in
load surge
load fan-out
load users

setup_file() {
    begin_file
    make_users 7251
    configure <<END
defaults = { worker_dir = "$APP_DIR"; stop_timeout = 10; start_timeout = 60; preflight = false; };
workers = ( { queue = "one"; celery_cmd = "$(stand_in one)"; } );
END
    tmux new-session -d -s other 'sleep 2510'
}

teardown_file() {
    [ -n "${SKIP-}" ] || end_users
    end_file
}

# One worker serves all tests as far as it can.
setup() {
    rm -f "$SCRATCH"/seen/one/{slow,fail,busy}
    # A server that just goes turns away who calls it.
    wait_for eval "tmux has-session -t =other: ||
        tmux new-session -d -s other 'sleep 2510'"
    ! state_is one stopped || "$LAUNCH" start
    wait_for settle
    old=$(worker_pid one)
    echo "+ $old" >"$(seen one lives)"
}

settle() {
    "$LAUNCH" tend >/dev/null 2>&1 || true
    there_is_one
}

there_is_another() {
    there_is_one && [ "$(worker_pid one)" != "$old" ]
}

# never_none: since this test began there was one that took tasks
never_none() {
    cat "$(seen one lives)"
    awk '$1 == "+" { there[$2]; n++ }
        $1 == "-" && $2 in there { delete there[$2]; if (--n < 1) exit 1 }' \
        "$(seen one lives)"
}

# begin_surge [OPTION]...: the new one is not ready; its pid in $new
begin_surge() {
    touch "$(seen one slow)"
    in_background "$SCRATCH/surge" "$LAUNCH" restart --surge "$@"
    wait_for state_is one 'running, starting (1)'
    wait_for has_new
}

has_new() {
    new=$(worker_field one others |
        jq -r '.[] | select(.state == "starting") | .mainprocess')
    [ -n "$new" ] && [ "$new" -ne 0 ]
}

# new_runner: its pid
new_runner() {
    worker_field one others |
        jq -r '.[] | select(.state == "starting") | .pid'
}

# said STATUS WORDS: by the restart in the background
said() {
    wait_for ended "$SCRATCH/surge"
    cat "$SCRATCH/surge.status" "$SCRATCH/surge"
    [ "$(cat "$SCRATCH/surge.status")" -eq "$1" ]
    [[ $(cat "$SCRATCH/surge") = *"$2"* ]]
}

@test "apply replaces by surge what has drifted" {
    touch "$(seen one busy)"
    run "$LAUNCH" apply --surge --nice=1
    [ "$status $output" = '0 one: restarted (nice)' ]
    wait_for state_is one 'running, draining (1)'
    rm "$(seen one busy)"
    wait_for there_is_another
    never_none
    "$LAUNCH" apply
    wait_for there_is_one
}

@test "no name is free for the old session: a sentence, and all is as it was" {
    mkdir -p "$SCRATCH/full"
    printf '%s\n' '#!/bin/sh' 'case "$*" in *rename-session*)' \
        'echo "duplicate session: x" >&2; exit 1 ;; esac' \
        "exec $(command -v tmux) \"\$@\"" >"$SCRATCH/full/tmux"
    chmod 755 "$SCRATCH/full/tmux"
    run env PATH="$SCRATCH/full:$PATH" "$LAUNCH" restart --surge
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *'a hundred sessions are called celery-one~old; end some '* ]]
    wait_for there_is_one "$old"
}

@test "with --no-wait the new one sees to it by itself" {
    touch "$(seen one slow)"
    run "$LAUNCH" restart --surge --no-wait
    echo "$output"
    [ "$status" -eq 0 ]
    wait_for state_is one 'running, starting (1)'
    is_running "$old"
    rm "$(seen one slow)"
    wait_for there_is_another
    never_none
}

@test "a new one that fails with --no-wait leaves all as it was" {
    echo 5 >"$(seen one fail)"
    "$LAUNCH" restart --surge --no-wait
    wait_for there_is_one "$old"
    never_none
}

@test "a new one that nobody waits for any more is ended when it is late" {
    touch "$(seen one slow)"
    "$LAUNCH" restart --surge --no-wait --start-timeout=2
    wait_for state_is one 'running, starting (1)'
    wait_for settle
    there_is_one "$old"
}

@test "what the watchdog restarts is replaced by surge, and counts" {
    "$LAUNCH" restart --surge --autorestart-limit=1
    wait_for there_is_another
    old=$(worker_pid one)
    echo "+ $old" >"$(seen one lives)"
    # As the runner of one that is stuck calls it.
    "$LAUNCH" watchdog "$(record)"
    wait_for there_is_another
    never_none
    old=$(worker_pid one)
    cat "$(record)/tended"
    # It is the one that the limit allows.
    "$LAUNCH" watchdog "$(record)"
    there_is_one "$old"
    "$LAUNCH" restart
}

@test "a person who closes the session of the new one ends that" {
    begin_surge
    tmux kill-session -t =celery-one:
    said 69 'one: was not restarted; the old one goes on as it was'
    wait_for there_is_one "$old"
    never_none
}

@test "a person who closes the session of the old one ends the worker" {
    begin_surge
    tmux kill-session -t =celery-one~old:
    wait_for fails is_running "$old"
    rm "$(seen one slow)"
    wait_for state_is one stopped
    said 69 'ended it in the meantime'
    wait_for fails is_running "$new"
    # One that had just become ready ends, and its session, by itself.
    wait_for eval '[ "$(sessions)" = other ]'
    "$LAUNCH" tend
    state_is one stopped
}

# surges: the worker has the setting, and is in $old
surges() {
    "$LAUNCH" restart --surge
    wait_for there_is_another
    old=$(worker_pid one)
    echo "+ $old" >"$(seen one lives)"
}

kill_server() {
    kill -KILL "$(tmux display-message -p '#{pid}')"
}

# is_another PID: another is ready
is_another() {
    "$LAUNCH" status --json | jq -e --argjson old "$1" '.state == "running"
        and .mainprocess != null and .mainprocess != $old'
}

@test "the tmux server dies: the old one works until there is another" {
    local drains

    surges
    drains=$old
    touch "$(seen one busy)"
    "$LAUNCH" restart --surge
    old=$(worker_pid one)
    kill_server
    wait_for state_is one 'running, draining (2)'
    is_running "$drains" "$old"
    rm "$(seen one busy)"
    wait_for is_another "$old"
    tmux new-session -d -s other 'sleep 2510'
    wait_for there_is_another
    never_none
    "$LAUNCH" status -v >"$SCRATCH/said"
    grep 'asked by the end of its tmux server' "$SCRATCH/said"
    grep 'restarted by itself 1 time' "$SCRATCH/said"
}

@test "the tmux server dies, and no other can start: the old one goes on" {
    local before

    surges
    echo 5 >"$(seen one fail)"
    before=$(starts one)
    kill_server
    wait_for eval '[ "$(starts one)" -gt '"$before"' ]'
    wait_for state_is one running
    is_running "$old"
    rm "$(seen one fail)"
    # A server that just goes turns away who calls it.
    wait_for eval "tmux has-session -t =other: ||
        tmux new-session -d -s other 'sleep 2510'"
    "$LAUNCH" restart --surge
    wait_for there_is_another
    never_none
}

@test "the tmux server dies while the new one starts" {
    surges
    begin_surge
    kill_server
    wait_for fails is_running "$new"
    said 69 'one: was not restarted'
    rm "$(seen one slow)"
    wait_for is_another "$old"
    tmux new-session -d -s other 'sleep 2510'
    wait_for there_is_another
    never_none
    # One without the setting ends first.
    "$LAUNCH" restart
    old=$(worker_pid one)
    begin_surge
    kill_server
    said 69 'one: was not restarted'
    rm "$(seen one slow)"
    wait_for is_another "$old"
    tmux new-session -d -s other 'sleep 2510'
    wait_for there_is_another
}

@test "the old one crashes while the new one starts" {
    begin_surge
    kill -KILL "$old"
    wait_for state_is one starting
    is_running "$new"
    rm "$(seen one slow)"
    said 0 'one: restarted'
    wait_for there_is_one "$new"
}

@test "the old one crashes, and the new one then fails: the old settings" {
    "$LAUNCH" restart
    old=$(worker_pid one)
    begin_surge --nice=1
    kill -KILL "$old"
    wait_for state_is one starting
    kill -KILL "$new"
    rm "$(seen one slow)"
    said 69 'it ended by signal 9'
    wait_for there_is_another
    [ "$("$LAUNCH" status)" = 'one: running' ]
    # Nothing of that is kept for later.
    [ -z "$("$LAUNCH" apply)" ]
    old=$(worker_pid one)
    begin_surge --nice=1
    kill -KILL "$old"
    wait_for state_is one starting
    rm "$(seen one slow)"
    said 0 'one: restarted'
    wait_for there_is_one "$new"
    kill -KILL "$new"
    wait_for is_another "$new"
    [ "$("$LAUNCH" status)" = 'one: running (drifted)' ]
    "$LAUNCH" apply
}

@test "beside one that was begun with --no-wait: tend leaves it" {
    begin_surge --no-wait
    run "$LAUNCH" tend
    [ "$status $output" = '0 ' ]
    is_running "$old" "$new"
    run "$LAUNCH" start --kill-existing=false
    [ "$status $output" = '0 one: already running' ]
    rm "$(seen one slow)"
    wait_for there_is_one "$new"
    never_none
}

@test "apply is content with one that is as it is to be" {
    begin_surge --no-wait --nice=1
    run "$LAUNCH" apply --nice=1 --no-wait
    [ "$status $output" = '0 one: restarted (nice)' ]
    is_running "$old" "$new"
    rm "$(seen one slow)"
    wait_for there_is_one "$new"
    never_none
    # And not with one that is otherwise.
    old=$new
    begin_surge --no-wait --nice=2
    wait_for ended "$SCRATCH/surge"
    in_background "$SCRATCH/surge" "$LAUNCH" apply
    wait_for fails is_running "$new"
    rm "$(seen one slow)"
    said 0 'one: restarted (nice)'
    wait_for there_is_another
    [ "$("$LAUNCH" status)" = 'one: running' ]
}

@test "restart takes the place of one that is not ready" {
    begin_surge --no-wait --nice=1
    touch "$(seen one busy)"
    wait_for ended "$SCRATCH/surge"
    in_background "$SCRATCH/surge" "$LAUNCH" restart
    wait_for fails is_running "$new"
    is_running "$old"
    rm "$(seen one slow)" "$(seen one busy)"
    said 0 'one: restarted'
    wait_for there_is_another
    [ "$("$LAUNCH" status)" = 'one: running' ]
}

@test "stop and kill end one that nobody waits for" {
    local command

    for command in stop 'kill --now'; do
        begin_surge --no-wait
        # shellcheck disable=SC2086 # words
        run "$LAUNCH" $command
        [ "$status" -eq 0 ]
        fails is_running "$old"
        fails is_running "$new"
        rm "$(seen one slow)"
        [ -z "$("$LAUNCH" tend)" ]
        state_is one stopped
        [ "$(sessions)" = other ]
        "$LAUNCH" start
        old=$(worker_pid one)
    done
}

@test "the runner of the old one is killed while the new one starts" {
    local runner

    begin_surge
    runner=$(runner_pid one)
    kill -KILL "$runner"
    wait_for fails is_running "$runner"
    "$LAUNCH" tend
    is_running "$new"
    rm "$(seen one slow)"
    said 0 'one: restarted'
    wait_for settle
    there_is_one "$new"
    never_none
}

@test "the runner of the new one is killed before it is ready" {
    begin_surge --start-timeout=5
    kill -KILL "$(new_runner)"
    said 69 'one: was not restarted; the old one goes on as it was'
    fails is_running "$new"
    wait_for there_is_one "$old"
    never_none
}

@test "nor does that one stay when nobody waits for it" {
    begin_surge --no-wait
    kill -KILL "$(new_runner)"
    wait_for settle
    there_is_one "$old"
    never_none
}

@test "the runner of the one that drains is killed" {
    local runner

    touch "$(seen one busy)"
    runner=$(runner_pid one)
    "$LAUNCH" restart --surge
    wait_for state_is one 'running, draining (1)'
    kill -KILL "$runner"
    wait_for fails is_running "$runner"
    "$LAUNCH" tend
    is_running "$old"
    wait_for state_is one 'running, draining (1)'
    rm "$(seen one busy)"
    wait_for fails is_running "$old"
    wait_for settle
    never_none
}

@test "stop and kill while the new one starts end both" {
    local command

    for command in stop kill 'kill --now'; do
        begin_surge
        # shellcheck disable=SC2086 # words
        run "$LAUNCH" $command
        echo "$output"
        [ "$status" -eq 0 ]
        fails is_running "$old"
        fails is_running "$new"
        said 69 'ended it in the meantime'
        [ "$(sessions)" = other ]
        rm "$(seen one slow)"
        "$LAUNCH" start
    done
}

@test "what two workers cannot have is not had twice, however it is said" {
    local option

    for option in --beat=true --statedb=state --extra-args={--beat,-EB,-S/x}; do
        run "$LAUNCH" restart --surge "$option"
        echo "$option: $output"
        [ "$status" -eq 69 ]
        [[ $output = *'goes on running: two workers cannot have '* ]]
    done
    there_is_one "$old"
}

@test "one that cannot be begun does not follow after a crash either" {
    rm "$(record)/origin"
    mkdir "$(record)/origin"
    run "$LAUNCH" restart --surge --nice=1
    rmdir "$(record)/origin"
    [ "$status" -eq 69 ]
    there_is_one "$old"
    kill -KILL "$old"
    wait_for there_is_another
    [ "$("$LAUNCH" status)" = 'one: running' ]
    # Here settings that differ are told.
    run "$LAUNCH" status --nice=1
    [ "$output" = 'one: running (drifted)' ]
}

@test "one that was asked to end is not taken for one that starts" {
    local run

    touch "$(seen one busy)"
    run=$(run_of "$(record)")/run
    "$LAUNCH" restart --surge
    wait_for grep -qx 'state draining' "$run"
    # As if its runner had not come to write that down yet.
    sed -i -e 's/^state .*/state running/' -e 's/^asked .*/asked 0/' \
        -e '/^# sum/d' "$run"
    state_is one 'running, draining (1)'
    "$LAUNCH" restart --surge
    is_running "$old"
    rm "$(seen one busy)"
    wait_for there_is_another
}

@test "what follows a run forgets what its runner could not, when all is over" {
    local run

    run=$(run_of "$(record)")
    mkdir "$SCRATCH/settings"
    cp "$run"/{worker,home} "$SCRATCH/settings"
    "$LAUNCH" stop
    cp "$SCRATCH"/settings/* "$run"
    "$LAUNCH" succeed "$(record)"
    [ ! -e "$run/worker" ] && [ ! -e "$run/home" ]
}

@test "one that drains longer than the current one is not overlooked" {
    touch "$(seen one busy)"
    "$LAUNCH" restart --surge
    in_background "$SCRATCH/stop" "$LAUNCH" stop
    wait_for state_is one 'draining, draining (1)'
    kill -KILL "$(worker_pid one)"
    wait_for state_is one 'stopped, draining (1)'
    echo 'workers = ( { queue = "two"; } );' >"$SCRATCH/two.conf"
    run "$LAUNCH" -c "$SCRATCH/two.conf" status
    [[ $output = *'1 more worker on this node is not in the config'* ]]
    run "$LAUNCH" -c "$SCRATCH/two.conf" kill --all --now
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output = *'one: killed' ]]
    fails is_running "$old"
    wait_for ended "$SCRATCH/stop"
}

@test "the file current is lost while the new one starts" {
    begin_surge
    rm "$(record)/current"
    wait_for state_is one 'running, starting (1)'
    [ "$(worker_pid one)" = "$old" ]
    "$LAUNCH" tend
    is_running "$old"
    wait_for state_is one 'running, starting (1)'
    rm "$(seen one slow)"
    said 0 'one: restarted'
    wait_for there_is_another
    never_none
}

@test "the file current is lost, and the new one fails" {
    begin_surge
    rm "$(record)/current"
    echo 5 >"$(seen one fail)"
    rm "$(seen one slow)"
    said 69 'one: was not restarted; the old one goes on as it was'
    wait_for there_is_one "$old"
    never_none
}

# let_fail ERROR CALLS [OPTION]...: those of the restart in the background that
# strace chooses by its options; the new one gets ready
let_fail() {
    local restart

    restart=$(pgrep -P "$background")
    strace -qqo "$SCRATCH/traced" -e trace="$2" -e inject="$2:error=$1" \
        "${@:3}" -p "$restart" 3>&- &
    wait_for grep -q '^TracerPid:.*[1-9]' "/proc/$restart/status"
    rm "$(seen one slow)"
}

@test "which of both is to go on cannot be read: both do, until the next call" {
    begin_surge
    let_fail EIO '?open,openat' -P "$(record)/current"
    said 75 "one: cannot read which of the old worker and the new is to go on: $(record): "
    is_running "$new"
    wait_for settle
    there_is_one "$new"
    never_none
}

@test "no room to say that the new one is ready: both go on, until tend" {
    # Its runner does not see to it either.
    tmux set-environment -g CELERY_TMUX_DIE_AT succeed
    LAUNCH=$DYING begin_surge
    tmux set-environment -g -u CELERY_TMUX_DIE_AT
    let_fail ENOSPC rename
    said 75 'and tend sees to it once that can be done'
    is_running "$old" "$new"
    # Nor does one that tries again end it, while there is no room.
    run strace -qqo "$SCRATCH/traced" -e trace=rename \
        -e inject=rename:error=ENOSPC "$LAUNCH" restart --preflight=false
    echo "$output"
    [ "$status" -eq 75 ]
    [[ $output = *'and tend sees to it once that can be done' ]]
    is_running "$old" "$new"
    "$LAUNCH" tend
    wait_for there_is_one "$new"
    never_none
    "$LAUNCH" restart
}

@test "the machine is booted while the new one starts" {
    begin_surge
    cp -a "$HOME/.local" "$SCRATCH/kept"
    tmux kill-server
    wait_for -t 60 fails is_running "$old" "$new"
    wait_for ended "$SCRATCH/surge"
    wait_for eval 'list_processes; [ ! -s "$SCRATCH/processes" ]'
    rm -r "$HOME/.local"
    mv "$SCRATCH/kept" "$HOME/.local"
    sed -i -e 's/^boot .*/boot another/' -e '/^# sum/d' \
        "$(record)"/runs/*/run
    rm "$(seen one slow)"
    wait_for tmux new-session -d -s other 'sleep 2510'
    run "$LAUNCH" tend
    [ "$status $output" = '0 one: started (the machine was rebooted)' ]
    wait_for there_is_one
}

@test "root restarts the worker of another user by surge" {
    [ -z "${SKIP-}" ] || skip "$SKIP"
    inside mkdir -p /srv/seen
    inside cp "$ROOT/tests/integration/stand-in" /srv/bin/stand-in
    inside chown tester /srv/seen
    site <<END
defaults = { worker_dir = "/srv/app"; preflight = false; };
workers = ( { queue = "theirs"; user = "tester";
    celery_cmd = "/srv/bin/stand-in /srv/seen"; } );
END
    "${root[@]}" start
    inside touch /srv/seen/busy
    run "${root[@]}" restart --surge
    [ "$status $output" = '0 theirs: restarted' ]
    wait_for eval '[ "$("${root[@]}" status)" = \
        "theirs: running, draining (1)" ]'
    inside rm /srv/seen/busy
    wait_for eval '[ "$("${root[@]}" status)" = "theirs: running" ]'
    wait_for eval '[ "$(as tester tmux -S /tmp/tmux-7251/default \
        list-sessions -F "#{session_name}")" = celery-theirs ]'
    run "${root[@]}" kill
    [ "$output" = 'theirs: killed' ]
    wait_for nobody_is_left
}
root=(inside "$launch" -c "$config")

@test "all nodes at once by pdsh" {
    local node

    needs_module
    fan_out_ready
    configure <<END
defaults = { worker_dir = "$APP_DIR"; preflight = false; };
workers = ( { queue = "two"; celery_cmd = "$(stand_in one)"; } );
END
    # shellcheck disable=SC2016 # for the stand-in
    ssh_does 'mkdir -p "$SCRATCH/$host"
        HOME=$SCRATCH/$host TMUX_TMPDIR=$SCRATCH/$host \
            exec /bin/sh -c "${words[*]:i+1}"'
    fan_out -w 'n[1-2]' "$LAUNCH" start
    touch "$(seen one busy)"
    run fan_out -w 'n[1-2]' "$LAUNCH" restart --surge
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(sort <<<"$output")" = $'n1: two: restarted\nn2: two: restarted' ]
    run fan_out -w 'n[1-2]' "$LAUNCH" status
    [ "$(sort <<<"$output")" = \
        $'n1: two: running, draining (1)\nn2: two: running, draining (1)' ]
    rm "$(seen one busy)"
    fan_out -w 'n[1-2]' "$LAUNCH" kill
    for node in n1 n2; do
        TMUX_TMPDIR=$SCRATCH/$node tmux kill-server || true
    done
}
