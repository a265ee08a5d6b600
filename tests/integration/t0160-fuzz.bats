#!/usr/bin/env bats
# bats file_tags=sanitized
#
# What fuzzing has found, and what it begins with, does no harm any more
# (tests/fuzz).  Each target reads the files of its corpus once.

load lib

setup_file() {
    begin_file
}

@test "every target has a corpus, and every corpus a target" {
    diff <(cd "$ROOT/tests/fuzz" && printf '%s\n' fuzz-*.c) \
        <(cd "$ROOT/tests/fuzz/corpus" && printf 'fuzz-%s.c\n' *)
}

@test "the corpora are replayed without a finding" {
    for corpus in "$ROOT"/tests/fuzz/corpus/*; do
        # Built where the board is.
        if [ "${corpus##*/}" = board ] &&
            [ ! -e "$(dirname "$LAUNCH")/celery-tmux-top" ]; then
            continue
        fi
        files=$(find "$corpus" -type f | wc -l)
        [ "$files" -gt 0 ]
        # What was read last is what it stumbled over.
        "$(dirname "$LAUNCH")/tests/fuzz-${corpus##*/}" "$corpus" \
            >"$SCRATCH/said" 2>"$SCRATCH/read" ||
            { tail -n 30 "$SCRATCH/read"; false; }
        [ "$(cat "$SCRATCH/said")" = "$files replayed" ]
    done
}

@test "every line of SECURITY.md names tests that there are" {
    sed -n 's/^|.*| \([^|]*\) |$/\1/p' "$ROOT/SECURITY.md" | tail -n +2 |
        grep -oE '(t[0-9]{4}|test-[a-z-]+)' | sort -u >"$SCRATCH/named"
    [ "$(wc -l <"$SCRATCH/named")" -ge 15 ]
    while read -r name; do
        compgen -G "$ROOT/tests/*/${name}[-.]*" || { echo "$name"; false; }
    done <"$SCRATCH/named"
    # A line without a test holds nothing.
    fails grep -E '^\| [A-Z].*\|  *\|$' "$ROOT/SECURITY.md"
}
