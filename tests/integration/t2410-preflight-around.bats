#!/usr/bin/env bats
# bats file_tags=sanitized
# shellcheck disable=SC2016,SC2154 # $ is for a shell elsewhere, or of stand-in.bash
#
# What surrounds a preflight: when there is one, how often, for how long, at
# whose cost, who comes between, and that nothing is left of it.

load lib
load stand-in

setup_file() {
    begin_file
    mkdir "$SCRATCH/tmp" "$SCRATCH/work"
    # A stand-in that does, where it is only tried, what its test says.
    cat >"$SCRATCH/program" <<'END'
#!/bin/bash
if [ -e "$CELERY_TMUX_RECORD/findings" ]; then
    echo "$BASHPID $*" >>"$SCRATCH/tried"
    [ ! -e "$SCRATCH/act" ] || . "$SCRATCH/act"
fi
exec "$ROOT/tests/integration/stand-in" "$@"
END
    sed -i "2i SCRATCH='$SCRATCH' ROOT='$ROOT'" "$SCRATCH/program"
    chmod +x "$SCRATCH/program"
    export TMPDIR=$SCRATCH/tmp
}

teardown() {
    rm -rf "$SCRATCH/act" "$SCRATCH/tried" "$SCRATCH/tmp"/*
    forget
    end_test
}

# program NAME: its celery_cmd
program() {
    stand_in "$1" >/dev/null
    echo "'$SCRATCH/program' '$SCRATCH/seen/$1'"
}

# one [SETTINGS]: the configuration, of one worker
one() {
    configure <<END
workers = ( { queue = "celery"; worker_dir = "$SCRATCH/work";
    celery_cmd = "$(program celery)"; ${1-} } );
END
}

# act: what it does where it is tried
act() {
    cat >"$SCRATCH/act"
}

tries() {
    sed -n '$=' "$SCRATCH/tried" 2>/dev/null | grep . || echo 0
}

# refuses COMMAND...: with 69, and the worker is the same
refuses() {
    local pid

    pid=$(worker_pid celery)
    run "$@"
    echo "$status: $output"
    [ "$status" -eq 69 ]
    [ "$(worker_pid celery)" = "$pid" ]
    state_is celery running
}

# nothing_left: neither a file nor a process of it
nothing_left() {
    [ -z "$(ls -A "$TMPDIR")" ]
    fails pgrep -f 'preflight-[s]leeper'
}

@test "only a worker that runs and would be ended is tried" {
    one
    "$LAUNCH" start
    [ "$(tries)" -eq 0 ]
    "$LAUNCH" restart --dry-run
    "$LAUNCH" start --dry-run
    "$LAUNCH" apply
    "$LAUNCH" start --kill-existing=false
    "$LAUNCH" restart --force
    "$LAUNCH" restart --preflight=false
    [ "$(tries)" -eq 0 ]
    "$LAUNCH" restart
    "$LAUNCH" start
    "$LAUNCH" apply --environment=A=1
    [ "$(tries)" -eq 3 ]
    "$LAUNCH" apply --preflight=false --environment=A=2
    "$LAUNCH" stop
    echo 'exit 1' | act
    "$LAUNCH" restart
    [ "$(tries)" -eq 3 ]
    [ "$(starts celery)" -eq 8 ]
    nothing_left
}

@test "a wish to restart that is refused leaves the worker as it was" {
    one
    "$LAUNCH" start
    before=$(remembered)
    echo 'echo no luck; exit 5' | act
    for command in start restart 'apply --environment=A=1'; do
        # shellcheck disable=SC2086 # words
        refuses "$LAUNCH" $command
        [[ $output = *'Celery ends with status 5 before it connects and says "no luck"; correct that, or use --force'* ]]
        [ "$(remembered)" = "$before" ]
    done
    # tend finds nothing to do, and brings it back with its old settings.
    [ -z "$("$LAUNCH" tend)" ]
    kill -KILL "$(runner_pid celery)" "$(worker_pid celery)"
    wait_for worker_is celery dead
    "$LAUNCH" tend
    wait_for worker_is celery running
    fails grep -q A=1 "$(seen celery environ)"
    nothing_left
}

worker_record() {
    echo "$HOME/.local/state/celery-tmux/$(uname -n)/celery-celery"
}

# remembered: what a restart would change
remembered() {
    (cd "$(worker_record)" && cat wanted current "$(run_of .)"/{worker,run} &&
        find . ! -name health)
}

@test "each worker by itself, and the same words once" {
    configure <<END
defaults = { worker_dir = "$SCRATCH/work"; };
workers = (
    { queue = "a"; celery_cmd = "$(program a)"; instances = 3; },
    { queue = "b"; celery_cmd = "$(program b)"; },
    { queue = "c"; celery_cmd = "$(program c)"; }
);
END
    "$LAUNCH" start
    echo 'case $* in */b*) echo not b; exit 1 ;; esac' | act
    b=$(worker_pid b) c=$(worker_pid c)
    status=0
    "$LAUNCH" restart >"$SCRATCH/said" 2>"$SCRATCH/errors" || status=$?
    [ "$status" -eq 69 ]
    [ "$(cat "$SCRATCH/said")" = "$(printf '%s: restarted\n' a a+2 a+3 c)" ]
    grep -q 'b: was not restarted.*says "not b"' "$SCRATCH/errors"
    [ "$(worker_pid b)" = "$b" ]
    [ "$(worker_pid c)" != "$c" ]
    [ "$(tries)" -eq 3 ]
    nothing_left
}

