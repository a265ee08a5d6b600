#!/usr/bin/env bats
# shellcheck disable=SC2016 # $ is often for a shell elsewhere
#
# PDSH_CELERY_SHIP, for real: nodes that have nothing of ours, each with a home
# of its own or all with one, get the program by ssh and are cut off amid it.
#
# `make check-shipping`, as root, is this with 200 nodes (NODES).  Workers are
# stand-ins beyond 20, which do no tasks.

load ../integration/lib
load ../integration/shipping
load nodes

setup_file() {
    begin_file
    # Nothing is in the PATH of nodes.
    export CLUSTER_PATH=$SCRATCH/empty
    mkdir "$CLUSTER_PATH"
    cluster_ready
    [ -z "$SKIP" ] || return 0
    ARCH=$(uname -m)
    VERSION=$("$LAUNCH" --version)
    VERSION=${VERSION##* }
    export ARCH VERSION STATIC=$SCRATCH/static
    link_static "$STATIC"
    [ -z "$SKIP" ] || return 0
    # The head's /tmp is its own.
    export PREFIX=/tmp/prefix
    on_head mkdir -p "$PREFIX/bin" "$PREFIX/lib/celery-tmux"
    on_head sh -c "cat >$PREFIX/bin/celery-tmux-launch" <"$LAUNCH"
    on_head sh -c "cat >$PREFIX/lib/celery-tmux/celery-tmux-launch-$ARCH" \
        <"$STATIC"
    on_head chmod 755 "$PREFIX/bin/celery-tmux-launch" \
        "$PREFIX/lib/celery-tmux/celery-tmux-launch-$ARCH"
    cp "$ROOT/tests/integration/stand-in" "$SHARED/shared"
    mkdir -m 1777 "$SHARED/shared/seen"
    cluster exec head sh -c 'cp -p /etc/passwd /etc/passwd.first'
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
    {
        echo 'defaults = { stop_timeout = 20; start_timeout = 300;'
        if [ "$NODES" -le 20 ]; then
            echo 'app = "tasks"; worker_dir = "/srv/shared/app"; mingle = false;
                broker = "redis://head/0"; concurrency = 1;'
        else
            echo 'celery_cmd = "sh -c '"'"'mkdir -p /tmp/seen && exec /srv/shared/stand-in /tmp/seen'"'"'";'
        fi
        echo '}; workers = ( { queue = "celery"; } );'
    } | site
}

teardown() {
    [ -z "${SKIP-}" ] || return 0
    [ -n "${BATS_TEST_COMPLETED-}" ] || left_on_nodes
    cluster exec head cp -p /etc/passwd.first /etc/passwd
    cluster exec tester@head rm -rf /srv/home/tester/.cache
    shared_home
}

# as_root COMMAND...: on all nodes at once
as_root() {
    cluster exec head env PDSH_MODULE_DIR='' pdsh -R ssh -S -f 32 -w "$ALL" "$@"
}

# own_homes: every node has one, of 2 MB, and nothing is in it
own_homes() {
    as_root mount -t tmpfs -o size=2m,mode=700,uid=7700,gid=7700 home \
        /srv/home/tester
    OWN=yes
}

shared_home() {
    [ -n "${OWN-}" ] || return 0
    as_root umount -l /srv/home/tester
    OWN=
}

# ships PDSH-OPTION... -- WORD...: as `launch` does, from the bare head
ships() {
    local -a options=()

    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    on_head env PDSH_CELERY_SHIP="${SHIP-1}" PDSH_CELERY_RSH="${RSH-ssh}" \
        PDSH_SSH_ARGS_APPEND="${SSH_ARGS-}" \
        PATH="$PREFIX/bin:/usr/bin:/bin" pdsh "${options[@]}" \
        celery-tmux-launch -c /tmp/site.conf "${@:2}"
}

# proc_of NODE: what /proc has of its init, for hundreds of nodes; `cluster pid`
# looks for more
proc_of() {
    echo "${SHARED%/srv}/proc/$(cat "$SHARED/.cluster/$1/pid")"
}

# shipped NODE: the program there, as seen from outside
shipped() {
    echo "$(proc_of "$1")/root/srv/home/tester/.cache/celery-tmux/$VERSION-$ARCH/celery-tmux-launch"
}

all_received() {
    # shellcheck disable=SC2046 # names
    received $(nodes)
}

all_have_it() {
    local name

    for name in $(nodes); do
        cmp "$STATIC" "$(shipped "$name")"
    done
}

@test "bare nodes get the program and start workers by one command" {
    local before first second size begin

    own_homes
    fails node node001 sh -c 'command -v celery-tmux-launch'
    size=$(stat -c %s "$STATIC")
    before=$(all_received)
    begin=$SECONDS
    run ships -w "$ALL" -- start
    tell "$NODES bare nodes: shipped and started in $((SECONDS - begin)) s"
    grep -v ': celery: started$' <<<"$output" || true
    [ "$status" -eq 0 ]
    [ "$(grep -c '^node[0-9]*: celery: started$' <<<"$output")" -eq "$NODES" ]
    first=$(($(all_received) - before))
    all_have_it
    [ "$first" -gt "$((size * NODES))" ]

    before=$(all_received)
    begin=$SECONDS
    run ships -w "$ALL" -- status
    second=$(($(all_received) - before))
    [ "$status" -eq 0 ]
    [ "$(grep -c '^node[0-9]*: celery: running$' <<<"$output")" -eq "$NODES" ]
    tell "bytes to each node: first command $((first / NODES)), second" \
        "$((second / NODES)), program $size; $((SECONDS - begin)) s"
    [ "$second" -lt "$((40000 * NODES))" ]
    if [ "$NODES" -le 20 ]; then
        [ "$(send --wait add 2 3)" = 5 ]
    fi
    # What runs there is what was shipped.
    node node001 sh -c 'readlink /proc/[0-9]*/exe 2>/dev/null' |
        grep -qx "/srv/home/tester/.cache/celery-tmux/$VERSION-$ARCH/celery-tmux-launch"

    run ships -w "$ALL" -- kill
    [ "$status" -eq 0 ]
    nothing_left_on_nodes
}

@test "nodes that share a home ship at once, and one program is there" {
    run ships -f 64 -w "$ALL" -- status
    [ "$(grep -c ': celery: stopped$' <<<"$output")" -eq "$NODES" ]
    [ "$status" -eq 3 ]
    all_have_it
    [ "$(find "$(dirname "$(shipped node001)")" -type f | wc -l)" -eq 1 ]
}

# holding: ssh is given no more than so many bytes of the program as the file
# /tmp/hold says, and then nothing, not even an end
holding() {
    on_head sh -c 'cat >/tmp/holding && chmod 755 /tmp/holding' <<'END'
#!/bin/bash
exec ssh "$@" < <(exec /usr/bin/python3 -ISc '
import os, sys, time
left = int(open("/tmp/hold").read())
ssh = os.getppid()
while left > 0:
    piece = os.read(0, min(left, 20000))
    if not piece:
        sys.exit()
    os.write(1, piece)
    left -= len(piece)
while os.getppid() == ssh:
    time.sleep(0.05)
' 2>/dev/null)
END
    RSH=/tmp/holding
}

# received NODE...: bytes that have come to them over their cables
received() {
    local name

    for name; do
        cat "$(proc_of "$name")/net/dev"
    done | awk '$1 == "eth0:" { sum += $2 } END { print sum }'
}

# has_come NODE BYTES: so many, and it still takes
has_come() {
    [ "$(received "$1")" -ge "$2" ] &&
        cluster exec "$1" pgrep -u tester -x dd >/dev/null
}

# mid_shipping NODE BYTES: a command is under way, and so much has come
mid_shipping() {
    rm -rf "$(proc_of "$1")/root/srv/home/tester/.cache"
    on_head sh -c "echo $2 >/tmp/hold"
    before=$(received "$1")
    ships -w "$1" -- status >"$SCRATCH/ships" 2>&1 3>&- &
    shipper=$!
    wait_for -t 60 has_come "$1" "$((before + $2))"
}

# nothing_half NODE
nothing_half() {
    [ ! -e "$(shipped "$1")" ] || cmp "$STATIC" "$(shipped "$1")"
}

@test "killed in mid-shipping: the node's shell, the node, or pdsh" {
    local bytes

    holding
    for bytes in 1000 1000000; do
        # All of the user's on that node: sshd, the shell, dd.
        mid_shipping node001 "$bytes"
        cluster exec node001 pkill -KILL -u tester
        fails wait "$shipper"
        cat "$SCRATCH/ships"
        nothing_half node001
        fails grep stopped "$SCRATCH/ships"

        mid_shipping node001 "$bytes"
        cluster exec head pkill -KILL -f '^pdsh -w'
        fails wait "$shipper"
        nothing_half node001

        mid_shipping node001 "$bytes"
        cluster exec head pkill -KILL -x ssh
        fails wait "$shipper"
        nothing_half node001
    done
    tell "killed in mid-shipping on real nodes: 6 times, nothing half"
    # What it was writing when the power failed is in the home that it shares.
    mid_shipping node002 1000000
    cluster kill node002
    cluster exec head pkill -KILL -x ssh
    fails wait "$shipper"
    nothing_half node001
    cluster reboot node002
    wait_for on_head ssh -o ConnectTimeout=2 node002 true
    RSH=ssh
    run ships -w node002 -- status
    [ "$output" = 'node002: celery: stopped
pdsh@head: node002: ssh exited with exit code 3' ] ||
        [ "${lines[0]}" = 'node002: celery: stopped' ]
    cmp "$STATIC" "$(shipped node002)"
}

@test "a node that cannot take it says so, and the others are done" {
    own_homes
    cluster exec node001 mount -o remount,noexec /srv/home/tester
    cluster exec node002 mount -o remount,size=200k /srv/home/tester
    run ships -w "$ALL" -- status
    echo "$output"
    [ "$status" -eq 69 ]
    [ "$(grep -c ': celery: stopped$' <<<"$output")" -eq "$((NODES - 2))" ]
    [ "$(grep -c '^node001: ' <<<"$output")" -eq 1 ]
    [ "$(grep -c '^node002: ' <<<"$output")" -eq 1 ]
    [[ $output = *"node001: celery-tmux-launch: no program can run below /srv/home/tester/.cache/celery-tmux, which is mounted noexec on this node, it seems; name another directory"* ]]
    [[ $output = *"node002: celery-tmux-launch: cannot write to /srv/home/tester/.cache/celery-tmux/$VERSION-$ARCH: No space left on device; make room there, or name"* ]]
    [[ ${lines[-1]} = *' 2 failed (node[001-002])' ]]
    # The way out that they name.
    SHIP=/var/tmp/ada run ships -w 'node[001-002]' -- status
    echo "$output"
    [ "$(grep -c ': celery: stopped$' <<<"$output")" -eq 2 ]
}

@test "login shells that are no POSIX shells, and shared connections" {
    local shell

    for shell in /bin/tcsh /usr/bin/fish /bin/sh; do
        cluster exec head sed -i "s|^\(tester:.*:\)[^:]*\$|\1$shell|" \
            /etc/passwd
        cluster exec tester@head rm -rf /srv/home/tester/.cache
        SSH_ARGS='-oControlMaster=auto -oControlPath=/tmp/share-%r@%h -oControlPersist=9'
        for _ in first second; do
            run ships -w node001 -- status
            echo "$shell: $output"
            [ "${lines[0]}" = 'node001: celery: stopped' ]
            [ "$status" -eq 3 ]
        done
        on_head ssh -o ControlPath=/tmp/share-%r@%h -O exit node001
    done
    cmp "$STATIC" "$(shipped node001)"
}
