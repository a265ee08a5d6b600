#!/usr/bin/env bats
# shellcheck disable=SC2016 # $ is often for a shell elsewhere
#
# PDSH_CELERY_SHIP: a node that has no program gets it, once, whatever its
# shells are.  tests/cluster has real nodes.

load lib
load fan-out
load shipping
load stand-in

setup_file() {
    begin_file
    shipping_ready
    export SENT=$HOME/.config/celery-tmux/celery-tmux.conf
}

# as_sent: the configuration as a node gets it
as_sent() {
    printf '/* celery-tmux: from %s */' "$SENT"
    cat "$SENT"
    printf '\n/* celery-tmux: to here */\n'
}

setup() {
    ship_afresh
}

@test "a node that lacks the program gets it, and a second command sends none" {
    ships 'n[1-3]' status
    [ "$status" -eq 0 ]
    [ "$(grep -cx "<--node=n[1-3]><--config=-><--head=$VERSION><status>" \
        <<<"$output")" -eq 3 ]
    [ "$(grep -cF 'workers = ( { queue = "celery"; } );' \
        <<<"$output")" -eq 3 ]
    size=$(stat -c %s "$STATIC")
    [ "$(sent)" -eq "$((3 * size))" ]
    for node in n1 n2 n3; do
        cmp "$STATIC" "$(shipped "$node")"
        [ "$(stat -c %a "$(shipped "$node")")" = 700 ]
        # Nothing else lies there.
        [ "$(find "$NODES/$node" -type f | wc -l)" -eq 1 ]
    done
    # Nor is there a second ssh then.
    : >"$CALLS.words"
    ships 'n[1-3]' status
    [ "$status" -eq 0 ]
    [ "$(sent)" -eq "$((3 * size))" ]
    [ "$(wc -l <"$CALLS.words")" -eq 3 ]
    [ "$(grep -cF 'workers = ( { queue = "celery"; } );' \
        <<<"$output")" -eq 3 ]
    # One that joins is the only one that is sent any.
    ships 'n[1-4]' status
    [ "$(sent)" -eq "$((4 * size))" ]
    tell "first command: $((3 * size)) bytes to 3 nodes; second: 0"
}

@test "without a configuration on the head none follows the program" {
    rm "$HOME/.config/celery-tmux/celery-tmux.conf"
    ships n1 status
    [ "$output" = "<--node=n1><--head=$VERSION><status>" ]
    ships n1 status
    [ "$output" = "<--node=n1><--head=$VERSION><status>" ]
}

@test "the exit status is the program's, the first time and later" {
    sends_script 'exit 69'
    for _ in first second; do
        ships n1 status
        [ "$status" -eq 69 ]
        [[ $output = *' 1 failed (n1)' ]]
    done
}

@test "words arrive as they were given, whatever the login shell is" {
    local odd=$'a b|"|\'|\\|\\\\|$(touch hit)|`touch hit`|;|!x|%h|%s|a\nb|*|~|^'
    local -a words

    IFS='|' read -r -d '' -a words <<<"$odd|end" || true
    words=("${words[@]:0:${#words[@]}-1}" '' é $'\xff' -- -x)
    for LOGIN_SHELL in sh bash zsh fish tcsh 'busybox'; do
        bare
        LOGIN_SHELL=$(type -P "$LOGIN_SHELL")
        [[ $LOGIN_SHELL != *busybox ]] || {
            printf '#!/bin/sh\nexec busybox sh "$@"\n' >"$SCRATCH/bin/bsh"
            chmod 755 "$SCRATCH/bin/bsh"
            LOGIN_SHELL=$SCRATCH/bin/bsh
        }
        for _ in first second; do
            ships n1 hosts "${words[@]}"
            [ "$status" -eq 0 ]
            diff <(printf '<%s>' "--node=n1" --config=- "--head=$VERSION" \
                hosts "${words[@]}"; echo; as_sent) <(echo "$output")
        done
        [ "$(sent)" -eq "$(stat -c %s "$STATIC")" ]
        [ -z "$(find "$NODES" -name hit)" ]
    done
}

@test "every sh, and busybox's programs, are enough on a node" {
    needs_own_mounts
    mkdir -p "$SCRATCH/busybox"
    busybox --list | while read -r name; do
        ln -sf "$(type -P busybox)" "$SCRATCH/busybox/$name"
    done
    for shell in dash bash busybox zsh; do
        bare
        [ "$shell" != busybox ] || NODE_PATH=$SCRATCH/busybox
        BEFORE="mount --bind '$(type -P "$shell")' '$(readlink -f /bin/sh)'"
        LOGIN_SHELL=/bin/bash
        for _ in first second; do
            run unshare --mount --propagation private bash -c \
                'cd "$ROOT"; . tests/integration/fan-out.bash
                fan_out -N -w n1 celery-tmux-launch status'
            echo "$shell: $output"
            [ "$status" -eq 0 ]
            [[ $output = *"<status>"*'queue = "celery"'* ]]
        done
        [ "$(sent)" -eq "$(stat -c %s "$STATIC")" ]
        cmp "$STATIC" "$(shipped n1)"
    done
}

