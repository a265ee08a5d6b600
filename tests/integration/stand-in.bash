# shellcheck shell=bash
#
# stand-in.bash - workers that are up in a moment, for tests that are about
# what surrounds a worker and not about Celery.  Loaded behind lib.

# stand_in NAME: its celery_cmd for a configuration; makes its directory
stand_in() {
    mkdir -p "$SCRATCH/seen/$1"
    echo "'$ROOT/tests/integration/stand-in' '$SCRATCH/seen/$1'"
}

# seen NAME FILE: the path of what the stand-in of that name wrote, or reads
seen() {
    echo "$SCRATCH/seen/$1/$2"
}

# starts NAME: how many lives it has had
starts() {
    sed -n '$=' "$(seen "$1" starts)" 2>/dev/null | grep . || echo 0
}

# say NAME <TEXT: have the stand-in, which is ready, print standard input
say() {
    cat >"$(seen "$1" say)"
    kill -USR1 "$(worker_field "$1" mainprocess)"
    wait_for fails test -e "$(seen "$1" say)"
}

# forget: a clean table, for the stand-ins too
forget() {
    end_all
    find "$SCRATCH/seen" -type f -delete
}

# says EXPECTED FILE: for wait_for
says() {
    grep -q -e "$1" "$2"
}

# worker_is NAME STATE, for wait_for
worker_is() {
    [ "$(worker_field "$1" state)" = "$2" ]
}

# looks_dead SESSION: there is none, or nothing runs in it
looks_dead() {
    tmux list-panes -s -t "=$1:" -F '#{pane_dead}' 2>/dev/null |
        fails grep -qvx 1
}

# in_background FILE COMMAND...: output to FILE, status to FILE.status, pid
# in $background
in_background() {
    local file=$1

    shift
    rm -f "$file.status"
    (
        "$@" >"$file" 2>&1 3>&- </dev/null && echo 0 >"$file.status" ||
            echo $? >"$file.status"
    ) 3>&- &
    # shellcheck disable=SC2034 # for the caller
    background=$!
    echo "$background" >"$file.pid"
}

# ended FILE, for wait_for
ended() {
    [ -s "$1.status" ] && fails is_running "$(cat "$1.pid")"
}
