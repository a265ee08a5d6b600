# shellcheck shell=bash
#
# surge.bash - for tests of runs beside one another, of the worker "one" with a
# session "other" beside it.  Loaded behind lib.

record() {
    echo "$HOME/.local/state/celery-tmux/$(uname -n)/celery-one"
}

# list_processes: workers, runners and commands, into $SCRATCH/processes
list_processes() {
    our_processes >"$SCRATCH/all"
    grep -e '/stand-in ' -e 'celery-tmux-launch ' "$SCRATCH/all" \
        >"$SCRATCH/processes" || true
}

# there_is_one [PID]: a worker, which is current, and nothing else
there_is_one() {
    state_is one running || return
    list_processes
    [ "$(wc -l <"$SCRATCH/processes")" -eq 2 ] &&
        grep -q "^$(runner_pid one) .*celery-tmux-launch run " \
            "$SCRATCH/processes" &&
        grep -q "^$(worker_pid one) .*/stand-in " "$SCRATCH/processes" &&
        [ "$(sessions | xargs)" = 'celery-one other' ] &&
        [ "$(worker_field one others)" = '{}' ] &&
        { [ -z "${1-}" ] || [ "$(worker_pid one)" = "$1" ]; }
}
