#!/usr/bin/env bats
#
# What a fan-out says at its end: one line, and PDSH_CELERY_REPORT's file.

load lib
load fan-out

setup_file() {
    begin_file
    fan_out_ready
}

setup() {
    export STAND_IN='' REPORT=$SCRATCH/report/it.json
    unset PDSH_CELERY_REPORT
    rm -rf "${REPORT%/*}"
    mkdir "${REPORT%/*}"
    configure <<END2
workers = (
    { queue = "celery"; },
    { name = "gpu"; queue = "gpu"; hosts = "node[001-003]"; },
    { queue = "cpu"; hosts = "node[003-004],big"; }
);
END2
    # A node's last digit is the status, and of "other" 2.
    ssh_does 'case $host in *9) exit 255 ;; *r) exit 2 ;; esac
        exit "${host: -1}"'
}

# reported FILTER: of the file, by jq
reported() {
    jq -cr "$1" "$REPORT"
}

# on_a_terminal COMMAND...: what it shows there
on_a_terminal() {
    # Another shell would not know the functions that were exported to it.
    SHELL=/bin/bash script -qec "$(printf '%q ' "$@")" /dev/null </dev/null
}

@test "one line counts and names; that all is done is told to a terminal alone" {
    run_apart fan_out -w 'node[000,003,007,009-010],b7,other' \
        celery-tmux-launch start
    [ -z "$output" ]
    # shellcheck disable=SC2154 # run_apart sets it
    echo "$stderr"
    [[ $stderr = "pdsh@$(hostname -s): 3 done, 3 failed ("*", 1 not"* ]]
    [[ $stderr = *'), 1 not reached (node009)' ]]
    names=${stderr#*(}
    [ "$("$LAUNCH" hosts --fold "${names%%)*}")" = b7,node007,other ]
    run fan_out -w 'n[0,3]' celery-tmux-launch status
    [ "$status" -eq 3 ]
    [ -z "$output" ]
    export -f fan_out with_modules
    run on_a_terminal bash -c \
        "fan_out -w 'n[10,20]' celery-tmux-launch status"
    [[ $output = *"pdsh@$(hostname -s): 2 done"* ]]
    run fan_out -w 'n[0,10]' echo
    [ -z "$output" ]
}

