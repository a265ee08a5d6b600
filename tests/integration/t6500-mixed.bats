#!/usr/bin/env bats
#
# tend every second, beside start, kill, restart and apply in random order:
# at each quiet moment exactly what should run runs, once.
#
# MIXED is for how many seconds; `make soak` takes two minutes.

load lib
load stand-in

WORKERS=(w0 w1 w2 w3 w4 w5 w6 w7 w8 w9)

setup_file() {
    begin_file
    mkdir "$SCRATCH/seen"
    write_configuration 1
}

# write_configuration NUMBER: two of ten workers differ by it
write_configuration() {
    local name

    {
        echo "defaults = { worker_dir = \"$APP_DIR\"; stop_timeout = 5; };"
        echo 'workers = ('
        for name in "${WORKERS[@]}"; do
            [ "$name" = w0 ] || echo ,
            echo "{ queue = \"$name\"; celery_cmd = \"$(stand_in "$name")\";"
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
    grep -e '/stand-in ' -e 'celery-tmux-launch run ' "$SCRATCH/all" \
        >"$SCRATCH/ours" || true
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

@test "tend beside all the others, in random order" {
    local -A wanted
    local name end quiet=0 commands=0 number=1

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
        commands=$((commands + 1))
        case $((RANDOM % 8)) in
        [01])
            "$LAUNCH" start "$name"
            wanted[$name]=up ;;
        [23])
            "$LAUNCH" restart "$name"
            wanted[$name]=up ;;
        4)
            "$LAUNCH" kill "$name"
            wanted[$name]=down ;;
        5)
            # It crashes; tend brings it back.
            if [ "${wanted[$name]}" = up ]; then
                pkill -KILL -f "/stand-in $SCRATCH/seen/$name " || true
            fi ;;
        6)
            number=$((number + 1))
            write_configuration "$number"
            # What was never ended is started, what was stays down.
            for name in "${WORKERS[@]}"; do
                [ -e "$(seen "$name" starts)" ] || wanted[$name]=up
            done
            "$LAUNCH" apply ;;
        7)
            "$LAUNCH" status >/dev/null || true ;;
        esac >>"$SCRATCH/said" 2>&1 || {
            tail -n 5 "$SCRATCH/said"
            return 1
        }
        if [ $((commands % 8)) -eq 0 ]; then
            wait_for -t 70 as_wanted
            quiet=$((quiet + 1))
        fi
    done
    wait_for -t 70 as_wanted
    touch "$SCRATCH/enough"
    wait "$tending"
    as_wanted
    # It says what it started, and has nothing to complain of.
    fails grep -v ': started (' "$SCRATCH/tend"
    tell "$commands commands beside tend, $((quiet + 1)) quiet moments: as" \
        "wanted each time; $(files) files in ten records"
    [ "$(files)" -le 170 ]
    [ -z "$(find "$HOME/.local/state" -name '*.[0-9]*')" ]
    "$LAUNCH" kill
}
