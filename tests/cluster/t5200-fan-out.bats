#!/usr/bin/env bats
# shellcheck disable=SC2016,SC1003 # $ is often for a shell elsewhere
#
# pdsh -w node[...] celery-tmux-launch, for real: sshd on every node, workers
# that do tasks, and nodes that do not.

load ../integration/lib
load nodes

setup_file() {
    begin_file
    cluster_ready
}

# configured [SED-COMMAND]: the head's configuration, changed by it
configured() {
    sed "${1-}" <<'END' | site
defaults = {
    app = "tasks"; worker_dir = "/srv/shared/app"; broker = "redis://head/0";
    concurrency = 1; mingle = false; stop_timeout = 20;
};
workers = (
    { queue = "celery"; },
    { name = "gpu"; queue = "gpu"; hosts = "node[001-003]"; }
);
nodes = ( { hosts = "node002"; worker = "celery"; concurrency = 3; } );
END
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
    configured
}

teardown() {
    [ -z "${SICK-}" ] || well
    [ -n "${BATS_TEST_COMPLETED-}" ] || [ -n "${SKIP-}" ] || left_on_nodes
}

all_took_part() {
    [ "$(task_hosts)" = "$(nodes)" ]
}

@test "one start brings up all workers on all nodes, and kill ends them" {
    run launch -w "$ALL" -- start
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c ': celery: started$' <<<"$output")" -eq "$NODES" ]
    [ "$(grep -c ': gpu: started$' <<<"$output")" -eq 3 ]

    # 200 tasks, and all nodes work on them.
    send -n 200 where 0.1 /srv/shared/notes
    wait_for -t 60 eval '[ "$(wc -l <"$SHARED/shared/notes/hosts")" -eq 200 ]'
    tell "200 tasks on $NODES nodes: $(sort "$SHARED/shared/notes/hosts" |
        uniq -c | awk '{ printf "%s%s", sep, $1; sep = " " }')"
    all_took_part
    # node002 has three threads for the queue, as its entry says.
    node node002 ps -u tester -o args= |
        grep -q 'celery.* worker .*--concurrency=3'
    [ "$(node node001 ps -u tester -o args= |
        grep -c 'celery.* worker .*--concurrency=1')" -ge 2 ]

    launch -w "$ALL" -- status >"$SCRATCH/status"
    [ "$(on_head dshbak -c <"$SCRATCH/status" | grep -c '^node')" -eq 2 ]

    run launch -w "$ALL" -- kill
    echo "$output"
    [ "$status" -eq 0 ]
    nothing_left_on_nodes
}

@test "a node that was down runs the head's new configuration" {
    cluster kill node004
    configured 's/concurrency = 1;/concurrency = 2; nice = 5;/'
    cluster reboot node004
    wait_for on_head ssh -o ConnectTimeout=2 node004 true
    [ ! -e "/proc/$(cluster pid node004)/root/tmp/site.conf" ]
    launch -w node004 -- start
    node node004 ps -u tester -o ni=,args= |
        grep -q '^ *5 .*worker .*--concurrency=2'
    launch -w node004 -- kill
}

@test "the broker's password is in no process list, head or node" {
    site <<'END'
workers = ( {
    queue = "celery"; broker = "redis://:SECRET@head/0"; pool = "solo";
    app = "tasks"; worker_dir = "/srv/shared/app"; start_timeout = 4;
} );
END
    # From outside every process of every host is seen; what is not of one of
    # them is another test's, which may well look for such a word.
    "$PYTHON" -ISc '
import glob, os, sys, time
looks, outside = 0, os.readlink("/proc/self/ns/uts")
while not os.path.exists(sys.argv[1] + "/stop"):
    for name in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            if os.readlink(os.path.dirname(name) + "/ns/uts") == outside:
                continue
            text = open(name, "rb").read()
        except OSError:
            continue
        if b"SEC" + b"RET" in text:
            print(name, text)
            sys.exit(1)
    looks += 1
print(looks)
' "$SCRATCH" >"$SCRATCH/looks" 3>&- &
    sampler=$!
    launch -w "$ALL" -- start || true
    launch -w "$ALL" -- status || true
    touch "$SCRATCH/stop"
    wait "$sampler" || { cat "$SCRATCH/looks"; return 1; }
    tell "every process list of a fan-out looked at $(cat "$SCRATCH/looks")" \
        "times: no password"
    [ "$(cat "$SCRATCH/looks")" -ge 5 ]
    node node001 grep -rqs SECRET /srv/home/tester/.local/state
    launch -w "$ALL" -- kill
    nothing_left_on_nodes
}

# exchange ARG...: how ssh and sshd of that node agree on a key
exchange() {
    PDSH_SSH_ARGS_APPEND="-v ${*:2}" launch -w "$1" -- status celery 2>&1 |
        tr -d "\r" | sed -n "s/^$1: debug1: kex: algorithm: //p"
}

