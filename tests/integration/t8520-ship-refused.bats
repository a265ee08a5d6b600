#!/usr/bin/env bats
# shellcheck disable=SC2016 # $ is often for a shell elsewhere
#
# PDSH_CELERY_SHIP where it cannot be: a sentence with a way out, one for each
# node, and nothing half done.

load lib
load fan-out
load shipping

setup_file() {
    begin_file
    shipping_ready
    mkdir "$SCRATCH/tools"
}

setup() {
    rm -f "$SCRATCH"/tools/*
    ship_afresh "$SCRATCH/tools"
}

# tool NAME LINE...: a program that nodes have instead of theirs
tool() {
    printf '%s\n' '#!/bin/sh' "${@:2}" >"$SCRATCH/tools/$1"
    chmod 755 "$SCRATCH/tools/$1"
}

# refused STATUS PATTERN: both nodes say it in a line, and have no program
refused() {
    ships 'n[1-2]' status
    [ "$status" -eq "$1" ]
    # shellcheck disable=SC2053 # a pattern
    [[ ${lines[0]} = celery-tmux-launch:\ $2 ]]
    [ "${#lines[@]}" -eq 3 ]
    [[ ${lines[-1]} = *': 0 done, 2 failed (n[1-2])' ]]
    [ -z "$(find "$NODES" -type f -name 'new.*')" ]
}

# on_nodes TYPE OPTIONS COMMAND: it is mounted at each node's home, and COMMAND
# done there, before the rest
on_nodes() {
    needs_own_mounts
    BEFORE="mount -t $1 -o $2 none . && cd . && { $3; }"
    # A mount is to last as long as the ssh.
    STAND_IN=$SCRATCH/own-mounts
    cat >"$STAND_IN" <<'END'
[ -z "$OWN" ] || . "$AS_SSHD"
OWN=1 unshare --mount --propagation private "$0" "${words[@]}"
exit
END
}

@test "a node of another architecture" {
    tool uname 'echo sparc64'
    refused 69 "this node is a machine of kind sparc64, and the head's program is for $ARCH; install celery-tmux there, and leave PDSH_CELERY_SHIP out"
    [ "$(sent)" -eq 0 ]
}

@test "a file system that is mounted noexec" {
    on_nodes tmpfs size=4m,mode=700,noexec true
    refused 69 'no program can run below */.cache/celery-tmux, which is mounted noexec on this node, it seems; name another directory on the nodes, as in PDSH_CELERY_SHIP=/var/tmp/ada'
    # The way out.
    PDSH_CELERY_SHIP=$SCRATCH/elsewhere ships 'n[1-2]' status
    [ "$status" -eq 0 ]
}

@test "a full disk, or no room for one more file" {
    on_nodes tmpfs size=64k,mode=700 true
    refused 69 'cannot write to */.cache/celery-tmux/*: No space left on device; make room there, or name another directory on the nodes, as in PDSH_CELERY_SHIP=/var/tmp/ada'
    on_nodes tmpfs size=4m,nr_inodes=1,mode=700 true
    refused 69 'cannot make */.cache/celery-tmux/*: No space left on device; mend that, or name another *'
    on_nodes tmpfs size=4m,nr_inodes=4,mode=700 true
    refused 69 'cannot write to */.cache/celery-tmux/*: No space left on device; mend that, or name another *'
}

@test "a quota that is used up" {
    # Root has none.
    tool dd 'echo "dd: error writing: Disk quota exceeded" >&2' 'exit 1'
    refused 69 'cannot write to */.cache/celery-tmux/*: Disk quota exceeded; make room there, or name another *'
}

@test "a home that cannot be written, or is no directory" {
    on_nodes tmpfs size=4m,mode=700 'mount -o remount,ro .'
    refused 69 'cannot make */.cache/celery-tmux/*: Read-only file system; mend that, or name another *'
    STAND_IN=$AS_SSHD BEFORE='touch .cache'
    bare
    refused 69 'cannot make */.cache/celery-tmux/*: Not a directory; mend that, or name another *'
}

