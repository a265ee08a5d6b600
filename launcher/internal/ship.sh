# shellcheck shell=sh disable=SC2154 # what is not set here is set before it
#
# ship.sh - run the program on a node that may not have it.
#
# `celery-tmux-launch ship` puts before it what sum, size, arch and version the
# program has, and pdsh's module puts the rest: place, the directory that it is
# to lie below; words, what it is called with; and sent: 1 when the program is
# on standard input, and what it is to read itself behind it.  A node that does
# not have what was not sent answers with status 113.
#
# The file at its one name is whole at any time: it is written under another,
# and compared with the sum first.  A good one is never replaced, for over NFS
# other nodes may run it, and theirs would be gone with it.

fail() {
    code=$1
    shift
    echo "celery-tmux-launch: $*" >&2
    exit "$code"
}

elsewhere='name another directory on the nodes, as in '
elsewhere=$elsewhere'PDSH_CELERY_SHIP=/var/tmp/ada'

# From here on the directory goes by its path without links, which nobody can
# turn round: it and each one above are checked, and the program, as
# base/trust.h has it.
trust_directory() {
    directory=$(cd "$directory" && pwd -P) ||
        fail 77 "cannot enter $directory; correct its permissions"
    program=$directory/celery-tmux-launch
    at=$directory
    set -- /
    while [ -n "$at" ]; do
        set -- "$@" "$at"
        at=${at%/*}
    done
    [ ! -e "$program" ] || set -- "$@" "$program"
    found=$(find "$@" -prune \( ! -user 0 ! -user "$(id -u)" -o \
        ! -perm -1000 \( -perm -020 -o -perm -002 \) \) -print 2>&1)
    [ -z "$found" ] || fail 77 "others can write to" \
        "$(echo "$found" | head -n 1), and could make you run anything;" \
        "chmod go-w it if it is yours, or $elsewhere"
}

is_whole() {
    [ -f "$1" ] && [ "$(sha256sum <"$1")" = "$sum  -" ]
}

is_here() {
    [ -d "$directory" ] || return
    trust_directory
    is_whole "$program"
}

# Exactly its bytes: what is behind them is for the program.
take() {
    dd bs="$size" count=1 iflag=fullblock status=none "$@"
}

# In place of a bad one.  Others may have found that bad too, and put theirs
# there since: so only who has this name puts it there, by which the name is
# free again, and looks before that.  Who was killed may have left it.
replace() {
    next=$directory/new.next
    for _ in 1 2 3 4 5; do
        if ln "$new" "$next" 2>/dev/null; then
            if is_here; then
                rm -f "$next"
            else
                mv -f "$next" "$program" || rm -f "$next"
            fi
            return
        fi
        ! is_here || return 0
        [ ! -e "$next" ] || sleep 1
    done
    mv -f "$new" "$program"
}

receive() (
    umask 077
    LC_ALL=C
    export LC_ALL
    command -v sha256sum >/dev/null ||
        fail 69 'sha256sum is missing on this node; install coreutils'
    why=$(mkdir -p "$directory" 2>&1) ||
        fail 69 "cannot make $directory: ${why##*: }; mend that, or $elsewhere"
    trust_directory
    [ ! -d "$program" ] ||
        fail 69 "cannot replace $program, a directory; remove it, or $elsewhere"
    # What was killed has left them.
    find "$directory" -name 'new.*' -mtime +0 -exec rm -f {} + 2>/dev/null
    new=$(mktemp "$directory/new.XXXXXX" 2>&1) ||
        fail 69 "cannot write to $directory: ${new##*: }; mend that, or" \
            "$elsewhere"
    trap 'rm -f "$new"' EXIT
    trap 'exit 143' HUP INT TERM
    why=$(take conv=fsync of="$new" 2>&1) ||
        fail 69 "cannot write to $directory: ${why##*: }; make room there, or" \
            "$elsewhere"
    is_whole "$new" ||
        fail 75 'the program did not arrive whole on this node; try again'
    can_run "$new"
    "$new" --version </dev/null >/dev/null ||
        fail 69 'the program that was sent does not run on this node; install' \
            'celery-tmux there, and leave PDSH_CELERY_SHIP out'
    # The caller sees whether it is there then.
    ln "$new" "$program" 2>/dev/null || is_here || replace || :
)

can_run() {
    [ -x "$1" ] || chmod 700 "$1" 2>/dev/null
    [ -x "$1" ] || fail 69 "no program can run below $place, which is mounted" \
        "noexec on this node, it seems; $elsewhere"
}

machine=$(uname -m)
[ "$machine" = "$arch" ] || fail 69 "this node is a machine of kind $machine," \
    "and the head's program is for $arch; install celery-tmux there, and leave" \
    "PDSH_CELERY_SHIP out"
case $place in
\~/*) place=$HOME${place#?} ;;
esac
directory=$place/$version-$arch
program=$directory/celery-tmux-launch

if is_here; then
    # Another was faster; nodes may share a home.
    [ "$sent" = 0 ] || take of=/dev/null
elif [ "$sent" = 0 ]; then
    exit 113
else
    receive || exit
    is_here || fail 69 "cannot replace $program; remove it, or $elsewhere"
fi
can_run "$program"
eval "exec \"\$program\" $words"
