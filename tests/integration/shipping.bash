# shellcheck shell=bash
#
# shipping.bash - a head that has a program to send, and nodes that have none,
# with a stand-in for ssh.  Loaded behind lib and fan-out.

# shipping_ready: $PREFIX, where the head's launcher lies, and $NODES, below
# which each node has a home
shipping_ready() {
    fan_out_ready
    export PREFIX=$SCRATCH/prefix NODES=$SCRATCH/nodes
    export LOGIN_SHELL=/bin/sh BEFORE='' NODE_PATH=/usr/bin:/bin
    export PDSH_CELERY_SHIP=1
    mkdir -p "$PREFIX/bin" "$PREFIX/lib/celery-tmux" "$NODES"
    cp "$LAUNCH" "$PREFIX/bin"
    ARCH=$(uname -m)
    VERSION=$("$LAUNCH" --version)
    VERSION=${VERSION##* }
    export ARCH VERSION PATH=$PREFIX/bin:$PATH
    STATIC=$PREFIX/lib/celery-tmux/celery-tmux-launch-$ARCH
    export STATIC
    # What $BEFORE says comes first, as from a login shell's own files.
    export AS_SSHD=$SCRATCH/as-sshd
    cat >"$AS_SSHD" <<'END'
echo "$host $(stat -L -c %s /dev/stdin)" >>"$SCRATCH/offered"
mkdir -p "$NODES/$host"
cd "$NODES/$host"
eval "$BEFORE"
exec env -i HOME="$NODES/$host" PATH="$NODE_PATH" NODES="$NODES" \
    "$LOGIN_SHELL" -c "${words[*]:i+1}"
END
    export STAND_IN=$AS_SSHD
}

# ship_afresh [DIRECTORY]: bare nodes, whose programs come from there first, and
# a script to send them
ship_afresh() {
    export STAND_IN=$AS_SSHD BEFORE='' LOGIN_SHELL=/bin/sh
    export NODE_PATH=${1:+$1:}/usr/bin:/bin PDSH_CELERY_SHIP=1
    sends_script cat
    bare
    configure <<<'workers = ( { queue = "celery"; } );'
}

# sends_script [LINE]...: what the head has to send is a script, of the size of
# the real thing.  Called with anything but --version it shows its words, then
# does LINE.
sends_script() {
    {
        printf '%s\n' '#!/bin/sh' 'case $1 in --version)' \
            "echo celery-tmux-launch $VERSION; exit ;; esac" \
            'printf "<%s>" "$@"; echo' "$@" exit
        head -c 440000 /dev/zero | tr '\0' '#'
    } >"$STATIC.new"
    chmod 755 "$STATIC.new"
    mv "$STATIC.new" "$STATIC"
}

# shipped NODE: where the program is to lie
shipped() {
    echo "$NODES/$1/.cache/celery-tmux/$VERSION-$ARCH/celery-tmux-launch"
}

# bare: no node has anything
bare() {
    rm -rf "$NODES"
    mkdir "$NODES"
    : >"$SCRATCH/offered"
}

# sent: how many bytes of the program went out since `bare`
sent() {
    awk -v size="$(stat -c %s "$STATIC")" \
        '$2 >= size { sum += size } END { print sum + 0 }' "$SCRATCH/offered"
}

# ships NODES WORD...: with bats' `run`
ships() {
    run fan_out -N -w "$1" celery-tmux-launch "${@:2}"
    # shellcheck disable=SC2154 # run's
    echo "$output"
}

# link_static FILE: the program, linked statically with glibc, since what
# `make static` takes for musl is downloaded; or SKIP says why not
link_static() {
    local objects

    objects=$(dirname "$LAUNCH")/launcher
    if [ -d "$objects" ] && fails grep -q __asan_init "$LAUNCH"; then
        # The board is a program of its own.
        find "$objects" -path '*/top' -prune -o -name '*.o' -print0 |
            xargs -0 gcc -pthread -static -s -o "$1" -Wl,--start-group \
                "$(gcc -print-file-name=libconfig.a)" 2>"$SCRATCH/warnings"
    else
        export SKIP='needs the objects of a build without sanitizers'
    fi
}