@test "none is asked to end before all were tried" {
    configure <<END
defaults = { worker_dir = "$SCRATCH/work"; };
workers = (
    { queue = "a"; celery_cmd = "$(program a)"; },
    { queue = "b"; celery_cmd = "$(program b)"; }
);
END
    "$LAUNCH" start
    a=$(worker_pid a)
    touch "$SCRATCH/hold"
    echo 'case $* in */b*) while [ -e "$SCRATCH/hold" ]; do sleep 0.05
        done ;; esac' | act
    in_background "$SCRATCH/said" "$LAUNCH" restart
    wait_for eval '[ "$(tries)" -eq 2 ]'
    wait_for fails pgrep -f "$SCRATCH/seen/a --preflight"
    [ "$(worker_pid a)" = "$a" ]
    rm "$SCRATCH/hold"
    wait_for ended "$SCRATCH/said"
    [ "$(cat "$SCRATCH/said.status")" -eq 0 ]
}

@test "one that hangs is no verdict: that is said, it is swept, and it goes on" {
    one
    "$LAUNCH" start
    act <<'END'
setsid bash -c 'exec -a preflight-sleeper sleep 1000' &
bash -c 'trap "" TERM HUP; exec -a preflight-sleeper sleep 1000' &
echo stuck
wait
END
    run "$LAUNCH" restart --start-timeout=10
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output = *'celery: could not be tried before its restart, which goes on: the import of the app was not done after 10 s and says "stuck"'*'celery: restarted' ]]
    nothing_left
    one "worker_setup_cmd = \". '$SCRATCH/setup'\";"
    echo '[ ! -e "$CELERY_TMUX_RECORD/findings" ] || sleep 1000' \
        >"$SCRATCH/setup"
    run "$LAUNCH" restart --start-timeout=10
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output = *'worker_setup_cmd was not done after 10 s'*restarted ]]
    nothing_left
}

@test "a daemon without our cookie in its environment is not left" {
    one "worker_setup_cmd = \". '$SCRATCH/setup'\";"
    cat >"$SCRATCH/setup" <<'END'
if [ -e "$CELERY_TMUX_RECORD/findings" ]; then
    (env -i setsid bash -c 'exec -a preflight-sleeper sleep 100' &)
    touch "$SCRATCH/left-one"
fi
END
    sed -i "1i SCRATCH='$SCRATCH'" "$SCRATCH/setup"
    "$LAUNCH" start
    "$LAUNCH" restart
    [ -e "$SCRATCH/left-one" ]
    nothing_left
}

