# shellcheck shell=bash
#
# lib.bash - what every integration test file begins with:
#
#     #!/usr/bin/env bats
#     load lib
#
#     setup_file() {
#         begin_file
#         redis_start
#         configure_app tasks 'pool = "solo";'
#     }
#
# Each file has a scratch directory of its own, and in it a home, a tmux
# server and a copy of the app, so that files can run side by side and never
# meet what the person who runs them has.  The directory's name has a blank,
# because a user's may.  After the last test nothing may be left over, or the
# file has failed.

# ---- the life of a file -----------------------------------------------------

# Files that define these themselves call begin_file, end_test and end_file.
setup_file() {
    begin_file
}

teardown() {
    end_test
}

teardown_file() {
    end_file
}

# Exports SCRATCH, HOME, APP_DIR, LAUNCH, DYING (failpoint.h), ROOT (of the
# checkout), PYTHON.
begin_file() {
    local name

    umask 022
    SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/celery-tmux XXXXXX")
    SCRATCH=$(readlink -f "$SCRATCH")
    ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    LAUNCH=$(readlink -m "${LAUNCH:-$ROOT/build/celery-tmux-launch}")
    DYING=$(dirname "$LAUNCH")/testing/celery-tmux-launch
    HOME=$SCRATCH/home
    APP_DIR=$SCRATCH/app
    TMUX_TMPDIR=$SCRATCH/tmux
    PYTHON=/usr/bin/python3
    LANG=C.UTF-8
    TERM=xterm-256color
    PATH=$(dirname "$LAUNCH"):/usr/local/sbin:/usr/local/bin
    PATH+=:/usr/sbin:/usr/bin:/sbin:/bin
    # What a sanitizer finds in a pane would be lost with the pane.
    # shellcheck disable=SC2089 # it reads the quotes itself
    ASAN_OPTIONS="log_path='$SCRATCH/sanitizer'"
    # shellcheck disable=SC2089
    UBSAN_OPTIONS="log_path='$SCRATCH/sanitizer':print_stacktrace=1"

    # Nothing of the surroundings may reach the program by accident.
    while read -r name; do
        unset "$name"
    done < <(compgen -e | grep -E -e '^(XDG_|LC_|CELERY_|PDSH_|PYTHON)' \
        -e '^(APP|BROKER_URL|BASH_ENV|ENV|FORKED_BY_MULTIPROCESSING)$' \
        -e '^(LD_LIBRARY_PATH|NOTIFY_SOCKET|NO_COLOR|TMUX|TMUX_PANE)$' \
        -e '^(VIRTUAL_ENV|WCOLL)$' | grep -vx PYTHON)
    export SCRATCH ROOT LAUNCH DYING HOME APP_DIR TMUX_TMPDIR PYTHON LANG TERM
    export PATH
    # shellcheck disable=SC2090
    export ASAN_OPTIONS UBSAN_OPTIONS

    mkdir "$HOME" "$TMUX_TMPDIR"
    cp -R "$ROOT/tests/integration/app" "$APP_DIR"
}

# Shows what can be seen when the test failed; fails when a sanitizer spoke.
end_test() {
    [ -n "${BATS_TEST_COMPLETED-}" ] || explain
    sanitizers_are_silent
}

end_file() {
    local failed=0

    tmux kill-server 2>/dev/null || true
    redis_stop
    # Runners end their workers when their server is gone: that takes a while.
    if ! wait_for -t 20 no_leftovers; then
        failed=1
        kill_groups
    fi
    sanitizers_are_silent || failed=1
    rm -rf "$SCRATCH"
    return "$failed"
}

# A storm changes its pid faster than one can kill, but never its group.
kill_groups() {
    local own pid group

    own=$(ps -o pgid= -p $$ | xargs)
    our_processes >"$SCRATCH/left"
    while read -r pid _; do
        group=$(ps -o pgid= -p "$pid" | xargs)
        if [ -n "$group" ] && [ "$group" != "$own" ]; then
            kill -KILL -- "-$group" 2>/dev/null || true
        else
            kill -KILL "$pid" 2>/dev/null || true
        fi
    done <"$SCRATCH/left"
}

