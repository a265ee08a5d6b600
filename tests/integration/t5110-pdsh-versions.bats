#!/usr/bin/env bats
#
# rcmd/celery and the versions of pdsh: a later one is no reason to refuse,
# options that lie elsewhere are.  pdsh itself stands in for its later ones
# with another number in it; a program of ours for those laid out otherwise.

load lib
load fan-out

setup_file() {
    begin_file
    fan_out_ready
    gcc -D_GNU_SOURCE -Wall -I"$ROOT/pdsh-module" -rdynamic \
        -o "$SCRATCH/pdsh-stand-in" "$ROOT/tests/integration/pdsh-stand-in.c" \
        -Wl,--no-as-needed -ldl -lpthread
    # Debian's pdsh may be a script around it.
    PDSH_PROGRAM=$(ls /usr/bin/pdsh.bin 2>/dev/null || type -P pdsh)
    export PDSH_PROGRAM
}

# numbered VERSION: its path; a pdsh that says it is this one
numbered() {
    mkdir -p "$SCRATCH/$1"
    sed 's/pdsh-2\.[0-9][0-9]/pdsh-'"$1/" "$PDSH_PROGRAM" >"$SCRATCH/$1/pdsh"
    chmod 755 "$SCRATCH/$1/pdsh"
    grep -qa "pdsh-$1" "$SCRATCH/$1/pdsh"
    echo "$SCRATCH/$1/pdsh"
}

# begins VERSION LAYOUT: with the stand-in for pdsh
begins() {
    run "$SCRATCH/pdsh-stand-in" "$MODULES/celerycmd.so" "$@"
}

@test "another pdsh that keeps its options where they were is served" {
    local version layout=same versions='2.36 2.99'

    if [[ $(pdsh -V 2>&1) = pdsh-2.3[12]* ]]; then
        layout=old versions='2.31 2.32'
    fi
    for version in $versions; do
        run with_modules "$(numbered "$version")" -R celery -N -w n1 echo hi
        [ "$output" = hi ]
        [ "$status" -eq 0 ]
        run with_modules "$(numbered "$version")" -R celery -N -t 7 \
            -w 'n[1-2]' celery-tmux-launch hosts --fold n1,n2
        [ "$output" = 'n[1-2]
n[1-2]' ]
        grep -q -- '<-oConnectTimeout=7>' "$CALLS.words"
        begins "pdsh-$version" "$layout"
        [ "$status" -eq 0 ]
    done
}

@test "the options of 2.31 and 2.32 lie elsewhere, and are found" {
    local version

    for version in 2.31 2.32; do
        begins "pdsh-$version" old
        [ "$status" -eq 0 ]
        begins "pdsh-$version" same
        [ "$status" -eq 69 ]
    done
}

@test "an older one, and another pdsh altogether, are refused in a sentence" {
    local version

    for version in 2.30 3.01; do
        run with_modules "$(numbered "$version")" -R celery -w n1 echo
        [ "$status" -eq 69 ]
        [[ $output = *"fits pdsh from 2.31 on"*"not pdsh-$version "* ]]
        [[ $output = *'use -R ssh'* ]]
        # Whoever does not ask for it is not bothered.
        run with_modules "$(numbered "$version")" -N -R ssh -w n1 echo hi
        [ "$output" = hi ]
    done
}

@test "options that lie elsewhere are refused, whatever the number" {
    local version

    for version in 2.34 2.37; do
        begins "pdsh-$version" moved
        [ "$status" -eq 69 ]
        [[ $output = *"not pdsh-$version; use -R ssh"* ]]
    done
}