@test "what cannot be tried is no verdict either" {
    one
    "$LAUNCH" start
    run env TMPDIR=/proc "$LAUNCH" restart
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output = *'could not be tried before its restart, which goes on: cannot create the directory /proc/'* ]]
}

@test "ended in the middle it leaves neither files nor processes" {
    one
    "$LAUNCH" start
    pid=$(worker_pid celery)
    before=$(remembered)
    act <<'END'
bash -c 'exec -a preflight-sleeper sleep 1000' &
wait
END
    for number in INT TERM HUP; do
        rm -f "$SCRATCH/tried"
        in_background "$SCRATCH/cut" env --default-signal=INT "$LAUNCH" restart
        wait_for pgrep -f 'preflight-[s]leeper'
        kill "-$number" "$(pgrep -P "$background" -f ' restart$')"
        wait_for ended "$SCRATCH/cut"
        [ "$(worker_pid celery)" = "$pid" ]
        [ "$(remembered)" = "$before" ]
        wait_for nothing_left
    done
}

@test "it waits for nobody, and who says down meanwhile is obeyed" {
    one
    "$LAUNCH" start
    touch "$SCRATCH/hold"
    echo 'while [ -e "$SCRATCH/hold" ]; do sleep 0.05; done' | act
    in_background "$SCRATCH/said" "$LAUNCH" restart
    wait_for eval '[ "$(tries)" -eq 1 ]'
    within 30 "$LAUNCH" kill
    rm "$SCRATCH/hold"
    wait_for ended "$SCRATCH/said"
    cat "$SCRATCH/said"
    [ "$(cat "$SCRATCH/said.status")" -eq 69 ]
    grep -q 'celery: did not start: kill ended it in the meantime' \
        "$SCRATCH/said"
    [ "$("$LAUNCH" status)" = "celery: stopped" ]

    # stop, which still waits for a task.
    "$LAUNCH" start
    touch "$SCRATCH/hold" "$(seen celery busy)"
    in_background "$SCRATCH/said" "$LAUNCH" restart
    wait_for eval '[ "$(tries)" -eq 2 ]'
    run "$LAUNCH" stop --stop-timeout=0
    rm "$SCRATCH/hold"
    wait_for ended "$SCRATCH/said"
    [ "$(cat "$SCRATCH/said.status")" -eq 69 ]
    rm "$(seen celery busy)"
    wait_for worker_is celery stopped

    # Another restart.
    "$LAUNCH" start
    touch "$SCRATCH/hold"
    in_background "$SCRATCH/said" "$LAUNCH" restart
    wait_for eval '[ "$(tries)" -eq 3 ]'
    "$LAUNCH" restart --preflight=false
    pid=$(worker_pid celery)
    rm "$SCRATCH/hold"
    wait_for ended "$SCRATCH/said"
    [ "$(cat "$SCRATCH/said.status")" -eq 0 ]
    [ "$(worker_pid celery)" = "$pid" ]
    nothing_left
}

@test "it is niced, and the first to go when memory ends" {
    one
    "$LAUNCH" start
    echo 'echo $(ps -o ni= -p $$) $(cat /proc/$$/oom_score_adj) \
        >"$SCRATCH/work/humble"' | act
    "$LAUNCH" restart
    [ "$(cat "$SCRATCH/work/humble")" = '10 1000' ]
    # The worker is neither, and its own nice is no less.
    [ "$(cat "/proc/$(worker_pid celery)/oom_score_adj")" = \
        "$(cat /proc/self/oom_score_adj)" ]
    [ "$(ps -o ni= -p "$(worker_pid celery)" | xargs)" = \
        "$(ps -o ni= -p $$ | xargs)" ]
    "$LAUNCH" restart --nice=15
    [ "$(cat "$SCRATCH/work/humble")" = '15 1000' ]
}