sanitizers_are_silent() {
    fails cat "$SCRATCH"/sanitizer.* 2>/dev/null
}

# What the sessions show, for the report of a failed test.
explain() {
    local session

    echo "--- status:"
    timeout 10 "$LAUNCH" status -v 2>&1 || true
    while read -r session; do
        echo "--- session $session:"
        tmux capture-pane -p -S -50 -t "=$session:" | grep . | tail -n 30
    done < <(tmux list-sessions -F '#{session_name}' 2>/dev/null)
    echo "--- processes:"
    our_processes
}

# ---- waiting ----------------------------------------------------------------

# wait_for [-t SECONDS] COMMAND...: until it succeeds, for 30 s by default
wait_for() {
    local limit=30 end pause=20

    if [ "$1" = -t ]; then
        limit=$2
        shift 2
    fi
    end=$((${EPOCHREALTIME/./} + limit * 1000000))
    until "$@" >/dev/null 2>&1; do
        if [ "${EPOCHREALTIME/./}" -ge "$end" ]; then
            echo "waited $limit s in vain for: $*"
            "$@" 2>&1 || true
            return 1
        fi
        # What is long in coming is looked for less often: looking costs, and
        # other files are at work as well.
        sleep "0.$(printf %03d "$pause")"
        pause=$((pause < 160 ? pause * 3 / 2 : 240))
    done
}

# fails COMMAND...: for wait_for and for `set -e`, which overlooks a plain `!`
fails() {
    ! "$@"
}

# needs_own_mounts: skip where there can be none.  In a chroot whose / is no
# mount point (sbuild's, say) root cannot keep mounts to itself either.
needs_own_mounts() {
    unshare --mount --propagation private true 2>/dev/null ||
        skip "needs root and a / that is a mount point, for mounts of its own"
}

# needs_module: skip where the program is linked statically, and so no module
# for pdsh was built beside it
needs_module() {
    ldd "$LAUNCH" >/dev/null 2>&1 ||
        skip "needs pdsh's module, which a static build does not have"
}

# needs_other_time: skip where faketime cannot give the program another time
needs_other_time() {
    ldd "$LAUNCH" >/dev/null 2>&1 ||
        skip "needs a program that is not linked statically, for faketime"
}

# at_time TIME COMMAND...: then, as faketime -f has it.  tmux keeps the real
# time, for one that is linked with jemalloc, as Debian's is since 13, hangs in
# libfaketime.  The time since boot is never set, so it stays real.
at_time() {
    local real=$SCRATCH/real

    if [ ! -e "$real/tmux" ]; then
        mkdir -p "$real"
        printf '#!/bin/sh\nunset LD_PRELOAD FAKETIME\nexec %s "$@"\n' \
            "$(type -P tmux)" >"$real/tmux"
        chmod +x "$real/tmux"
    fi
    ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 \
        FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 \
        PATH=$real:$PATH faketime -f "$1" "${@:2}"
}

# run_apart COMMAND...: bats' run, with what goes to standard error in $stderr
# alone; the bats of Debian 11 cannot
run_apart() {
    run without_errors "$@"
    # shellcheck disable=SC2034 # for the caller
    stderr=$(cat "$SCRATCH/stderr")
}

without_errors() {
    "$@" 2>"$SCRATCH/stderr"
}

# within SECONDS COMMAND...: it succeeds, and does not take longer
within() {
    local limit=$1 begin=${EPOCHREALTIME/./} took status=0

    shift
    "$@" || status=$?
    took=$(((${EPOCHREALTIME/./} - begin) / 1000))
    if [ "$took" -gt "$((limit * 1000))" ]; then
        echo "$* took $took ms, more than $limit s"
        return 1
    fi
    return "$status"
}

# ---- the program and what it started ----------------------------------------