@test "with PDSH_CELERY_TELL each node's end is told at once" {
    PDSH_CELERY_TELL=1 run fan_out -w 'n[0,3]' celery-tmux-launch status
    echo "$output"
    [ "$status" -eq 3 ]
    [ "$(sort <<<"$output")" = "pdsh@$(hostname -s): n0: ended with 0
pdsh@$(hostname -s): n3: ended with 3" ]
    PDSH_CELERY_TELL=0 run fan_out -w n3 celery-tmux-launch status
    [ -z "$output" ]
}

@test "the line comes behind the nodes' lines" {
    ssh_does 'echo said; echo more >&2; exit 1'
    run fan_out -w 'n[1-20]' celery-tmux-launch start
    [ "${#lines[@]}" -eq 41 ]
    [[ ${lines[40]} = *': 0 done, 20 failed (n[1-20])' ]]
}

@test "names that do not fold, that come twice, and those of two workers" {
    run fan_out -w 'a1,b.example.org,10.0.0.7,a1' celery-tmux-launch start
    [[ $output = *': 0 done, 4 failed ('* ]]
    names=${output##*(}
    [ "$(tr , '\n' <<<"${names%)}" | sort | tr '\n' ' ')" = \
        '10.0.0.7 a1 b.example.org ' ]
    # Nodes of both are targets once.
    run fan_out -W gpu -W cpu celery-tmux-launch start
    [[ $output = *': 1 done, 4 failed ('*'node[001-002,004]'*')' ]]
}

@test "hostile names are shown plain, and told exactly" {
    # pdsh 2.36 says by itself, and as it is, what has a bracket too many.
    printf '%s\n' $'e\033cvil1' $'q"\\1' $'\xff1' 'mün1' "x'1" '%s%n1' \
        '$(touch hit)1' >"$SCRATCH/names"
    cd "$SCRATCH"
    PDSH_CELERY_REPORT=$REPORT run fan_out -w "^$SCRATCH/names" \
        celery-tmux-launch start
    [[ ${lines[-1]} = *' failed ('* ]]
    fails grep -q $'\033' <<<"$output"
    [[ ${lines[-1]} = *'evil1'*'mün1'* ]]
    [[ ${lines[-1]} = *'%s%n1'* ]]
    [ "$(reported '.nodes[] | select(.node | startswith("e")).node' |
        od -An -c | tr -d ' ')" = 'e033cvil1\n' ]
    reported '.nodes[].node' >"$SCRATCH/seen"
    grep -qxF 'q"\1' "$SCRATCH/seen"
    grep -qx $'\uFFFD1' "$SCRATCH/seen"
    [ ! -e hit ]
}

@test "the file has every node, its result, status and time" {
    umask 027
    PDSH_CELERY_REPORT=$REPORT run fan_out -f 1 -w 'n[0,3,7,9]' \
        celery-tmux-launch start
    [ "$status" -eq 255 ]
    [ "$(reported '[.status, .done, .failed, .not_reached, .not_finished,
        .not_begun]')" = '[255,2,1,1,0,0]' ]
    [ "$(reported '[.nodes[] | [.node, .result, .status]]')" = \
        '[["n0","done",0],["n3","done",3],["n7","failed",7],'$(
        )'["n9","not_reached",255]]' ]
    [ "$(reported '[.nodes[].seconds | . >= 0 and . < 600] | all')" = true ]
    [ "$(reported '.ended >= .began and (.began | fromdate > 0)')" = true ]
    [ "$(reported .head)" = "$(hostname)" ]
    [ "$(stat -c %a "$REPORT")" = 640 ]
    # It is replaced: who has it open reads on in the old one.
    exec 7<"$REPORT"
    PDSH_CELERY_REPORT=$REPORT fan_out -w n0 celery-tmux-launch start
    [ "$(jq .status <&7)" = 255 ]
    exec 7<&-
    [ "$(reported .status)" = 0 ]
    [ "$(ls "${REPORT%/*}")" = it.json ]
    # Other commands leave it alone, and a name without a slash is one.
    PDSH_CELERY_REPORT=$REPORT run fan_out -w n9 echo
    [ "$(reported .status)" = 0 ]
    cd "${REPORT%/*}"
    PDSH_CELERY_REPORT=here.json fan_out -w n0 celery-tmux-launch start
    [ "$(jq .done here.json)" = 1 ]
}

@test "those who read it meanwhile never see a part of it" {
    seq -f 'n%04.0f0' 150 >"$SCRATCH/many"
    export PDSH_CELERY_REPORT=$REPORT
    ssh_does true
    fan_out -w "^$SCRATCH/many" celery-tmux-launch start
    for _ in 1 2 3 4; do
        fan_out -f 64 -w "^$SCRATCH/many" celery-tmux-launch start
    done 3>&- &
    looks=0
    while is_running "$!"; do
        [ "$(reported '.nodes | length')" -eq 150 ]
        looks=$((looks + 1))
    done
    wait "$!"
    [ "$looks" -ge 2 ]
}

@test "a file that cannot be written is told before a node is reached" {
    local file

    ln -s /dev/null "$SCRATCH/link"
    ln -s "$REPORT" "$SCRATCH/link-to-a-file"
    for file in "$SCRATCH/nowhere/it" "$SCRATCH" "$SCRATCH/link" /dev/null \
        "$SCRATCH/link-to-a-file" "$SCRATCH/names/it" "$SCRATCH/nowhere/"; do
        rm -f "$CALLS"/*
        PDSH_CELERY_REPORT=$file run fan_out -w n1 celery-tmux-launch start
        [ "$status" -eq 64 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output = *"cannot write PDSH_CELERY_REPORT=$file: "*'; name a'* ]]
        [ -z "$(ls "$CALLS")" ]
    done
    [ -c /dev/null ]
    PDSH_CELERY_REPORT='' fan_out -w n0 celery-tmux-launch start
}

@test "one that cannot be written at the end is a failure, and the line stays" {
    ssh_does 'rm -r "$SCRATCH/report"; exit "${host#n}"'
    PDSH_CELERY_REPORT=$REPORT run fan_out -w n0 celery-tmux-launch start
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *'cannot write PDSH_CELERY_REPORT='*': No such file'* ]]
    mkdir "${REPORT%/*}"
    PDSH_CELERY_REPORT=$REPORT run fan_out -w n75 celery-tmux-launch start
    [ "$status" -eq 75 ]
    [[ ${lines[0]} = *': 0 done, 1 failed (n75)' ]]
}

@test "who is given up, by -u or ^C, has not finished; the rest is not begun" {
    ssh_does '[ "$host" = n0 ] || exec sleep 60'
    export PDSH_CELERY_REPORT=$REPORT
    run fan_out -u 3 -w 'n[0-2]' celery-tmux-launch start
    [ "$status" -eq 255 ]
    [[ ${lines[-1]} = *': 1 done, 2 not finished (n[1-2])' ]]
    [ "$(reported '[.done, .not_finished]')" = '[1,2]' ]
    rm "$CALLS"/*
    unshared=$SCRATCH/interrupted
    with_modules setsid pdsh -R celery -b -f 2 -w 'n[0-9]' \
        celery-tmux-launch start >"$unshared" 2>&1 3>&- &
    wait_for test -e "$CALLS/n2"
    wait_for interrupt_it
    wait_for grep -q ' done, ' "$unshared"
    wait "$!" || status=$?
    cat "$unshared"
    [ "$status" -ne 0 ]
    grep -q ': 1 done, 2 not finished (n\[1-2\]), 7 not begun (n\[3-9\])$' \
        "$unshared"
    [ "$(reported '[.done, .not_finished, .not_begun]')" = '[1,2,7]' ]
    [ "$(reported '.nodes[9] | [.node, .result, .status, .seconds]')" = \
        '["n9","not_begun",null,null]' ]
}

interrupt_it() {
    pgrep -f '^pdsh(.bin)? -R celery -b -f 2|/pdsh(.bin)? -R celery -b -f 2' |
        while read -r pid; do
            grep -q "$SCRATCH" "/proc/$pid/environ" && kill -INT "$pid"
        done
    grep -q interrupt "$SCRATCH/interrupted"
}
