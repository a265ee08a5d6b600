#!/usr/bin/env bats
# shellcheck disable=SC2016 # $ is often for a shell elsewhere
#
# The simulated cluster itself: what is true of it, and that nothing of it is
# left or reaches the outside.  It stays up over the tests; those that harm a
# node mend it.

load ../integration/lib

setup_file() {
    begin_file
    if ! SKIP=$(cluster can); then
        export SKIP
        return
    fi
    export CLUSTER=t5010-$$ CLUSTER_PATH=$SCRATCH/bin
    mkdir "$CLUSTER_PATH"
    printf '#!/bin/sh\necho "hello from $(hostname)"\n' >"$CLUSTER_PATH/hello"
    chmod +x "$CLUSTER_PATH/hello"
    outside >"$SCRATCH/outside"
    cluster up 3
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
}

teardown() {
    :
}

teardown_file() {
    cluster down
    end_file
}

cluster() {
    "$BATS_TEST_DIRNAME/cluster" "$@"
}

# on USER NODE COMMAND...: through ssh from the head
on() {
    cluster exec "$1@head" ssh -o ConnectTimeout=20 "${@:2}"
}

# What the outside is that a cluster could spoil.
outside() {
    hostname
    cat /etc/hosts /etc/passwd /etc/resolv.conf /proc/self/mountinfo
    cat /proc/sys/kernel/random/boot_id
    ip -o link | cut -d : -f 2
    ls -A /srv
    cat /run/mount/utab 2>/dev/null || true
}

outside_is_unchanged() {
    diff "$SCRATCH/outside" <(outside)
}