# configure: standard input becomes the configuration file
configure() {
    mkdir -p "$HOME/.config/celery-tmux"
    (umask 077 && cat >"$HOME/.config/celery-tmux/celery-tmux.conf")
}

# configure_app APP [SETTINGS [WORKERS]]: the app on redis, SETTINGS for all
# workers.  These are listed in WORKERS, or on standard input when that is -;
# without it there is one, for the queue celery.
configure_app() {
    local workers=${3-'{ queue = "celery"; }'}

    [ "$workers" != - ] || workers=$(cat)
    configure <<END
defaults = {
    app = "$1"; worker_dir = "$APP_DIR"; broker = "$REDIS_URL"; ${2-}
};
workers = (
$workers
);
END
}

# session_exists SESSION, by its exact name
session_exists() {
    tmux has-session -t "=$1:" 2>/dev/null
}

# sessions: their names, one a line, sorted
sessions() {
    tmux list-sessions -F '#{session_name}' 2>/dev/null | sort
}

# tmux_is_before VERSION: for what a test itself needs of tmux
tmux_is_before() {
    local found

    found=$(tmux -V | tr -dc '0-9.')
    [ "$found" != "$1" ] &&
        [ "$(printf '%s\n' "$found" "$1" | sort -V | head -n 1)" = "$found" ]
}

# screen SESSION: what its pane shows and showed.  Before tmux 3.4 -J keeps
# the blanks that nobody wrote.
screen() {
    tmux capture-pane -p -J -S - -t "=$1:" | sed -e 's/ *$//' -e '/^$/d'
}

# run_of RECORD: the directory of a worker's current run
run_of() {
    echo "$1/runs/$(head -c 8 "$1/current")"
}

