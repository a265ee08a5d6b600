#!/usr/bin/env bats
# bats file_tags=sanitized
#
# celery-tmux-top on terminals of any kind and size, and how it leaves them.

load lib
load board
load streams

@test "no colour, in ASCII, on a vt100, and on a terminal nobody knows" {
    three
    worker node001 'größer'
    board -e NO_COLOR=1 -e LC_ALL=C -w 'node[001-003]'
    wait_for shows '^celery +node\[001-003\] running'
    shows '^gr\?\?er|^gr\?+er'
    on_board capture-pane -p -e -t board | fails grep -qE $'\033\\[(3[0-8]|9[0-7])'
    on_board capture-pane -p -t board | fails grep -qP '[^\x00-\x7f]'
    board_end
    board -e TERM=vt100 -w 'node[001-003]'
    wait_for shows '^größer '
    on_board capture-pane -p -e -t board | fails grep -qE $'\033\\[3[0-8]'
    board_end
    # With colours they are on the terminal's own background.
    board -w 'node[001-003]'
    wait_for shows '^celery '
    on_board capture-pane -p -e -t board | grep -qE $'\033\\[32m'
    on_board capture-pane -p -e -t board | fails grep -qE $'\033\\[(4[0-7]|48)'
    board_end
    board -e TERM=unheard-of -w 'node[001-003]'
    wait_for shows 'nothing is known of a terminal of the type unheard-of; set'
    wait_for shows '^ended with 64'
    board_end
    board -e TERM= -w 'node[001-003]'
    wait_for shows 'nothing is known of a terminal of the type ""; set TERM'
    wait_for shows '^ended with 64'
    # Not even an empty one.
    run script -qec "env -u TERM $(printf '%q' "$BOARD") -w node001" \
        /dev/null </dev/null
    echo "$output"
    [ "$status" -eq 64 ]
    [[ $output = *'nothing is known of a terminal of the type ""; set TERM'* ]]
    board_end
    board -e TERM=dumb -w 'node[001-003]'
    wait_for shows 'a terminal of the type dumb cannot move its cursor; set'
    wait_for shows '^ended with 64'
}

@test "it is resized at any time, down to a corner" {
    three
    board -w 'node[001-003]'
    wait_for shows '^celery '
    for size in 200x50 20x5 1x1 3x2 80x24 40x10 132x43 80x24; do
        on_board resize-window -t board -x "${size%x*}" -y "${size#*x}"
    done
    wait_for shows '^celery +node\[001-003\] running'
    # While there is always something to draw, and a question is asked.
    press k
    wait_for shows '^kill celery'
    for i in 1 2 3 4 5 6 7 8 9 10; do
        on_board resize-window -t board -x $((20 + i * 12)) -y $((3 + i * 4))
        worker node001 celery ".done = $i"
    done
    wait_for shows '^kill celery on node'
    press n
    on_board resize-window -t board -x 80 -y 24
    wait_for shows '^q quit'
    [ "$(shown | wc -l)" -eq 24 ]
}

@test "what pdsh says before any node is heard of is the end" {
    echo "pdsh@head: celery: no such thing" >"$STREAMS/fails"
    board -w node001
    wait_for shows 'pdsh@head: celery: no such thing'
    wait_for shows '^ended with 1'
    board_end
    board -w 'node['
    wait_for shows '^ended with 64'
    board_end
    echo 'pdsh@head: No such rcmd module "celery"' >"$STREAMS/fails"
    board -w node001
    wait_for shows '^celery-tmux-launch: pdsh does not have our module, by'
    wait_for shows '^ended with 69'
    board_end
    board -w 'node[00001-10001]'
    wait_for shows 'these are 10001 nodes, and top shows up to 10000; name few'
    wait_for shows '^ended with 64'
    board_end
    board -w 'node002,ada@node001'
    wait_for shows 'cannot name a user with -w; give the nodes'
    wait_for shows '^ended with 64'
    board_end
    board -w node001 -W gpu
    wait_for shows 'leave out -w, or -W'
    wait_for shows '^ended with 64'
}

@test "it needs a terminal, and leaves one as it was" {
    run setsid "$LAUNCH" top </dev/null
    [ "$status" -eq 64 ]
    [[ $output = *"top needs a terminal"* ]]
    worker node001 celery
    for key in C-c "C-\\"; do
        rm -f "$SCRATCH/after"
        on_board new-session -d -x 80 -y 24 -s board \
            "stty -a >'$SCRATCH/before'; '$LAUNCH' top -w node001; stty -a >'$SCRATCH/after'; exec sleep 1000"
        wait_for shows '^celery '
        press "$key"
        wait_for test -s "$SCRATCH/after"
        diff "$SCRATCH/before" "$SCRATCH/after"
        [ "$(on_board display-message -p -t board '#{alternate_on}')" = 0 ]
        board_end
    done
}

@test "a signal ends it while something else has the terminal" {
    worker node001 celery
    # What hangs is ended too; and what has ended waits for a key.
    for file in hangs nothing; do
        touch "$STREAMS/$file"
        board -w node001
        wait_for shows '^celery '
        press l
        wait_for shows '^\$ pdsh .* logs -f'
        if [ "$file" = hangs ]; then
            wait_for ours '.*pdsh.* logs '
        else
            wait_for shows 'press Enter'
        fi
        kill "$(ours "$BOARD " | cut -d ' ' -f 1)"
        wait_for shows '^ended with 0'
        fails ours '.*pdsh.* logs '
        rm "$STREAMS/$file"
        board_end
    done
}

@test "however it ends, what it has started ends as well" {
    three
    for signal in TERM HUP KILL; do
        board -w 'node[001-003]'
        wait_for shows '^celery '
        ours '.*pdsh.*--follow'
        kill -s "$signal" "$(ours "$BOARD " | cut -d ' ' -f 1)"
        wait_for fails ours '.*pdsh.*--follow'
        wait_for fails ours "$BOARD "
        board_end
    done
    # Its terminal goes; see board_end for why none looks for leaks then.
    board -e "ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0" -w 'node[001-003]'
    wait_for shows '^celery '
    on_board kill-server
    wait_for fails ours '.*pdsh.*--follow'
    wait_for fails ours "$BOARD "
}
