#!/usr/bin/env bats
#
# The tests are the same whoever runs them, and what tries other systems acts
# nowhere but in what it made.

load lib


@test "below nohup, or in the background, a test hears of each signal" {
    # Bats would take a line that begins with @ for one of its own.
    sed 's/^>//' >"$SCRATCH/hup.bats" <<'END'
>@test "nothing is ignored" {
    ignored=$(sed -n 's/^SigIgn:\t/0x/p' /proc/self/status)
    echo "$ignored"
    [ "$((ignored & 7))" -eq 0 ]
}
END
    run env --ignore-signal=HUP,INT,QUIT "$ROOT/tests/run" \
        "$SCRATCH/hup.bats" 3>&-
    echo "$output"
    [ "$status" -eq 0 ]
    [[ ${lines[-1]} = '1 passed, 0 failed' ]]
}

@test "what runs in a root runs nowhere else" {
    local inside=$ROOT/tests/systems/inside

    mkdir -p "$SCRATCH/run/source" "$SCRATCH/run/root" "$SCRATCH/archives"
    for words in "outer run / archives 13" 'packages 13' 'trial 13' \
        'build 13' 'clean 13' 'nonsense' ''; do
        # shellcheck disable=SC2086 # words
        OUTSIDE=$(readlink /proc/self/ns/mnt) run "$inside" $words
        echo "$words: $status: $output"
        [ "$status" -eq 77 ]
        [[ $output = 'inside: only check-systems calls this: '* ]]
    done
    # The first process of a namespace, with the mounts of its caller.
    if unshare --pid --fork true 2>/dev/null; then
        for words in "outer run / archives 13" 'packages 13' 'clean 13'; do
            # shellcheck disable=SC2086
            OUTSIDE=$(readlink /proc/self/ns/mnt) \
                run unshare --pid --fork "$inside" $words
            echo "$words: $status: $output"
            [ "$status" -eq 77 ]
        done
    fi
    [ -z "$(ls -A "$SCRATCH/run/root")" ]
    rm -r "$SCRATCH/run" "$SCRATCH/archives"
}

@test "check-systems wants root, and known systems" {
    local check=$ROOT/tests/systems/check-systems

    if [ "$(id -u)" -eq 0 ]; then
        ROOTS=$SCRATCH/roots run "$check" 12 99
        [[ $status -eq 64 || $status -eq 69 ]]
        [[ $output = *'no such system: 99'* || $output = *' is not there; '* ]]
    else
        ROOTS=$SCRATCH/roots run "$check"
        [ "$status" -eq 77 ]
        [[ $output = *'run it as root'* ]]
    fi
    [ ! -e "$SCRATCH/roots" ]
}