@test "PDSH_CELERY_SSH=quick asks for another exchange, of an older sshd too" {
    local ssh=/etc/ssh/ssh_config

    export PDSH_CELERY_SSH=quick
    # The cluster's own file says one, and so counts before.
    [ "$(exchange node001)" = curve25519-sha256 ]
    cluster exec head sed -i 's/^KexAlg.*/KexAlgorithms ecdh-sha2-nistp384/' \
        "$ssh"
    [ "$(exchange node001)" = ecdh-sha2-nistp384 ]
    cluster exec head sed -i '/^KexAlg/s/^/#/' "$ssh"
    run exchange node001
    default=$(PDSH_CELERY_SSH='' exchange node001)
    cluster exec node002 /usr/sbin/sshd -p 222 -o PidFile=/run/older.pid \
        -o KexAlgorithms=ecdh-sha2-nistp256,diffie-hellman-group14-sha256
    wait_for cluster exec node002 test -s /run/older.pid
    older=$(exchange node002 -p 222)
    # The ssh to a jump host has the same file, and says so first.
    jumped=$(exchange node003 -J node001)
    cluster exec node002 sh -c 'kill "$(cat /run/older.pid)"'
    cluster exec head sed -i 's/^#KexAlg.*/KexAlgorithms curve25519-sha256/' \
        "$ssh"
    echo "$output, without $default, older $older, jumped $jumped"
    [[ $default = sntrup761* ]] || [ "$output" = "$default" ]
    [[ $output = curve25519* || $output = mlkem768* ]]
    [ "$older" = ecdh-sha2-nistp256 ]
    [ "$jumped" = "$output"$'\n'"$output" ]
}

# sick: one node of each kind
sick() {
    SICK=yes
    cluster stop node001
    cluster cut node002
    # The head shall wait for it, and not learn by ARP that it is gone.
    cluster exec head ip neigh replace 10.77.1.3 \
        lladdr 02:00:0a:4d:00:02 nud permanent dev bridge
    cluster exec node003 sh -c 'cd / &&
        mount -t tmpfs -o size=64k,mode=755 full /srv/home/tester &&
        cat /dev/zero >/srv/home/tester/zero 2>/dev/null
        chown tester /srv/home/tester'
    cluster exec node004 mount --bind /dev/null /usr/bin/celery
}

well() {
    SICK=
    cluster start node001
    cluster heal node002
    cluster exec head ip neigh del 10.77.1.3 dev bridge || true
    cluster exec node003 umount -l /srv/home/tester
    cluster exec node004 umount /usr/bin/celery
    wait_for on_head ssh -o ConnectTimeout=2 node001 true
    wait_for on_head ssh -o ConnectTimeout=2 node002 true
}

@test "bad nodes say one thing each and keep nobody waiting" {
    local option line

    # Starting twenty of them on one machine takes longer than giving up does.
    launch -w "$ALL" -x 'node[001-004]' -- start celery
    sick
    for option in -S -b; do
        run launch "$option" -t 8 -w "$ALL,nowhere" -- start celery \
            --kill-existing=false
        echo "$output"
        [ "$status" -eq 255 ]
        [[ ${lines[-1]} = *": $((NODES - 4)) done, 2 failed (node[003-004])"* ]]
        [[ ${lines[-1]} = *', 3 not reached (no'*')' ]]
        line=${lines[-1]#*reached (}
        [ "$("$LAUNCH" hosts --fold "${line%)}")" = \
            "$("$LAUNCH" hosts --fold 'node[001-002]' nowhere)" ]
        for line in 'node001: ssh: connect to host node001 .*refused' \
            'node002: ssh: connect to host node002 .*\(timed out\|No route\)' \
            'node003: celery-tmux-launch: .*No space left on device' \
            'node004: celery-tmux-launch: celery: did not start: .*' \
            'nowhere: ssh: Could not resolve hostname nowhere'; do
            [ "$(grep -c "^$line" <<<"$output")" -eq 1 ]
        done
        for node in node001 node002 node003 nowhere; do
            [ "$(grep -c "^$node: " <<<"$output")" -eq 1 ]
        done
        # Who is well was done before the one that is cut off gave up.
        for node in $(nodes | tail -n +5); do
            sed '/^node002: /q' <<<"$output" | grep -qx \
                "$node: celery: already running"
        done
    done
    well
    launch -w "$ALL" -- kill
    nothing_left_on_nodes
}

@test "a node that hangs is given up, and the others are done" {
    local pid

    # Its kernel accepts connections, and nobody answers.
    pid=$(cluster exec node001 cat /run/sshd.pid)
    cluster exec node001 kill -STOP "$pid"
    run launch -t 10 -w 'node[001-003]' -- status celery
    cluster exec node001 kill -CONT "$pid"
    echo "$output"
    [ "$status" -eq 255 ]
    [ "$(grep -c '^node00[23]: celery: stopped$' <<<"$output")" -eq 2 ]
    # ssh itself has two lines for it.
    [ "$(grep -c '^node001: ' <<<"$output")" -le 2 ]
    [[ $output = *'node001: Connection timed out during banner exchange'* ]]
    [[ ${lines[-1]} = *': 2 done, 1 not reached (node001)' ]]
}

