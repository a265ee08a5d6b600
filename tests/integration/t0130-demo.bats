#!/usr/bin/env bats
#
# The tour that `make demo` gives, and that it leaves nothing behind, however
# it ends.

load lib

setup_file() {
    begin_file
    export TMPDIR="$SCRATCH/for the demo"
    mkdir "$TMPDIR"
}

nothing_is_left() {
    no_leftovers && [ -z "$(ls -A "$TMPDIR")" ] && [ -z "$(ls -A "$HOME")" ]
}

@test "the demo shows twenty results, status, log and end in a minute" {
    run within 60 "$ROOT/scripts/demo"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output = *'$ celery-tmux-launch start'$'\n''celery: started'* ]]
    [[ $output = *$'\n1 4 9 16 '*' 361 400'$'\n'* ]]
    [[ $output = *'$ celery-tmux-launch status'$'\n''celery: running'* ]]
    [[ $output = *' times '*' is '* ]]
    [[ $output = *'$ celery-tmux-launch kill'$'\n''celery: killed'* ]]
    [[ $output = *'none.'*'That was the tour.'* ]]
    nothing_is_left
}

# In a network of its own, or what others start would be taken for the demo's.
@test "nothing listens after the demo that did not before" {
    unshare --net true 2>/dev/null || skip "needs root, for a network of its own"
    run unshare --net bash -c 'ip link set lo up; ss -Hltnu >"$1/before"
        "$2" && ss -Hltnu >"$1/after"' bash "$SCRATCH" "$ROOT/scripts/demo"
    [ "$status" -eq 0 ]
    diff "$SCRATCH/before" "$SCRATCH/after"
}

@test "a demo that is interrupted cleans up" {
    # A job in the background would not hear INT: timeout sends it.
    for moment in 0.3 1.5 4; do
        run timeout --foreground -s INT "$moment" "$ROOT/scripts/demo"
        [ "$status" -eq 124 ]
        nothing_is_left
    done
}

@test "a step that fails ends the demo with a sentence" {
    mkdir "$SCRATCH/bad"
    printf '#!/bin/sh\nexit 69\n' >"$SCRATCH/bad/celery-tmux-launch"
    chmod +x "$SCRATCH/bad/celery-tmux-launch"
    LAUNCH=$SCRATCH/bad/celery-tmux-launch run "$ROOT/scripts/demo"
    [ "$status" -eq 1 ]
    [[ $output = *'demo: `celery-tmux-launch start` ended with status 69'* ]]
    nothing_is_left
}

# note_calls NAME STATUS: a stand-in that writes down how it was called
note_calls() {
    mkdir -p "$SCRATCH/noting"
    printf '#!/bin/sh\necho "%s $*" >>"%s"\nexit %s\n' "$1" "$SCRATCH/calls" \
        "$2" >"$SCRATCH/noting/$1"
    chmod +x "$SCRATCH/noting/$1"
}

# All that it could end is a stand-in, or a mistake would end the tests.
@test "a demo that ends before it has a home of its own ends nothing" {
    note_calls cp 1
    for name in celery-tmux-launch tmux kill; do
        note_calls "$name" 0
    done
    mkdir "$SCRATCH/user"
    echo mine >"$SCRATCH/user/mine"
    HOME=$SCRATCH/user LAUNCH=$SCRATCH/noting/celery-tmux-launch \
        PATH=$SCRATCH/noting:$PATH run "$ROOT/scripts/demo"
    [ "$status" -eq 1 ]
    cat "$SCRATCH/calls"
    [[ $(cat "$SCRATCH/calls") = "cp -R $ROOT/scripts/demo-app "* ]]
    fails grep -v '^cp ' "$SCRATCH/calls"
    [ "$(cd "$SCRATCH/user" && find . -type f -exec grep . {} +)" = mine ]
    nothing_is_left
}

@test "a process that the demo leaves is named, and ended" {
    mkdir "$SCRATCH/leaves"
    cat >"$SCRATCH/leaves/celery-tmux-launch" <<END
#!/bin/sh
if [ "\$*" = kill ]; then
    setsid sleep 60 </dev/null >/dev/null 2>&1 3>&- &
    echo \$! >'$SCRATCH/left pid'
fi
exec '$LAUNCH' "\$@"
END
    chmod +x "$SCRATCH/leaves/celery-tmux-launch"
    LAUNCH=$SCRATCH/leaves/celery-tmux-launch run "$ROOT/scripts/demo"
    [ "$status" -eq 1 ]
    left=$(cat "$SCRATCH/left pid")
    [[ $output = *$'\ndemo: still running: '"$left sleep 60"* ]]
    wait_for fails is_running "$left"
    nothing_is_left
}
