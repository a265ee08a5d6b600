#!/usr/bin/env bats
#
# etc/slurm without Slurm: srun is a stand-in that runs its words on this
# machine, as the one node of a job.  How long the job lasts, and its status.

load lib
load stand-in

setup_file() {
    begin_file
    mkdir "$SCRATCH/slurm"
    cat >"$SCRATCH/slurm/srun" <<'END'
#!/bin/sh
while [ "${1#--}" != "$1" ]; do
    shift
done
SLURMD_NODENAME=n1 "$@"
status=$?
echo "$*" >>"$SCRATCH/done"
exit "$status"
END
    # So that a look at the workers comes soon, and is counted.
    cat >"$SCRATCH/slurm/sleep" <<'END'
#!/bin/sh
echo "$1" >>"$SCRATCH/looks"
# The five seconds are enough for a stop that is under way.
while pgrep -f "^celery-tmux-launch .*-$SLURM_JOB_ID-n1/tmux .* stop --all"; do
    /bin/sleep 0.1
done >/dev/null
exec /bin/sleep 0.2
END
    chmod +x "$SCRATCH/slurm"/*
    stand_in one >/dev/null
    stand_in two >/dev/null
    stand_in three >/dev/null
}

setup() {
    export SLURM_JOB_ID=$$-$BATS_TEST_NUMBER
    place=/tmp/celery-tmux-$SLURM_JOB_ID-n1
    there=(--state-dir="$place" --tmux-socket="$place/tmux")
    : >"$SCRATCH/done"
    : >"$SCRATCH/looks"
    server=
}

# Slurm ends what is left of a job: here a server with panes of the dead.
teardown() {
    end_test
    "$LAUNCH" "${there[@]}" kill --all >/dev/null 2>&1 || true
    wait_for ended "$SCRATCH/out" || true
    if [ -n "$server" ] && is_running "$server"; then
        kill "$server"
    fi
    rm -rf "$place"
    find "$SCRATCH/seen" -type f -delete
}

# job NAME...: begin one with these workers
job() {
    local name

    {
        echo 'defaults = { autorestart = false; stop_timeout = 1; };'
        echo 'workers = ('
        for name; do
            echo "{ queue = \"$name\"; hosts = \"n1\"; celery_cmd ="
            echo "\"$(stand_in "$name")\"; }$([ "$name" = "${*: -1}" ] ||
                echo ,)"
        done
        echo ');'
    } | configure
    in_background "$SCRATCH/out" env PATH="$SCRATCH/slurm:$PATH" \
        sh "$ROOT/etc/slurm/celery-tmux.sbatch"
    # shellcheck disable=SC2154 # by in_background
    wait_for pgrep -P "$background"
    script=$(pgrep -P "$background")
    wait_for test -s "$SCRATCH/looks"
    server=$(tmux -S "$place/tmux" display-message -p '#{pid}') || server=
}

# lasts: it has looked some times more, and has not ended
lasts() {
    looks=$(($(wc -l <"$SCRATCH/looks") + 5))
    wait_for has_looked || { cat "$SCRATCH/out" && return 1; }
    fails ended "$SCRATCH/out"
}

has_looked() {
    [ "$(wc -l <"$SCRATCH/looks")" -ge "$looks" ]
}

# is_over STATUS: the job ends with it, and nothing of it stays
is_over() {
    wait_for ended "$SCRATCH/out"
    cat "$SCRATCH/out"
    [ "$(cat "$SCRATCH/out.status")" = "$1" ]
    [ ! -e "$place" ]
    no_leftovers
}

# field NAME KEY: of a worker of the job
field() {
    "$LAUNCH" "${there[@]}" status --all --json |
        jq -r --arg name "$1" --arg key "$2" \
            'select(.worker == $name) | .[$key]'
}

field_is() {
    [ "$(field "$1" "$2")" = "$3" ]
}

@test "a job lasts while one worker lives and others are dead or stopped" {
    job one two three
    kill -KILL "$(field one mainprocess)"
    wait_for field_is one state dead
    lasts
    "$LAUNCH" "${there[@]}" stop --stop-timeout=30 two
    lasts
    field_is three state running
    kill -USR1 "$script"
    is_over 0
}

# stopped COUNT: so often the workers have been told to finish
stopped() {
    [ "$(grep -c 'stop --all' "$SCRATCH/done")" -eq "$1" ]
}

@test "a second USR1 does not end a job whose task still runs" {
    touch "$(seen one busy)"
    job one
    for times in 1 2; do
        kill -USR1 "$script"
        wait_for stopped "$times"
    done
    lasts
    field_is one state draining
    rm "$(seen one busy)"
    is_over 0
    grep -q 'after 1 s' "$SCRATCH/out"
}

@test "a step that ends while its workers are told to finish has its status" {
    echo 3 >"$(seen two fail)"
    job one two
    # As long as the step: its end is seen while the shell waits for another.
    mv "$SCRATCH/slurm/srun" "$SCRATCH/srun"
    printf '#!/bin/sh\n"%s" "$@"\nuntil grep -qv stop "%s"; do /bin/sleep 0.1; done\n' \
        "$SCRATCH/srun" "$SCRATCH/done" >"$SCRATCH/slurm/srun"
    chmod +x "$SCRATCH/slurm/srun"
    kill -USR1 "$script"
    is_over 69
    mv "$SCRATCH/srun" "$SCRATCH/slurm/srun"
}

@test "what did not start fails the job, and takes nothing else with it" {
    echo 3 >"$(seen two fail)"
    job one two
    cat "$SCRATCH/out"
    grep -q '^one: started' "$SCRATCH/out"
    lasts
    field_is one state running
    kill -USR1 "$script"
    is_over 69
}

@test "a job of which nothing starts ends by itself, and has failed" {
    echo 3 >"$(seen one fail)"
    job one
    is_over 69
}