# steers_nothing: standard input has no byte that a terminal obeys, be it of C0
# but newline, DEL, or of C1 as a byte or in UTF-8
steers_nothing() {
    LC_ALL=C fails grep -aqP '[\x00-\x09\x0b-\x1f\x7f-\x9f]'
}

@test "what a node's sshd says steers no terminal" {
    local bad=$'\e]0;title\a\e[31m\e[2J\b\x9b31m\xc2\x9b31m\ePq\e\\\x7f'

    fails steers_nothing <<<"$bad"

    # What it shows to whoever connects.  The hosts have one /etc.
    printf '%s for members only\n' "$bad" >"$SHARED/shared/banner"
    cluster exec head sed -i '$aBanner /srv/shared/banner' /etc/ssh/sshd_config
    cluster stop node001
    cluster start node001
    cluster exec head sed -i '$d' /etc/ssh/sshd_config
    run launch -w 'node[001-002]' -- status celery
    cluster stop node001
    echo "$output"
    [ "$status" -eq 3 ]
    [[ $output = *'node001: '*' for members only'* ]]
    [[ $output = *'node001: celery: stopped'* ]]
    steers_nothing <<<"$output"

    # What it says instead of its version, and why it hangs up.
    cluster stop node002
    for host in node001 node002; do
        cluster exec "$host" /usr/bin/python3 - "$bad" 3>&- >/dev/null <<'END' &
import contextlib, os, socket, struct, sys
bad = os.fsencode(sys.argv[1])
said = bad + b'\r\nSSH-1.0-' + bad + b'\r\n'
if socket.gethostname() == 'node002':
    def string(text):
        return struct.pack('>I', len(text)) + text
    body = b'\1' + struct.pack('>I', 2) + string(bad + b' is late') + string(b'')
    padding = 12 - (5 + len(body) + 4) % 8
    said = (b'SSH-2.0-' + bad[:7] + b'\r\n' + string(
        bytes([padding]) + body + bytes(padding)))
with socket.create_server(('', 22)) as server:
    while True:
        with contextlib.suppress(OSError), server.accept()[0] as client:
            client.sendall(said)
            client.shutdown(socket.SHUT_WR)
            client.recv(1000)
END
        wait_for cluster exec head bash -c "</dev/tcp/$host/22"
    done
    run launch -w 'node[001-003]' -- status celery
    for host in node001 node002; do
        cluster exec "$host" pkill -x python3
    done
    wait || true
    cluster start node001
    cluster start node002
    echo "$output"
    [ "$status" -eq 255 ]
    [[ $output = *'node001: Protocol major versions differ'* ]]
    [[ $output = *'node002: '*' is late'* ]]
    [[ $output = *'node003: celery: stopped'* ]]
    # Of a reason to hang up ssh leaves these, and ends its lines with one.
    tr -d '\a\b\r' <<<"$output" | steers_nothing
    launch -w 'node[001-002]' -- hosts 'node[1-2]'
}

@test "words arrive as they were given, through sshd too" {
    cat >"$SHARED/shared/celery-tmux-launch" <<'END'
#!/bin/bash
[ "$1" != plan ] || exec /srv/bin/celery-tmux-launch "$@"
cat >/dev/null
while [[ $1 = --* ]]; do shift; done
printf '<%s>\n' "$@"
END
    chmod 755 "$SHARED/shared/celery-tmux-launch"
    words=('a b' '"' "'" '\' '$(touch /tmp/hit)' '`id`' ';' '%h' $'a\nb' '' '*')
    run fan_out -N -w node001 /srv/shared/celery-tmux-launch hosts "${words[@]}"
    diff <(printf '<%s>\n' hosts "${words[@]}") <(echo "$output")
    run fan_out -N -w node001 "/srv/shared/celery-tmux-launch hosts 'a b' c"
    diff <(printf '<%s>\n' hosts 'a b' c) <(echo "$output")
}

@test "a launcher whose ssh goes away completes what it began" {
    local signal

    configured 's/mingle = false;/& worker_setup_cmd = "touch \/srv\/shared\/notes\/setup-$(hostname); until [ -e \/srv\/shared\/notes\/go ]; do sleep 0.1; done";/'
    for signal in TERM KILL INT; do
        rm -f "$SHARED"/shared/notes/{setup-*,go}
        launch -b -w "$ALL" -- start celery 3>&- >/dev/null 2>&1 &
        wait_for all_set_up
        cluster exec head pkill "-$signal" -f '^pdsh -b'
        touch "$SHARED/shared/notes/go"
        wait
        wait_for fails cluster exec head pgrep -x ssh
        wait_for -t 120 eval '[ "$(launch -w "$ALL" -- status celery |
            grep -c running)" -eq "$NODES" ]'
        launch -w "$ALL" -- kill
        nothing_left_on_nodes
    done
}

# On each node the setup command has begun.
all_set_up() {
    local node

    for node in $(nodes); do
        [ -e "$SHARED/shared/notes/setup-$node" ] || return
    done
}