@test "the same surroundings, and the same secrets" {
    one 'environment = { A = "from here"; }; broker = "redis://u:SESAME@h/0";
        worker_setup_cmd = "export B=$PWD; cd /"; umask = "027"; nofile = 99;'
    "$LAUNCH" start
    act <<'END'
env | grep -E '^(A|B|HOME|PATH|CELERY_BROKER_URL)=' | sort >"$SCRATCH/env"
echo "$PWD $(umask) $(ulimit -n)" >>"$SCRATCH/env"
echo "no way to redis://u:SESAME@h/0"
exit 1
END
    refuses "$LAUNCH" restart
    [[ $output = *'no way to redis://u:****@h/0'* ]]
    [ "$(cat "$SCRATCH/env")" = "$(tr '\0' '\n' <"$(seen celery environ)" |
        grep -E '^(A|B|HOME|PATH|CELERY_BROKER_URL)=' | sort)
$(readlink -f "$SCRATCH/work") 0027 99" ]
    nothing_left
}

@test "a file or a directory that is gone" {
    one
    "$LAUNCH" start
    # That is looked at before anything is tried.
    pid=$(worker_pid celery)
    run "$LAUNCH" restart --env-file=/gone/file
    [ "$status" -eq 78 ]
    [[ $output = *'cannot read env_file /gone/file'* ]]
    [ "$(worker_pid celery)" = "$pid" ]
    refuses "$LAUNCH" restart --worker-dir=/gone
    [[ $output = *'cannot work in worker_dir /gone: No such file'*'make it or correct the setting, or use --force'* ]]
    refuses "$LAUNCH" restart --shell=/gone/sh --worker-setup-cmd=true
    [[ $output = *'cannot run /gone/sh: No such file'* ]]
    nothing_left
}

@test "a wrapper that hides our module is not tried, as that would start it" {
    # It becomes ready by having been up for long, and is none that we know.
    one
    "$LAUNCH" start
    # A record without its seal is as an earlier version had it.
    sed -i 's/^assumed .*/assumed 1/; /^# sum /d' "$(run_of "$(worker_record)")/run"
    [ "$("$LAUNCH" status)" = 'celery: running (readiness assumed)' ]
    "$LAUNCH" restart
    [ "$(tries)" -eq 0 ]
    # One that knows nothing of a trial and says that it is ready is ended.
    touch "$(seen celery odd)"
    "$LAUNCH" restart
    [ "$(tries)" -eq 1 ]
    [ "$(starts celery)" -eq 4 ]
    nothing_left
}

@test "a real worker that was tried is not cut off, however long it drains" {
    one
    "$LAUNCH" start
    mkdir -p "$SCRATCH/seen/other"
    touch "$(seen other odd)" "$(seen other busy)"
    echo 'shift; set -- "$SCRATCH/seen/other" "$@"' | act
    in_background "$SCRATCH/said" "$LAUNCH" restart --stop-timeout=5
    wait_for says 'celery: celery_cmd starts a worker that ignores --include; it was asked to end, and is waited for' \
        "$SCRATCH/said"
    wait_for grep -q '^- ' "$(seen other lives)"
    pid=$(sed -n 's/^- //p' "$(seen other lives)")
    # For stop_timeout, and as long again as a sweep may take.
    fails wait_for -t 9 ended "$SCRATCH/said"
    is_running "$pid"
    rm "$(seen other busy)"
    wait_for ended "$SCRATCH/said"
    cat "$SCRATCH/said"
    [ "$(cat "$SCRATCH/said.status")" -eq 0 ]
    grep -qx 'celery: restarted' "$SCRATCH/said"
    # It was asked once (F1).
    [ "$(grep -c '^- ' "$(seen other lives)")" -eq 1 ]
    [ "$(starts other)" -eq 1 ]
    nothing_left
}
