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
        files=$(find "$corpus" -type f | wc -l)
        [ "$files" -gt 0 ]
        # What was read last is what it stumbled over.
        "$(dirname "$LAUNCH")/tests/fuzz-${corpus##*/}" "$corpus" \
            >"$SCRATCH/said" 2>"$SCRATCH/read" ||
            { tail -n 30 "$SCRATCH/read"; false; }
        [ "$(cat "$SCRATCH/said")" = "$files replayed" ]
    done
}