@test "a directory that somebody else made, or can write to" {
    local theirs

    [ "$(id -u)" -eq 0 ] || skip "only root can make another user's files"
    for theirs in 'mkdir -p .cache/celery-tmux; chown 12345 .cache' \
        'mkdir -p .cache/celery-tmux; chown 12345 .cache/celery-tmux' \
        'mkdir -p .cache/celery-tmux; chmod 777 .cache/celery-tmux' \
        'mkdir -p .cache; chmod 770 .cache'; do
        bare
        BEFORE="umask 022; $theirs"
        refused 77 'others can write to */.cache*, and could make you run anything; chmod go-w it if it is yours, or name another directory on the nodes, as in PDSH_CELERY_SHIP=/var/tmp/ada'
        [ "$(sent)" -gt 0 ]
        [ -z "$(find "$NODES" -type f)" ]
    done
    # The right program in it makes it no better, nor does its being ours.
    bare
    BEFORE=''
    ships 'n[1-2]' status
    [ "$status" -eq 0 ]
    chown 12345 "$NODES"/n?/.cache/celery-tmux/*
    refused 77 'others can write to */.cache/celery-tmux/*'
    chown 0 "$NODES"/n?/.cache/celery-tmux/*
    chmod 666 "$NODES"/n?/.cache/celery-tmux/*/celery-tmux-launch
    refused 77 'others can write to */celery-tmux-launch, and could *'
    chmod 700 "$NODES"/n?/.cache/celery-tmux/*/celery-tmux-launch
    ships 'n[1-2]' status
    [ "$status" -eq 0 ]
    # Of a place where everybody may make files, only what is ours counts.
    export PDSH_CELERY_SHIP=$NODES/common
    mkdir "$NODES/common"
    chmod 1777 "$NODES/common"
    ships 'n[1-2]' status
    [ "$status" -eq 0 ]
}

@test "a link on the way that somebody turns round leads to nothing else" {
    [ "$(id -u)" -eq 0 ] || skip "only root can make another user's files"
    export PDSH_CELERY_SHIP=$NODES/theirs/link
    mkdir "$NODES/theirs" "$NODES/good"
    ln -s "$NODES/good" "$NODES/theirs/link"
    chown -h 12345 "$NODES/theirs" "$NODES/theirs/link"
    ships n1 status
    [ "$status" -eq 0 ]
    mkdir -p "$NODES/evil/$VERSION-$ARCH"
    printf '#!/bin/sh\necho evil\n' \
        >"$NODES/evil/$VERSION-$ARCH/celery-tmux-launch"
    chmod 755 "$NODES/evil/$VERSION-$ARCH/celery-tmux-launch"
    # As soon as the program was found to be the right one.
    tool sha256sum '/usr/bin/sha256sum "$@"' \
        'ln -sfn "$NODES/evil" "$NODES/theirs/link"'
    ships n1 status
    [ "$status" -eq 0 ]
    [ "$(readlink "$NODES/theirs/link")" = "$NODES/evil" ]
    [[ $output = *'<status>'* ]]
    [[ $output != *evil* ]]
}

@test "what stands in the program's way and cannot be replaced" {
    export BEFORE="mkdir -p .cache/celery-tmux/$VERSION-$ARCH/celery-tmux-launch/x"
    refused 69 'cannot replace */celery-tmux-launch, a directory; remove it, or name *'
    [ -z "$(find "$NODES" -type f)" ]
}

@test "what the head cannot read, keep or send" {
    local turn call

    # Debian's pdsh is a script; strace is not to follow what pdsh executes.
    mkdir "$SCRATCH/own"
    ln -s "$(type -P pdsh.bin || type -P pdsh)" "$SCRATCH/own/pdsh"
    failing() {
        run with_modules strace -qq -o /dev/null -e "inject=?$1" "${@:2}"
        echo "$output"
    }
    failing openat:error=EACCES -P "$STATIC" "$PREFIX/bin/${LAUNCH##*/}" ship
    [[ $output = *"cannot read $STATIC: Permission denied; correct its "* ]]
    # Built for coverage it forks (tests/coverage/coverage.h), by clone(2).
    for call in vfork clone; do
        failing "$call:error=EAGAIN:when=1" -f -b execve \
            "$SCRATCH/own/pdsh" -R celery -w n1 celery-tmux-launch status
        [[ $output != *': n1: cannot start '* ]] || break
    done
    [ "$status" -eq 70 ]
    [[ $output = *': n1: cannot start ssh: Resource temporarily unavailable'* ]]
    for turn in {4..12}; do
        failing "lseek:error=EIO:when=$turn" pdsh -R celery -w n1 \
            celery-tmux-launch status
        [[ $output != *'cannot keep what nodes are sent: '* ]] || break
    done
    [[ $output = *'cannot keep what nodes are sent: Input/output error; '* ]]
}