# ignores_nothing COMMAND...: a program that it runs ignores no signal.  32 and
# 33 are the C library's; who ignored them before us cannot be helped.
ignores_nothing() {
    local ignored

    ignored=$("$@" grep SigIgn /proc/self/status)
    echo "$ignored"
    [ $((16#${ignored##*$'\t'} & ~(3 << 31))) -eq 0 ]
}

# left_of CLUSTER: its processes, keeper and inits; what else there is ends
# with the inits
left_of() {
    local file

    for file in $(grep -lzs "^CLUSTER_HOST=$1/" /proc/[0-9]*/environ) \
        $(pgrep -f "/cluster [.]keep $1 " | sed 's|.*|/proc/&/environ|'); do
        file=${file#/proc/}
        if is_running "${file%/environ}"; then
            echo "${file%/environ}"
        fi
    done
}

nothing_left_of() {
    [ -z "$(left_of "$1")" ]
}

# namespaces PID...: what hosts have for themselves, one a line
namespaces() {
    local pid

    for pid; do
        readlink "/proc/$pid/ns/"{mnt,net,uts,ipc,pid}
    done
}

# hold_namespaces PID...: until let_go, even when their processes have ended.
# The number of one that is gone goes to the next that anybody makes, such as a
# cluster of another file.
hold_namespaces() {
    local fd file pid

    for pid; do
        for file in "/proc/$pid/ns/"{mnt,net,uts,ipc,pid}; do
            exec {fd}<"$file"
            HELD+=("$fd")
        done
    done
}

let_go() {
    local fd

    for fd in "${HELD[@]}"; do
        exec {fd}<&-
    done
    HELD=()
}

# no_process_in FILE: of namespaces, which are held
no_process_in() {
    readlink /proc/[0-9]*/ns/{mnt,net,uts,ipc,pid} 2>/dev/null |
        fails grep -qxFf "$1"
}

@test "ssh from the head reaches every node, as root and as tester" {
    for user in root tester; do
        for node in node001 node002 node003; do
            run on "$user" "$node" 'hostname; id -un; echo "$HOME"; pwd'
            [ "$status" -eq 0 ]
            [ "${lines[0]}" = "$node" ]
            [ "${lines[1]}" = "$user" ]
            [ "${lines[2]}" = "${lines[3]}" ]
            [ "${#lines[@]}" -eq 4 ]
        done
    done
}

@test "a key that is not known is refused without a question" {
    run on tester -o GlobalKnownHostsFile=/dev/null node001 true </dev/null
    [ "$status" -eq 255 ]
    [[ $output = *'Host key verification failed'* ]]
}

@test "each host has namespaces and a boot id of its own" {
    for host in head node001 node002 node003; do
        namespaces "$(cluster pid "$host")"
        cluster exec "$host" cat /proc/sys/kernel/random/boot_id
    done >"$SCRATCH/all"
    namespaces $$ >>"$SCRATCH/all"
    cat /proc/sys/kernel/random/boot_id >>"$SCRATCH/all"
    [ "$(wc -l <"$SCRATCH/all")" -eq 30 ]
    [ -z "$(sort "$SCRATCH/all" | uniq -d)" ]
}

@test "/tmp /run /var /dev/shm are a node's own, home and /srv/shared are not" {
    for directory in /tmp /run /var/tmp /dev/shm; do
        cluster exec node001 touch "$directory/mine"
        cluster exec node001 test -e "$directory/mine"
        fails cluster exec node002 test -e "$directory/mine"
        fails cluster exec head test -e "$directory/mine"
        [ ! -e "$directory/mine" ]
    done
    on tester node001 'touch ~/ours /srv/shared/ours'
    on tester node002 'rm ~/ours /srv/shared/ours'
}

@test "what is the outside's can be seen and not be changed" {
    on tester node001 test -r "$(printf %q "$BATS_TEST_FILENAME")"
    cluster exec head test -r "$BATS_TEST_FILENAME"
    for directory in / /usr /dev "$BATS_TEST_DIRNAME"; do
        run cluster exec node001 touch "$directory/mine"
        [ ! -e "$directory/mine" ]
        # A node's /var is its own, with whatever lies there.
        [[ $directory != /var/* ]] || continue
        [ "$status" -eq 1 ]
        [[ $output = *'Read-only file system'* ]]
    done
}

@test "programs in CLUSTER_PATH come first" {
    for user in root tester; do
        [ "$(on "$user" node002 hello)" = 'hello from node002' ]
        [ "$(cluster exec "$user@node002" hello)" = 'hello from node002' ]
        [ "$(on "$user" node002 'bash -lc hello')" = 'hello from node002' ]
    done
    [ "$(cluster exec head hello)" = 'hello from head' ]
}

@test "commands get signals, descriptors and surroundings as elsewhere" {
    for node in head node001; do
        ignores_nothing cluster exec "$node"
        [ "$(cluster exec "$node" sh -c 'echo /proc/$$/fd/*' | wc -w)" -le 4 ]
    done
    ignores_nothing on root node001
    run on tester node001 env
    [[ $output != *"$SCRATCH"* ]]
    run cluster exec tester@node001 sh -c 'echo $HOME; exit 9'
    [ "$status" -eq 9 ]
    [ "$output" = /srv/home/tester ]
}

@test "a name that is none fails at once" {
    within 30 fails cluster exec head getent hosts node004.example.org
    within 30 fails on root node004 true
    [ "$(cluster exec node001 getent hosts head)" = \
        "$(cluster exec head getent hosts head)" ]
}

@test "nodes reach a redis on the head" {
    cluster exec head redis-server --bind 10.77.0.1 --protected-mode no \
        --daemonize yes --save '' --dir /tmp >/dev/null
    wait_for on tester node003 redis-cli -h head ping
    [ "$(on tester node003 redis-cli -h head ping)" = PONG ]
}

@test "a cable is pulled out and plugged in" {
    cluster cut node002
    fails on root node002 true
    on root node001 true
    cluster heal node002
    wait_for on root node002 true
}

@test "an sshd stops, what stands goes on; it starts again" {
    on root node002 'until [ -e /tmp/go ]; do sleep 0.05; done; echo done' \
        >"$SCRATCH/answer" 3>&- &
    connection=$!
    wait_for cluster exec node002 pgrep -f 'until \[ -e /tmp/go'
    cluster stop node002
    cluster stop node002
    run on root node002 true
    [ "$status" -eq 255 ]
    [[ $output = *'Connection refused'* ]]
    cluster exec node002 touch /tmp/go
    wait "$connection"
    [ "$(cat "$SCRATCH/answer")" = 'done' ]
    cluster start node002
    on root node002 true
    cluster start node002
}

@test "a node dies, alone, and says no good-bye" {
    on root node003 'echo $$; exec sleep 1000' >"$SCRATCH/answer" 3>&- &
    connection=$!
    wait_for test -s "$SCRATCH/answer"
    pid=$(cluster pid node003)
    hold_namespaces "$pid"
    namespaces "$pid" >"$SCRATCH/namespaces"
    cluster kill node003
    wait_for no_process_in "$SCRATCH/namespaces"
    let_go
    is_running "$connection"
    kill "$connection"
    fails on root node003 true
    on root node002 true
    for verb in kill stop start cut heal pid 'exec'; do
        words=("$verb" node003)
        [ "$verb" != exec ] || words+=(true)
        run cluster "${words[@]}"
        [ "$status" -eq 1 ]
        [ "$output" = 'cluster: node003 is down' ]
    done
    cluster reboot node003
    wait_for on root node003 true
}

@test "after a reboot: another boot id, /tmp and /run empty, /var kept" {
    before=$(on root node001 cat /proc/sys/kernel/random/boot_id)
    cluster exec node001 touch /tmp/here /run/here /dev/shm/here /var/tmp/here
    for _ in 1 2; do
        timeout 30 "$BATS_TEST_DIRNAME/cluster" reboot node001
        wait_for on root node001 true
        after=$(on root node001 cat /proc/sys/kernel/random/boot_id)
        [ "$after" != "$before" ]
        before=$after
    done
    cluster exec node001 ls /var/tmp/here
    for directory in /tmp /run /dev/shm; do
        fails cluster exec node001 ls "$directory/here"
    done
    [ "$(cluster exec node001 cat /proc/sys/kernel/random/boot_id)" = "$after" ]
    ignores_nothing cluster exec node001
}

@test "the head can do all that, and a node nothing" {
    script=$BATS_TEST_DIRNAME/cluster
    cluster exec head "$script" cut node002
    fails on root node002 true
    cluster exec head "$script" heal node002
    cluster exec head "$script" exec node002 true
    wait_for on root node002 true
    [ "$(cluster exec head "$script" pid head)" = 1 ]
    fails cluster exec node001 "$script" kill node002
    fails cluster exec head "$script" can
    on root node002 true
}

@test "two clusters at once do not meet" {
    CLUSTER=$CLUSTER-b cluster up 1
    fails env CLUSTER="$CLUSTER-b" "$BATS_TEST_DIRNAME/cluster" up 1
    on tester node001 touch /srv/shared/here
    CLUSTER=$CLUSTER-b on tester node001 true
    CLUSTER=$CLUSTER-b fails on tester node001 test -e /srv/shared/here
    [ -n "$(left_of "$CLUSTER-b")" ]
    CLUSTER=$CLUSTER-b cluster down
    nothing_left_of "$CLUSTER-b"
    on tester node001 rm /srv/shared/here
}

@test "run: up, the command on the head, down, its status" {
    run env CLUSTER="$CLUSTER-b" "$BATS_TEST_DIRNAME/cluster" \
        run 2 sh -c 'hostname; ssh -n node002 hostname; cat; exit 7' <<<'input'
    [ "$status" -eq 7 ]
    [ "$output" = $'head\nnode002\ninput' ]
    nothing_left_of "$CLUSTER-b"
}

@test "a run that is killed leaves nothing, at whatever moment" {
    # These are moments, not waits: from its begin until after it is up.
    for moment in 0.01 0.03 0.05 0.07 0.09 0.12 0.15 0.2 0.25 0.3 up; do
        CLUSTER=$CLUSTER-b "$BATS_TEST_DIRNAME/cluster" \
            run 2 sleep "1005.$$" 3>&- >/dev/null 2>&1 &
        killed=$!
        if [ "$moment" = up ]; then
            wait_for env CLUSTER="$CLUSTER-b" "$BATS_TEST_DIRNAME/cluster" \
                exec head pgrep -f "^sleep 1005[.]$$"
            [ -n "$(left_of "$CLUSTER-b")" ]
        else
            sleep "$moment"
        fi
        kill -KILL "$killed"
        wait_for nothing_left_of "$CLUSTER-b"
    done
    fails pgrep -f "^sleep 1005[.]$$"
    outside_is_unchanged
}

@test "a keeper or head that is killed takes everything with it" {
    for victim in keeper head; do
        CLUSTER=$CLUSTER-b cluster up 2
        if [ "$victim" = head ]; then
            pid=$(CLUSTER=$CLUSTER-b cluster pid head)
        else
            pid=$(pgrep -f "/cluster [.]keep $CLUSTER-b ")
        fi
        kill -KILL "$pid"
        wait_for nothing_left_of "$CLUSTER-b"
    done
}

@test "code that sets up a host refuses to do so elsewhere" {
    script=$BATS_TEST_DIRNAME/cluster
    for words in '.head 1' '.node node001' .try; do
        # As pid 1, too, when any single kind of namespace is the caller's;
        # and when it cannot tell.
        for options in '' -fp -fpmnu -fpmni -fpmui -fpnui; do
            # shellcheck disable=SC2086 # words
            run timeout 10 ${options:+unshare $options} "$script" $words
            [ "$status" -eq 1 ]
            [ "$output" = \
                'cluster: this is for namespaces of its own only' ]
        done
        # shellcheck disable=SC2086 # words
        run timeout 10 unshare -fpmnui --mount-proc "$script" $words
        [ "$status" -eq 1 ]
        [[ $output = *'namespaces of its own only' ]]
    done
    outside_is_unchanged
}

@test "wrong use is said" {
    run cluster
    [ "$status" -eq 64 ]
    [[ $output = *'cluster up N'* ]]
    run cluster run 3
    [ "$status" -eq 64 ]
    run env CLUSTER="$CLUSTER-b" "$BATS_TEST_DIRNAME/cluster" up none
    [ "$output" = 'cluster: say how many nodes, from 1 to 999' ]
    run env CLUSTER="$CLUSTER-b" "$BATS_TEST_DIRNAME/cluster" exec head true
    [ "$output" = "cluster: the cluster \"$CLUSTER-b\" is not up" ]
    run cluster exec node009 true
    [ "$output" = 'cluster: there is no node node009' ]
    run cluster exec nobody@node001 true
    [ "$output" = 'cluster: users are root and tester' ]
    # The checkout may lie where others may not go.
    stranger=$(mktemp -d)
    chmod 755 "$stranger"
    cp "$BATS_TEST_DIRNAME/cluster" "$stranger"
    run setpriv --reuid=65534 --clear-groups "$stranger/cluster" can
    rm -r "$stranger"
    [ "$status" -eq 1 ]
    [ "$output" = 'only root can make a cluster' ]
}

@test "down leaves nothing, and the outside as it was" {
    for host in head node001 node002 node003; do
        pid=$(cluster pid "$host")
        hold_namespaces "$pid"
        namespaces "$pid"
    done >"$SCRATCH/namespaces"
    fails no_process_in "$SCRATCH/namespaces"
    cluster down
    nothing_left_of "$CLUSTER"
    no_process_in "$SCRATCH/namespaces"
    let_go
    outside_is_unchanged
    cluster down
}