@test "what a login shell prints comes before, and changes nothing" {
    BEFORE='echo welcome; echo "113 sent=1" >&2'
    for _ in first second; do
        ships n1 status
        [ "$status" -eq 0 ]
        grep -qx welcome <<<"$output"
        grep -q '<status>' <<<"$output"
    done
    [ "$(sent)" -eq "$(stat -c %s "$STATIC")" ]
}

@test "an altered or shortened program is replaced by the right one" {
    ships n1 status
    for change in 'echo exit >>' 'truncate -s 4096' ': >' 'rm' 'chmod 600'; do
        eval "$change" '"$(shipped n1)"'
        ships n1 status
        [ "$status" -eq 0 ]
        [[ $output = *'<status>'* ]]
        cmp "$STATIC" "$(shipped n1)"
    done
    # Another build of the same version is another program.
    sends_script 'echo another'
    ships n1 status
    [[ $output = *another ]]
}

@test "who has found a bad program replaces no good one that came meanwhile" {
    ships n1 status
    echo exit >>"$(shipped n1)"
    ln -s n1 "$NODES/n2"
    # The fourth sum is n1's last look at the bad one: it has looked without
    # and with the program at hand, and at what it was sent.
    mkdir "$SCRATCH/late"
    cat >"$SCRATCH/late/sha256sum" <<'END'
#!/bin/sh
/usr/bin/sha256sum "$@"
echo >>"$NODES/sums"
[ "$(wc -l <"$NODES/sums")" -ne 4 ] || {
    : >"$NODES/looked"
    until [ -e "$NODES/go" ]; do sleep 0.05; done
}
END
    chmod 755 "$SCRATCH/late/sha256sum"
    NODE_PATH=$SCRATCH/late:/usr/bin:/bin in_background "$SCRATCH/first" \
        fan_out -N -w n1 celery-tmux-launch status
    wait_for test -e "$NODES/looked"
    ships n2 status
    [ "$status" -eq 0 ]
    good=$(stat -c %i "$(shipped n1)")
    : >"$NODES/go"
    wait_for ended "$SCRATCH/first"
    cat "$SCRATCH/first"
    [ "$(cat "$SCRATCH/first.status")" = 0 ]
    grep -q '<status>' "$SCRATCH/first"
    [ "$(stat -c %i "$(shipped n1)")" = "$good" ]
    cmp "$STATIC" "$(shipped n1)"
    [ "$(find "$NODES/n1" -type f | wc -l)" -eq 1 ]
    # What a kill has left holds nobody up for long.
    cp "$STATIC" "$(dirname "$(shipped n1)")/new.next"
    echo exit >>"$(shipped n1)"
    run within 25 fan_out -N -w n1 celery-tmux-launch status
    [ "$status" -eq 0 ]
    cmp "$STATIC" "$(shipped n1)"
}

@test "two versions lie side by side" {
    ships n1 status
    mkdir "$(dirname "$(dirname "$(shipped n1)")")/0.0.1-$ARCH"
    ships n1 status
    [ "$(find "$NODES" -type d -name "*-$ARCH" | wc -l)" -eq 2 ]
}

@test "another directory, also below the home" {
    # shellcheck disable=SC2088 # the node expands it
    for place in "$NODES/else where" '~/here'; do
        PDSH_CELERY_SHIP=$place ships n1 status
        [ "$status" -eq 0 ]
        [ ! -e "$(shipped n1)" ]
    done
    cmp "$STATIC" "$NODES/else where/$VERSION-$ARCH/celery-tmux-launch"
    cmp "$STATIC" "$NODES/n1/here/$VERSION-$ARCH/celery-tmux-launch"
}