@test "a program that does not run there" {
    sends_script
    sed -i '3s|.*|case $HOME in */nodes/*) exit 1 ;; esac; &|' "$STATIC"
    ships n1 status
    [ "$status" -eq 69 ]
    [[ ${lines[0]} = 'celery-tmux-launch: the program that was sent does not run on this node; install celery-tmux there, and leave PDSH_CELERY_SHIP out' ]]
    [ -z "$(find "$NODES/n1" -type f)" ]
}

@test "a node without sha256sum" {
    mkdir -p "$SCRATCH/few"
    for name in sh uname mkdir find id mktemp dd rm ln mv chmod head; do
        ln -sf "$(type -P "$name")" "$SCRATCH/few"
    done
    export NODE_PATH=$SCRATCH/few
    refused 69 'sha256sum is missing on this node; install coreutils'
}

# head_refuses STATUS PATTERN: in a line, and no node is contacted
head_refuses() {
    : >"$CALLS.words"
    ships 'n[1-2]' status
    [ "$status" -eq "$1" ]
    # shellcheck disable=SC2053 # a pattern
    [[ ${lines[0]} = $2 ]]
    [ "${#lines[@]}" -eq 1 ]
    [ ! -s "$CALLS.words" ]
}

@test "a head that has no program to send contacts no node" {
    rm "$STATIC"
    head_refuses 69 'celery-tmux-launch: there is no program to send: */lib/celery-tmux/celery-tmux-launch-'"$ARCH"': No such file or directory; run "make static" and "make install", or leave PDSH_CELERY_SHIP out and install celery-tmux on the nodes'
    printf '#!/bin/sh\necho celery-tmux-launch 0.0.1\n' >"$STATIC"
    chmod 755 "$STATIC"
    head_refuses 69 "celery-tmux-launch: */celery-tmux-launch-$ARCH is of another version than $VERSION, which runs here; run \"make static\" and \"make install\""
    printf '#!/bin/sh\necho broken; exit 3\n' >"$STATIC"
    head_refuses 69 "celery-tmux-launch: */celery-tmux-launch-$ARCH --version failed with status 3: broken"
    # Something else of that name.
    mkdir "$SCRATCH/else"
    printf '#!/bin/sh\n[ "$1" = plan ] && printf "status\\0" || echo else\n' \
        >"$SCRATCH/else/celery-tmux-launch"
    chmod 755 "$SCRATCH/else/celery-tmux-launch"
    PATH=$SCRATCH/else:$PATH head_refuses 69 'pdsh@*: celery: what celery-tmux-launch ship prints is no program to send; see that it is celery-tmux'"'"'s own'
}

@test "PDSH_CELERY_SHIP is 1 or a directory, and 0 or nothing is off" {
    for value in yes here ./here '~ada'; do
        PDSH_CELERY_SHIP=$value head_refuses 64 'pdsh@*: celery: PDSH_CELERY_SHIP is "'"$value"'"; write 1, or a directory on the nodes that begins with / or ~/'
    done
    ssh_does 'echo "${words[-1]}"'
    for value in 0 ''; do
        PDSH_CELERY_SHIP=$value ships n1 status
        [ "$output" = "celery-tmux-launch --node=n1 --config=- --head=$VERSION status" ]
    done
}

@test "other commands are not touched by it" {
    ssh_does 'echo "${words[-1]}"'
    ships_not=$(fan_out -N -w n1 uptime)
    [ "$ships_not" = uptime ]
}
