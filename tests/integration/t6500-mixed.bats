#!/usr/bin/env bats
# bats file_tags=soak
#
# tend every second, beside start, kill, restart, by surge or not, and apply in
# random order: at each quiet moment exactly what should run runs, once.
#
# MIXED is for how many seconds; `make soak` takes two minutes, and does the
# same with real Celery and redis (MIXED_REAL).

load lib
load stand-in

WORKERS=(w0 w1 w2 w3 w4 w5 w6 w7 w8 w9)

setup_file() {
    begin_file
    mkdir "$SCRATCH/seen"
    [ -z "${MIXED_REAL-}" ] || redis_start
}

# what_runs NAME: the settings that say so, of a stand-in or of Celery
what_runs() {
    if [ "$form" = real ]; then
        # Ten that start at once may share one processor.
        echo "app = \"tasks\"; broker = \"$REDIS_URL\"; pool = \"solo\";"
        echo 'start_timeout = 180;'
    else
        echo "celery_cmd = \"$(stand_in "$1")\";"
    fi
}

# write_configuration NUMBER: two of ten workers differ by it
write_configuration() {
    local name

    {
        echo "defaults = { worker_dir = \"$APP_DIR\";"
        echo "stop_timeout = $patience; };"
        echo 'workers = ('
        for name in "${WORKERS[@]}"; do
            [ "$name" = w0 ] || echo ,
            echo "{ queue = \"$name\"; $(what_runs "$name")"
            case $name in
            w[34]) echo "prefetch_multiplier = $1;" ;;
            esac
            echo '}'
        done
        echo ');'
    } | configure
}

# ours: workers and runners
ours() {
    our_processes >"$SCRATCH/all"
    grep -e '/stand-in ' -e '/celery .*worker' -e 'celery-tmux-launch run ' \
        "$SCRATCH/all" >"$SCRATCH/ours" || true
}

# as_wanted: each worker that should run does, once, and no other
as_wanted() {
    local name up=0

    for name in "${WORKERS[@]}"; do
        if [ "${wanted[$name]}" = up ]; then
            up=$((up + 1))
            state_is "$name" running || return
        else
            state_is "$name" stopped || return
        fi
    done
    ours
    [ "$(wc -l <"$SCRATCH/ours")" -eq $((2 * up)) ] &&
        [ "$(sessions | grep -c ^celery-)" -eq "$up" ]
}

# files: how many a record and the state directory have at most
files() {
    find "$HOME/.local/state" -type f | wc -l
}

is_quiet() {
    wait_for -t 200 as_wanted || {
        echo "wanted: $(declare -p wanted)"
        tail -n 20 "$SCRATCH/said" "$SCRATCH/tend"
        return 1
    }
}

# crash NAME: its MainProcess is killed, if it has one
crash() {
    local pid

    pid=$(worker_pid "$1")
    [ "$pid" = null ] || kill -KILL "$pid" || true
}

# mix FORM, of workers: real or stand-in
mix() {
    local -A wanted begun
    local form=$1 patience=30 name end quiet=0 commands=0 crashes=0 number=1 what

    [ "$form" = stand-in ] || patience=60
    rm -f "$SCRATCH/enough" "$SCRATCH/said"
    write_configuration 1
    tmux new-session -d -s other 'sleep 5000'
    for name in "${WORKERS[@]}"; do
        wanted[$name]=down
    done
    while [ ! -e "$SCRATCH/enough" ]; do
        "$LAUNCH" tend || echo "tend: status $?"
        sleep 1
    done >"$SCRATCH/tend" 2>&1 3>&- &
    tending=$!
    end=$((SECONDS + ${MIXED:-20}))
    while [ "$SECONDS" -lt "$end" ]; do
        name=${WORKERS[RANDOM % 10]}
        what=$((RANDOM % 10))
        commands=$((commands + 1))
        echo "-- $what $name" >>"$SCRATCH/said"
        case $what in
        [01])
            "$LAUNCH" start "$name"
            begun[$name]=yes
            wanted[$name]=up ;;
        [23])
            "$LAUNCH" restart "$name"
            begun[$name]=yes
            wanted[$name]=up ;;
        4)
            "$LAUNCH" kill "$name"
            wanted[$name]=down ;;
        5)
            # It crashes; its runner brings it back, or tend.
            if [ "${wanted[$name]}" = up ]; then
                crashes=$((crashes + 1))
                crash "$name"
            fi ;;
        6)
            number=$((number + 1))
            write_configuration "$number"
            # What was never ended is started, what was stays down.
            for name in "${WORKERS[@]}"; do
                [ -n "${begun[$name]-}" ] || wanted[$name]=up
                begun[$name]=yes
            done
            "$LAUNCH" apply "--surge=$((RANDOM % 2))" ;;
        [89])
            "$LAUNCH" restart --surge "$name"
            begun[$name]=yes
            wanted[$name]=up ;;
        7)
            "$LAUNCH" status >/dev/null || true ;;
        esac >>"$SCRATCH/said" 2>&1 || {
            tail -n 5 "$SCRATCH/said"
            return 1
        }
        if [ $((commands % 8)) -eq 0 ]; then
            is_quiet
            quiet=$((quiet + 1))
        fi
    done
    is_quiet
    touch "$SCRATCH/enough"
    wait "$tending"
    as_wanted
    # It says what it started, and has nothing to complain of.
    fails grep -v ': started (' "$SCRATCH/tend"
    tell "$form: $commands commands beside tend, $crashes crashes," \
        "$((quiet + 1)) quiet moments: as wanted each time;" \
        "$(files) files in ten records"
    [ "$(files)" -le 170 ]
    [ -z "$(find "$HOME/.local/state" -name '*.[0-9]*')" ]
    "$LAUNCH" kill
}

@test "tend beside all the others, in random order" {
    mix stand-in
}

@test "the same with ten real workers" {
    [ -n "${MIXED_REAL-}" ] || skip "make soak does it"
    end_all
    mix real
}