@test "many nodes that share a home ship side by side, and replace nothing" {
    # A node whose program another replaces would lose it over NFS.
    mkdir "$SCRATCH/tools"
    printf '#!/bin/sh\necho "$@" >>"$NODES/moved"\nexec /bin/mv "$@"\n' \
        >"$SCRATCH/tools/mv"
    chmod 755 "$SCRATCH/tools/mv"
    NODE_PATH=$SCRATCH/tools:$NODE_PATH
    BEFORE='host=shared; mkdir -p "$NODES/shared"; cd "$NODES/shared"'
    ships 'n[01-30]' status
    [ "$status" -eq 0 ]
    [ "$(grep -c '<status>' <<<"$output")" -eq 30 ]
    [ ! -e "$NODES/moved" ]
    [ "$(sent)" -gt "$(stat -c %s "$STATIC")" ]
    cmp "$STATIC" "$(shipped shared)"
    [ "$(find "$NODES" -name 'new.*' | wc -l)" -eq 0 ]
}

@test "one that has got it meanwhile leaves what is sent, and runs" {
    ships n1 status
    ssh_does '[ "$(stat -L -c %s /dev/stdin)" -gt 400000 ] || exit 113
        . "$AS_SSHD"'
    ships n1 status
    [ "$status" -eq 0 ]
    [ "$(sent)" -eq "$((2 * $(stat -c %s "$STATIC")))" ]
    [ "$output" = "<--node=n1><--config=-><--head=$VERSION><status>
$(as_sent)" ]
}

@test "two heads at once ship their own" {
    first=$(stat -c %s "$STATIC")
    export BEFORE='host=shared; mkdir -p "$NODES/shared"; cd "$NODES/shared"'
    for head in 1 2 3 4; do
        fan_out -N -w 'n[1-5]' celery-tmux-launch status \
            >"$SCRATCH/head$head" 2>&1 3>&- &
    done
    wait
    cat "$SCRATCH"/head?
    [ "$(cat "$SCRATCH"/head? | grep -c '<status>')" -eq 20 ]
    cmp "$STATIC" "$(shipped shared)"
    [ "$first" -eq "$(stat -c %s "$(shipped shared)")" ]
}

@test "DSHPATH, -l and PDSH_CELERY_RSH count for both" {
    printf '#!/bin/sh\nexec ssh "$@"\n' >"$SCRATCH/bin/other-ssh"
    chmod 755 "$SCRATCH/bin/other-ssh"
    : >"$CALLS.words"
    export DSHPATH=/usr/bin:/bin PDSH_CELERY_RSH=other-ssh
    run fan_out -N -l ada -w n1 celery-tmux-launch status
    unset DSHPATH PDSH_CELERY_RSH
    echo "$output"
    [[ $output = *'<status>'* ]]
    [ "$(grep -c '<-lada>.*<PATH=/usr/bin:/bin;><exec ' \
        "$CALLS.words")" -eq 2 ]
}

@test "300 nodes, 250 at a time, from 600 descriptors: none is lost" {
    # pdsh itself finds these enough for 250.
    ssh_does '[ "$(stat -L -c %s /dev/stdin)" -gt 400000 ] || exit 113
        echo here'
    own=$( (ulimit -S -n 600 && fan_out -N -f 250 -w 'n[001-300]' \
        celery-tmux-launch status) 2>/dev/null | grep -cx here)
    [ "$own" -eq 300 ]
}

@test "no more descriptors are allowed than that, which ssh would close" {
    ssh_does 'ulimit -S -n'
    run eval 'ulimit -S -n 300; fan_out -N -f 10 -w n1 celery-tmux-launch status'
    [ "$output" = 300 ]
    # There are no more targets than that.
    run eval 'ulimit -S -n 300; fan_out -N -f 100 -w n1 celery-tmux-launch status'
    [ "$output" = 300 ]
    run eval 'ulimit -S -n 300; fan_out -N -f 100 -w "n[001-100]" \
        celery-tmux-launch status'
    [ "$(sort -u <<<"$output")" = 464 ]
}

@test "valgrind finds nothing in the module" {
    cat >"$SCRATCH/bin/quick" <<'END'
#!/bin/sh
[ "$(stat -L -c %s /dev/stdin)" -gt 400000 ] || exit 113
echo here
END
    chmod 755 "$SCRATCH/bin/quick"
    mkdir -p "$SCRATCH/own"
    ln -sf /usr/bin/pdsh.bin "$SCRATCH/own/pdsh"
    PDSH_CELERY_RSH=quick run with_modules valgrind -q --leak-check=full \
        --child-silent-after-fork=yes --error-exitcode=99 \
        --errors-for-leak-kinds=definite --show-leak-kinds=definite \
        "$SCRATCH/own/pdsh" -R celery -N -w 'n[01-20]' \
        celery-tmux-launch status
    echo "$output" | grep -v '^here$' || true
    [ "$status" -eq 0 ]
    [ "$(grep -cx here <<<"$output")" -eq 20 ]
    [[ $output != *==* ]]
}
