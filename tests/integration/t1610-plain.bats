#!/usr/bin/env bats
# bats file_tags=sanitized
#
# What others wrote reaches no terminal as it is: of a setup command, a
# worker, an included file's name come letters, newlines and tabs.  And what
# cannot be printed is no success.

load lib
load board
load repository

setup() {
    # Bell, backspace, CSI, OSC, DCS, DEL, C1 as bytes and as letters, a line
    # separator and a turned direction, with letters between.
    HOSTILE='\a\b\033[2J\033]0;t\a\033P1\033\\\177\x9b31m\xc2\x9b31m'
    HOSTILE+='\xe2\x80\xa8\xe2\x80\xae\xff M\xc3\xbcnch\n'
    export HOSTILE
    configure <<CONF
defaults = { app = "tasks"; worker_dir = "$APP_DIR"; delete_pyc_files = false;
             start_timeout = 20; };
workers = ( { queue = "celery"; } );
CONF
}

# harmless FILE: not empty, and nothing in it steers a terminal
harmless() {
    [ -s "$1" ]
    "$PYTHON" -ISc '
import sys
data = open(sys.argv[1], "rb").read()
text = data.decode("utf-8")
bad = [c for c in text if (ord(c) < 32 and c not in "\n\t")
       or 0x7f <= ord(c) <= 0x9f
       or c in "\u2028\u2029\u202a\u202b\u202c\u202d\u202e"
       or "\u2066" <= c <= "\u2069"]
sys.exit("hostile: %r in %r" % (bad, data) if bad else 0)' "$1"
}

@test "what master_setup_cmd prints" {
    "$LAUNCH" sync --master-setup-cmd="printf '$HOSTILE'" >"$SCRATCH/out" 2>&1
    harmless "$SCRATCH/out"
    grep -q 'Münch' "$SCRATCH/out"
}

@test "what git prints, and its hooks" {
    git_ready
    repository_make >/dev/null
    cat >"$REPO/.git/hooks/post-merge" <<END
#!/bin/bash
printf '$HOSTILE'
printf '$HOSTILE' >&2
END
    chmod +x "$REPO/.git/hooks/post-merge"
    commit 1
    "$LAUNCH" sync --git-sync-dir="$REPO" --worker-dir="$REPO" \
        >"$SCRATCH/out" 2>&1
    harmless "$SCRATCH/out"
    grep -q 'Fast-forward' "$SCRATCH/out"
    [ "$(grep -c 'Münch' "$SCRATCH/out")" -eq 2 ]
    run "$LAUNCH" sync --git-sync-dir="$REPO" --worker-dir="$REPO" \
        --git-pull-cmd="printf '$HOSTILE' >&2; exit 3"
    [ "$status" -eq 69 ]
    echo "$output" >"$SCRATCH/out"
    harmless "$SCRATCH/out"
    grep -q 'Münch' "$SCRATCH/out"
}

@test "the name of an included file that is not there" {
    name=$(printf '%b' "a${HOSTILE%\\n}.conf")
    printf '@include "%s"\n' "$name" | configure
    run "$LAUNCH" show
    [ "$status" -eq 78 ]
    "$LAUNCH" show >"$SCRATCH/out" 2>&1 || true
    harmless "$SCRATCH/out"
}

@test "the last lines of a failed start, and logs --last-run" {
    run "$LAUNCH" start --worker-setup-cmd="printf '$HOSTILE'; exit 3"
    [ "$status" -eq 69 ]
    echo "$output" >"$SCRATCH/out"
    harmless "$SCRATCH/out"
    grep -q 'Münch' "$SCRATCH/out"
    "$LAUNCH" logs --last-run >"$SCRATCH/out"
    harmless "$SCRATCH/out"
    grep -q 'Münch' "$SCRATCH/out"
}

@test "output that has no room is a sentence and status 70" {
    [ -w /dev/full ]
    for words in '--version' '--help' settings show 'hosts a[1-3]' \
        'status --help' 'sync --master-setup-cmd=true'; do
        status=0
        # shellcheck disable=SC2086 # they are words
        "$LAUNCH" $words >/dev/full 2>"$SCRATCH/err" || status=$?
        echo "$words: $status"
        cat "$SCRATCH/err"
        [ "$status" -eq 70 ]
        grep -q 'cannot write to standard output: No space left' \
            "$SCRATCH/err"
    done
}

@test "so it is of the board" {
    board_is_built
    run "$BOARD" -h
    [ "$status" -eq 0 ]
    [[ $output = 'Usage: celery-tmux-top '* ]]
    run sh -c '"$BOARD" -V >/dev/full'
    echo "$output"
    [ "$status" -eq 70 ]
    [ "$output" = 'celery-tmux-launch: cannot write to standard output: No '\
'space left on device; make room, or write somewhere else' ]
}
