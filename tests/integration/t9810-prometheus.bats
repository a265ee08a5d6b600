#!/usr/bin/env bats
# bats file_tags=sanitized
#
# status --prom: metrics that promtool finds nothing about, and the sample that
# puts them where node_exporter reads.

load lib
load repository

setup_file() {
    begin_file
    redis_start
    git_ready
    repository_make
    configure_app tasks "git_sync_dir = \"$REPO\"; concurrency = 2;
        stop_timeout = 20;" - <<'END2'
        { queue = "celery"; },
        { name = "a\"b\\c #{x} é"; queue = "odd"; autorestart = false; },
        { name = "never"; queue = "never"; }
END2
    "$LAUNCH" start --no-sync celery 'a"b\c #{x} é'
}

# metrics WORD...: into $SCRATCH/metrics, and promtool finds nothing
metrics() {
    "$LAUNCH" status --prom "$@" >"$SCRATCH/metrics"
    run promtool check metrics <"$SCRATCH/metrics"
    echo "$output"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
}

# metric NAME [WORKER [LABEL]]: its value; nothing when it has none
metric() {
    awk -v labels="worker=\"${2-celery}\",session=" -v label="${3-}" \
        -v begin="celery_tmux_worker_$1{user=\"$(id -un)\"," '
            index($0, begin labels) == 1 && index($0, label) { print $NF }
        ' "$SCRATCH/metrics"
}

as_counted() {
    metrics
    [ "$(metric tasks_done_total)" = "$1" ] &&
        [ "$(metric tasks_failed_total)" = "$2" ]
}

@test "what a worker does is counted, and promtool finds nothing" {
    metrics
    [ "$(metric wanted)" = 1 ]
    [ "$(metric state celery 'state="running"')" = 1 ]
    [ "$(metric state celery 'state="dead"')" = 0 ]
    [ "$(grep -c '_state{.*worker="celery"' "$SCRATCH/metrics")" -eq 7 ]
    [ "$(metric state | sort | uniq -c | xargs)" = '6 0 1 1' ]
    [ "$(metric stuck)" = 0 ]
    [ "$(metric drifted_settings)" = 0 ]
    [ "$(metric recent_restarts)" = 0 ]
    [ "$(metric info celery \
        "commit=\"$(git -C "$REPO" rev-parse --short HEAD)")" = 1 ]
    # Nothing is said of what nobody knows.
    [ -z "$(metric last_task_timestamp_seconds)" ]
    [ -z "$(metric last_task_age_seconds)" ]
    task add 1 2
    task add 1 2
    task fail no || true
    wait_for as_counted 2 1
    [ "$(metric last_task_age_seconds)" -lt 600 ]
    [ "$(metric last_task_timestamp_seconds)" -gt 1600000000 ]
    [ "$(metric resident_memory_bytes)" -gt 10000000 ]
    [ "$(metric processes)" = 2 ]
    # The same as for other programs.
    "$LAUNCH" status --json celery >"$SCRATCH/json"
    [ "$(jq -r .done "$SCRATCH/json")" = 2 ]
    [ "$(jq -r .failed "$SCRATCH/json")" = 1 ]
}

busy_is() {
    metrics
    [ "$(metric busy_processes)" = "$1" ]
}

@test "a task that runs makes a process busy, one that waits is counted" {
    mkdir "$SCRATCH/tokens"
    touch "$SCRATCH/tokens/held"
    send_tasks -n 2 sleep 0 'long-{}' "$SCRATCH/tokens"
    wait_for busy_is 2
    rm "$SCRATCH/tokens/held"
    wait_for busy_is 0
    wait_for eval 'metrics && [ "$(metric waiting_messages)" = 0 ]'
}

@test "hostile names are escaped" {
    metrics
    [ "$(metric state 'a\\"b\\\\c #{x} é' 'state="running"')" = 1 ]
    grep -qF 'worker="a\"b\\c #{x} é",session="celery-odd"} 2' \
        "$SCRATCH/metrics"
}

@test "a worker that is stopped, dead or never ran has what is known of it" {
    "$LAUNCH" stop celery
    kill -KILL "$(worker_pid 'a"b\c #{x} é')"
    wait_for eval '[ "$("$LAUNCH" status "a\"b\\c #{x} é")" = \
        "a\"b\\c #{x} é: dead" ]'
    # The states are in what is printed, so the status is 0.
    metrics
    [ "$(metric state celery 'state="stopped"')" = 1 ]
    [ "$(metric wanted)" = 0 ]
    [ "$(metric state never 'state="stopped"')" = 1 ]
    [ "$(metric wanted never)" = 0 ]
    [ "$(metric wanted 'a\\"b\\\\c #{x} é')" = 1 ]
    [ "$(metric state 'a\\"b\\\\c #{x} é' 'state="dead"')" = 1 ]
    fails grep -e processes -e memory -e tasks_ -e stuck -e commit= \
        "$SCRATCH/metrics"
    "$LAUNCH" kill --all
}

@test "what else it takes, and what it does not" {
    metrics celery
    [ "$(grep -c '^celery_tmux_worker_info' "$SCRATCH/metrics")" -eq 1 ]
    for option in --json -v --follow; do
        run "$LAUNCH" status --prom "$option"
        [ "$status" -eq 64 ]
        [[ $output = *'--prom cannot be combined with'*'; leave those out' ]]
    done
    run "$LAUNCH" logs --prom
    [ "$status" -eq 64 ]
    [ "$(id -u)" -eq 0 ] || skip "only root is told of other users' workers"
    configure <<<'workers = ( { queue = "own"; },
        { queue = "theirs"; user = "nobody"; } );'
    run_apart "$LAUNCH" status --prom
    [ "$status" -eq 0 ]
    # shellcheck disable=SC2154 # run_apart sets it
    [[ $stderr = *'theirs belongs to user nobody; give'*'sudo -u nobody '* ]]
    promtool check metrics <<<"$output"
    [[ $output = *'worker="own"'* ]]
}

# cron_turn: one of the sample, for the directory that $READ leads to
cron_turn() {
    local line

    line=$(sed -n 's/^\* \* \* \* \*  root  //p' \
        "$ROOT/etc/cron.d/celery-tmux-prometheus")
    line=${line//\/var\/lib\/prometheus\/node-exporter/$READ}
    # runuser would set HOME to root's own.
    line=${line/-u celery --/-u root -- env "HOME='$HOME'"}
    sh -c "$line"
}

@test "cron's sample replaces the file as a whole, or leaves it" {
    [ "$(id -u)" -eq 0 ] || skip "only root can call runuser, as it does"
    local file=$SCRATCH/read/celery-tmux.prom

    configure_app tasks 'pool = "solo";'
    mkdir "$SCRATCH/read"
    # The sample's directory has no blank in its name.
    READ=$(mktemp -u /tmp/celery-tmux-read.XXXXXX)
    ln -s "$SCRATCH/read" "$READ"
    cron_turn
    promtool check metrics <"$file"
    exec 7<"$file"
    configure_app tasks 'pool = "solo";' '{ queue = "other"; }'
    cron_turn
    grep -q 'worker="celery"' <&7
    exec 7<&-
    grep -q 'worker="other"' "$file"
    # Nothing can be told: the file stays, and nothing is beside it.
    configure <<<'workers = ( { no_such = 1; } );'
    cron_turn || true
    grep -q 'worker="other"' "$file"
    [ "$(ls "$SCRATCH/read")" = celery-tmux.prom ]
    rm "$READ"
}