# planned_of RECORD: those of the runs that are planned, one at most
planned_of() {
    grep -l -s -x 'state planned' "$1"/runs/*/run | sed 's,/run$,,'
}

# worker_field NAME KEY: from `status --json`; NAME is a worker or a session
worker_field() {
    "$LAUNCH" status --json | jq -nrc --arg name "$1" --arg key "$2" \
        '[inputs | select(.worker == $name or .session == $name)]
        | if length == 0 then error("no worker " + $name) else .[0][$key] end'
}

# worker_pid NAME: of its MainProcess
worker_pid() {
    worker_field "$1" mainprocess
}

# runner_pid NAME: of the process in the pane
runner_pid() {
    worker_field "$1" pid
}

# tell WORDS: a figure, for the end of the run and beside a failure
tell() {
    echo "# figure: $*" >&3
    echo "$*"
}

# state_is NAME STATE, as status says it in a line; drifted or not
state_is() {
    [ "$("$LAUNCH" status "$1" | sed 's/ (drifted)$//')" = "$1: $2" ]
}

# is_running PID...: all of them; one that only waits to be reaped is not, but
# one of whose threads some are still there is
is_running() {
    local pid stat
    local -a field

    for pid; do
        stat=$(cat "/proc/$pid/stat" 2>/dev/null) || return 1
        read -ra field <<<"${stat##*)}"
        case ${field[0]} in
        Z | X) [ "${field[17]}" -gt 1 ] || return 1 ;;
        esac
    done
}

# descendants PID: their pids, one a line
descendants() {
    local child

    for child in $(pgrep -P "$1"); do
        echo "$child"
        descendants "$child"
    done
}

# our_processes: "PID COMMAND" of everything this file's tests have started.
# Neither the tmux server nor redis is meant.
our_processes() {
    # shellcheck disable=SC2046 # no pid or one
    "$PYTHON" -IS "$ROOT/tests/integration/processes.py" "$SCRATCH" "$HOME" \
        $(cat "$SCRATCH/redis/pid" 2>/dev/null)
}

# ours REGEX: those of them whose command begins like this; other files' tests
# run beside these, and have processes of the same names
ours() {
    local all

    # Not in one pipe: grep has the home in its environment as well.
    all=$(our_processes)
    grep -E -e "^[0-9]+ $1" <<<"$all"
}

# no_leftovers: nothing of what this file's tests started is still there
no_leftovers() {
    local left

    left=$(our_processes)
    if [ -n "$left" ]; then
        echo "left over:"
        echo "$left"
        return 1
    fi
}

# end_all: from whatever a test left behind to a clean table for the next one
end_all() {
    local server

    server=$(tmux display-message -p '#{pid}' 2>/dev/null) || server=
    tmux kill-server 2>/dev/null || true
    wait_for no_leftovers
    # A new session would be refused by one that is still ending.
    [ -z "$server" ] || wait_for fails is_running "$server"
    rm -rf "$HOME/.local"
}

# ---- redis ------------------------------------------------------------------

# redis_start: on a free port, or again on the one it had; exports REDIS_URL
redis_start() {
    local pid try

    mkdir -p "$SCRATCH/redis"
    for try in 1 2 3 4 5 6 7 8 9 10; do
        if [ "$try" -gt 1 ] || [ -z "${REDIS_PORT-}" ]; then
            REDIS_PORT=$((10000 + (SRANDOM % 20000)))
        fi
        # Bats waits for whoever holds its descriptor 3.
        redis-server --port "$REDIS_PORT" --bind 127.0.0.1 --save '' \
            --appendonly no --daemonize no --dir "$SCRATCH/redis" \
            --logfile '' >>"$SCRATCH/redis/log" 2>&1 3>&- </dev/null &
        pid=$!
        disown "$pid"
        echo "$pid" >"$SCRATCH/redis/pid"
        if wait_for -t 20 redis_answers_or_ended "$pid" &&
            redis_answers "$pid"; then
            export REDIS_PORT REDIS_URL=redis://127.0.0.1:$REDIS_PORT/0
            return 0
        fi
        redis_stop
    done
    echo "redis-server did not start:"
    tail -n 20 "$SCRATCH/redis/log"
    return 1
}

# It is ours that answers there, and nobody else's.
redis_answers() {
    redis-cli -p "$REDIS_PORT" info server | tr -d '\r' |
        grep -qx "process_id:$1"
}

redis_answers_or_ended() {
    redis_answers "$1" || ! is_running "$1"
}

redis_stop() {
    local pid

    pid=$(cat "$SCRATCH/redis/pid" 2>/dev/null) || return 0
    if is_running "$pid"; then
        kill "$pid" || true
        wait_for -t 10 fails is_running "$pid" || kill -KILL "$pid"
    fi
    rm -f "$SCRATCH/redis/pid"
}

# ---- tasks ------------------------------------------------------------------

# task [-q QUEUE] [-t SECONDS] NAME [ARG]...: send it, print its result
task() {
    send_tasks --wait "$@"
}

# send_tasks [-q QUEUE] [-n COUNT] NAME [ARG]...: send and do not wait; {} in
# an argument is the number of the task, from 0
send_tasks() {
    (cd "$APP_DIR" &&
        CELERY_BROKER_URL=$REDIS_URL "$PYTHON" send.py "$@")
}

# app_python PROGRAM [ARG]...: run a Python program beside the app, to send
# many tasks at the price of one interpreter
app_python() {
    (cd "$APP_DIR" && CELERY_BROKER_URL=$REDIS_URL "$PYTHON" -c "$@")
}

# tokens_ended DIRECTORY: how many different tasks `sleep` got to their end
tokens_ended() {
    sed -n 's/^end //p' "$1/tokens" 2>/dev/null | sort -u | wc -l
}

# tokens_lost DIRECTORY: those that began and never ended, one a line
tokens_lost() {
    comm -23 <(sed -n 's/^begin //p' "$1/tokens" | sort -u) \
        <(sed -n 's/^end //p' "$1/tokens" | sort -u)
}

# all_ended DIRECTORY COUNT, for wait_for
all_ended() {
    [ "$(tokens_ended "$1")" -eq "$2" ]
}
