#!/usr/bin/env bats
# bats file_tags=long,soak
# shellcheck disable=SC2016 # $ is often for a shell elsewhere
#
# PDSH_CELERY_SHIP, cut off: the program on a node is whole, or not there,
# whenever a node, its connection or pdsh dies.

load lib
load fan-out
load shipping

setup_file() {
    begin_file
    shipping_ready
}

setup() {
    ship_afresh
}

# deadly_tools: each program that the script calls on a node counts its calls
# over all of them, and ends everything of this ssh at call $NODES/at, before
# or after it has done its work, or, for dd, when half is written
deadly_tools() {
    local name

    mkdir -p "$SCRATCH/deadly"
    for name in uname find id mkdir mktemp dd sha256sum chmod ln rm mv; do
        cat >"$SCRATCH/deadly/$name" <<END
#!/bin/bash
echo $name >>"\$NODES/count"
read -r at when <"\$NODES/at"
[ "\$(wc -l <"\$NODES/count")" -eq "\$at" ] || exec /usr/bin/$name "\$@"
echo "$name \$when" >"\$NODES/killed"
case \$when in
after) /usr/bin/$name "\$@" ;;
amid)
    head -c 200000 >"\${!##of=}"
    ;;
esac
kill -KILL 0
END
        chmod 755 "$SCRATCH/deadly/$name"
    done
}

@test "killed at whatever step, no half program is left that runs" {
    local at when kills=0 calls amid

    deadly_tools
    # A process group of its own, which is what the tools end.
    cat >"$SCRATCH/group" <<'END'
[ -z "$GROUPED" ] || . "$AS_SSHD"
GROUPED=1 setsid -w "$0" "${words[@]}"
exit
END
    export STAND_IN=$SCRATCH/group
    # Which programs are called, when nothing happens to any.
    killed_at 0 never
    [ "$status" -eq 0 ]
    calls=$(wc -l <"$NODES/count")
    amid=$(grep -nx dd "$NODES/count" | cut -d : -f 1)
    tell "the script's steps: $(tr '\n' ' ' <"$NODES/count")"
    for when in before after amid; do
        for ((at = 1; at <= calls; at++)); do
            [ "$when" != amid ] || [ "$at" -eq "$amid" ] || continue
            killed_at "$at" "$when"
            [ "$status" -ne 0 ]
            [[ $output != *'<status>'* ]]
            # It is whole, or it is not there.
            [ ! -e "$(shipped n1)" ] || cmp "$STATIC" "$(shipped n1)"
            kills=$((kills + 1))
            # The next command mends it.
            NODE_PATH=/usr/bin:/bin
            ships n1 status
            [ "$status" -eq 0 ]
            [[ $output = *'<status>'* ]]
            cmp "$STATIC" "$(shipped n1)"
        done
    done
    tell "killed at $kills points of shipping: no half program, and the next" \
        "command works"
    [ "$kills" -ge 25 ]
}

# killed_at CALL WHEN: of the script's calls of other programs
killed_at() {
    bare
    echo "$1 $2" >"$NODES/at"
    export NODE_PATH=$SCRATCH/deadly:/usr/bin:/bin
    ships n1 status
    [ "$1" -eq 0 ] || cat "$NODES/killed"
}

@test "what kills have left is removed after a day" {
    ships n1 status
    directory=$(dirname "$(shipped n1)")
    touch -d '2 days ago' "$directory/new.old"
    touch "$directory/new.young"
    rm "$(shipped n1)"
    ships n1 status
    [ ! -e "$directory/new.old" ]
    [ -e "$directory/new.young" ]
}

@test "a connection that breaks in mid-shipping leaves nothing" {
    # What comes is shorter than what was announced.
    STAND_IN=$SCRATCH/short
    cat >"$STAND_IN" <<'END'
if [ "$(stat -L -c %s /dev/stdin)" -gt 400000 ] && [ -e "$NODES/break" ]; then
    exec < <(head -c 100000)
fi
. "$AS_SSHD"
END
    touch "$NODES/break"
    ships n1 status
    [ "$status" -eq 75 ]
    [[ ${lines[0]} = 'celery-tmux-launch: the program did not arrive whole on '*'; try again' ]]
    [ -z "$(find "$NODES/n1" -type f)" ]
    rm "$NODES/break"
    ships n1 status
    [ "$status" -eq 0 ]
}

# hangs COUNT: so many stand-ins for ssh are there
hangs() {
    [ "$(pgrep -c -f "^sleep[ -]4713")" -eq "$1" ]
}

@test "when pdsh ends, however, the ssh that ships ends too" {
    local signal

    ssh_does '[ "$(stat -L -c %s /dev/stdin)" -gt 400000 ] || exit 113
        exec sleep 4713'
    for signal in TERM KILL INT; do
        fan_out -b -w 'n[1-4]' celery-tmux-launch start 3>&- &
        wait_for hangs 4
        # shellcheck disable=SC2046
        kill -"$signal" $(pgrep -f 'pdsh -R celery -b -w n.1-4. cel')
        wait_for hangs 0
        wait
    done
    run fan_out -u 1 -w 'n[1-4]' celery-tmux-launch start
    [ "$status" -eq 255 ]
    [ "$(grep -c 'command timeout' <<<"$output")" -eq 4 ]
    wait_for hangs 0
}
