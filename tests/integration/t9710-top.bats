#!/usr/bin/env bats
# bats file_tags=sanitized
#
# celery-tmux-top, driven by keys in tmux, over streams of nodes that are a
# stand-in's: what it shows, on which terminal, and what its keys do.

load lib
load board
load streams

HINTS='q quit  ? help  / filter  o order  f fold  Enter tasks  l log  a attach  r s k'

@test "80x24: workers that are alike are folded, sums are those of all" {
    three
    board -w 'node[001-003]'
    wait_for is_shown "3 nodes; 6 workers: 6 running
3/18 busy, 0.0 tasks/s, 0 failed, 7 waiting, 6.3G
WORKER NODES         *STATE        BUSY TASKS/S FAILED WAITING   MEM LONGEST
celery node[001-003] running       3/12     0.0      0       7  300M       -
gpu    node[001-003] running        0/6     0.0      0       -  6.0G       -

















celery on node[001-003]: running
$HINTS"
    # One of them is not like the others any more.
    worker node002 celery '.stuck = true | .trouble = "idle beside 7 messages"'
    wait_for shows '^celery +node002 +stuck'
    shows '^3 nodes; 6 workers: 1 stuck, 5 running'
    shows '^celery +node\[001,003\] running +2/8'
    # The worst comes first, and the foot says why.
    [ "$(shown | sed -n 4p)" = "$(shown | grep '^celery node002')" ]
    press Home
    wait_for shows '^celery on node002: stuck, idle beside 7 messages'
}

@test "200x50: there is room for commits, names and remarks" {
    three
    worker node003 gpu '.state = "draining" | .draining = 2 | .drifted = ["app"]'
    board -x 200 -y 50 -w 'node[001-003]'
    wait_for shows '^gpu +node003 +draining\+ .* 2 draining, drifted'
    shows '^gpu +node\[001-002\] +running .* 01234567$'
    [ "$(shown | wc -l)" -eq 50 ]
}

@test "keys fold, unfold, filter, order and turn pages" {
    three
    worker node003 gpu '.state = "running" | .busy = 2 | .revision = "0123456789abcdef"
        | .tasks = [{ name: "app.train", began: "2026-01-01T00:00:00Z" }]
        | .failed = 3'
    board -w 'node[001-003]'
    wait_for shows '^gpu +node\[001-0'
    # One worker, and all of them.
    press Down Space
    wait_for shows '^gpu +node003 +running +2/4'
    shows '^celery +node\[001'
    press Space
    wait_for shows '^gpu +node\[001-0'
    press f
    wait_for shows '^celery +node002 '
    [ "$(shown | grep -c '^celery \|^gpu ')" -eq 7 ]
    # Orders.
    press o o o
    wait_for shows 'ordered by busy'
    wait_for shows '\*BUSY'
    [[ $(shown | sed -n 4p) = gpu*node003* ]]
    press O
    wait_for eval '[[ $(shown | sed -n 9p) = gpu*node003* ]]'
    # A filter: as it is typed, kept, and gone.
    press / n o d e 0 0 3
    wait_for shows '^/node003_'
    wait_for fails shows '^(celery|gpu) +node00[12] '
    shows '; only /node003'
    press BSpace BSpace Enter
    wait_for shows '^(celery|gpu) +node001 '
    press Escape
    wait_for fails shows 'only /'
    # The page of a worker, and back.
    press / 0 0 3 Enter End
    wait_for shows '^gpu on node003'
    press Enter
    wait_for shows '^ +[0-9]+d  app.train'
    shows '^MainProcess    11'
    shows '^commit         0123456789abcdef'
    press Escape
    wait_for shows '^WORKER +NODES'
    press '?'
    wait_for shows '^r s k       restart, stop, kill'
    press q
    wait_for shows '^WORKER +NODES'
    press q
    wait_for shows '^ended with 0'
}

@test "restart, stop and kill ask first, and do what they say" {
    three
    board -w 'node[001-003]'
    wait_for shows '^celery +node\[001'
    press r
    wait_for shows '^restart celery on node\[001-003\]\?  y does it'
    shows '^pdsh -R celery -f 2 -w node\[001-003\] celery-tmux-launch restart -- celery' ||
        shows "^pdsh -R celery -f 2 -w 'node\[001-003\]' celery-tmux-launch restart -- celery"
    press n
    wait_for shows '^q quit'
    [ "$(wc -l <"$STREAMS/calls")" -eq 1 ]
    press Down f
    wait_for shows '^gpu +node002'
    press End k
    wait_for shows '^kill gpu on node003\?'
    shows 'tasks that still run after stop_timeout are cut off'
    press y
    wait_for shows '^done: -R celery -w node003 celery-tmux-launch kill -- gpu'
    wait_for shows '^ended with 0; press Enter'
    press Enter
    wait_for shows '^gpu +node002'
    press s
    wait_for shows '^stop gpu on node003\?'
    press Escape
    wait_for shows '^q quit'
    [ "$(grep -vc -e --follow "$STREAMS/calls")" -eq 1 ]
    # A log is one node's.
    press f
    wait_for shows '^gpu +node\[001'
    press l
    wait_for shows 'these are several nodes'
    press Space
    wait_for shows '^gpu +node001'
    press l
    wait_for shows '^done: -R celery -N -b -w node00. celery-tmux-launch logs -f -n 200 -- gpu'
}

@test "a key for the first of several instances is for that one alone" {
    worker node001 mail
    worker node001 mail+2
    board -w node001
    wait_for shows '^mail\+2 +node001'
    press Home k
    wait_for shows '^kill mail on node001\?'
    press y
    wait_for shows '^done: -R celery -w node001 celery-tmux-launch kill -- mail\+1$'
    press Enter
    wait_for shows '^mail\+2 +node001'
    press End k
    wait_for shows '^kill mail\+2 on node001\?'
    press y
    wait_for shows '^done: -R celery -w node001 celery-tmux-launch kill -- mail\+2$'
}

@test "y does what was asked, whatever the rows become meanwhile" {
    three
    worker node003 gpu '.state = "draining"'
    board -w 'node[001-003]'
    wait_for shows '^gpu +node003 +draining'
    press End k
    wait_for shows '^kill gpu on node\[001-002\]\?'
    # All three are alike now.
    worker node003 gpu '.revision = "0123456789abcdef"'
    wait_for shows ' 6 running'
    shows '^kill gpu on node\[001-002\]\?'
    press y
    wait_for shows '^done: .* -w node\[001-002\] celery-tmux-launch kill -- gpu'
}

@test "another node's session is attached to by ssh -t" {
    worker node001 gpu
    board -x 120 -e PDSH_CELERY_RSH=echo -w node001
    wait_for shows '^gpu +node001 +running'
    press a
    wait_for shows '^-t node001 celery-tmux-launch --node=node001 attach --queue=gpu --session=celery-gpu$'
}

@test "and where its record lies elsewhere, it is said where" {
    worker node001 gpu '.state_dir = "/var/lib/w"'
    board -x 120 -e PDSH_CELERY_RSH=echo -w node001
    wait_for shows '^gpu +node001 +running'
    press a
    wait_for shows '^-t node001 .*--session=celery-gpu --state-dir=/var/lib/w$'
}

@test "where there is room, all nodes of a line have it" {
    local node

    for node in n1 n3 n4 head; do
        worker "$node" celery
    done
    board -x 120 -w 'n1,n[3-4],head'
    wait_for shows '^celery head,n\[1,3-4\] running'
}

@test "a node that is named twice is one" {
    worker node001 celery
    board -w node001,node001
    wait_for shows '^celery +node001 +running'
    shows '^node001; 1 worker: 1 running'
    grep -q -e '-w node001 ' "$STREAMS/calls"
}

@test "what the user has reported of fan-outs is of the keys' calls alone" {
    worker node001 celery
    board -e PDSH_CELERY_REPORT=last.json -e PDSH_CELERY_FAILFAST=1 -w node001
    wait_for shows '^celery +node001 +running'
    [ "$(cat "$STREAMS/surroundings")" = PDSH_CELERY_TELL=1 ]
    press r
    wait_for shows '^restart celery on node001'
    press y
    wait_for shows '^done: '
    [ "$(sed 1d "$STREAMS/surroundings")" = \
        'PDSH_CELERY_FAILFAST=1 PDSH_CELERY_REPORT=last.json' ]
}

@test "a node that is silent, and one that is lost, are said to be" {
    three
    echo 'ssh: connect to host node002 port 22: No route to host' \
        >"$STREAMS/node002.says"
    board -w 'node[001-003]'
    wait_for shows '^celery +node\[001'
    touch "$STREAMS/node001.silent"
    wait_for shows '^celery +node001 +silent '
    wait_for shows '3 nodes, 1 silent; 6 workers: 2 silent, 4 running'
    # What it counted is not in the sums any more.
    wait_for shows '^2/12 busy'
    rm "$STREAMS/node001.silent"
    wait_for fails shows silent
    echo 255 >"$STREAMS/node002.ended"
    wait_for shows '^celery +node002 +lost '
    press Home
    wait_for shows '^celery on node002: lost, ssh: connect to host node002'
    # It is tried again, and comes back with what it has now.
    rm "$STREAMS/node002.ended" "$STREAMS/node002"
    worker node002 celery
    wait_for fails shows ' lost'
    grep -q -e '-w node002 .*--follow' "$STREAMS/calls"
    wait_for shows '^gpu +node\[001,003\]'
}

@test "a node is known by its name without a domain, as pdsh has it" {
    worker node001.cluster.example celery
    worker node002.cluster.example celery
    board -w 'node[001-002].cluster.example'
    wait_for shows '^celery +node\[001-002\].*running'
    echo 255 >"$STREAMS/node002.cluster.example.ended"
    wait_for shows '^celery +node002.* lost'
}

@test "a node comes back as itself, whatever others of its name there are" {
    worker node001.a.example celery
    worker node001.b.example celery
    board -x 120 -w node001.a.example,node001.b.example
    wait_for shows '^2 nodes; 2 workers: 2 running'
    press f
    echo 255 >"$STREAMS/node001.b.example.ended"
    wait_for shows '^celery +node001.b.example +lost'
    # By itself pdsh calls it node001.
    rm "$STREAMS/node001.b.example.ended" "$STREAMS/node001.b.example"
    worker node001.b.example celery '.busy = 3'
    wait_for shows '^celery +node001.b.example +running +3/4'
    grep -q -e '-w node001.b.example ' "$STREAMS/calls"
    shows '^celery +node001.a.example +running +1/4'
}

@test "a node that is lost again says why, and not why it was before" {
    worker node001 celery
    worker node002 celery
    echo 'ssh: connect to host node002 port 22: No route to host' \
        >"$STREAMS/node002.says"
    board -w 'node[001-002]'
    wait_for shows '^celery +node\[001-002\]'
    echo 255 >"$STREAMS/node002.ended"
    wait_for shows '^celery +node002 +lost'
    press Home
    wait_for shows '^celery on node002: lost, ssh: connect to host node002'
    rm "$STREAMS/node002.ended" "$STREAMS/node002.says"
    wait_for fails shows ' lost'
    echo 143 >"$STREAMS/ended" && mv "$STREAMS/ended" "$STREAMS/node002.ended"
    wait_for shows '^celery +node002 +lost'
    press Home
    wait_for shows '^celery on node002: lost, ended with 143'
}

@test "nodes that are lost one after another are tried together" {
    local node

    for node in {01..10}; do
        worker "n$node" celery
    done
    board -w 'n[01-10]'
    wait_for shows '^10 nodes; 10 workers: 10 running'
    for node in {01..10}; do
        echo 255 >"$STREAMS/n$node.ended"
        sleep 0.08
    done
    wait_for shows '^10 nodes, 10 lost'
    rm "$STREAMS"/*.ended
    wait_for shows '^10 nodes; 10 workers: 10 running'
    # Two or three, as the time may come between; not ten.
    cat "$STREAMS/calls"
    [ "$(wc -l <"$STREAMS/calls")" -le 5 ]
}

@test "LINES and COLUMNS are not the terminal's size, which is used" {
    three
    board -e COLUMNS=60 -e LINES=20 -x 120 -y 40 -w 'node[001-003]'
    wait_for shows '^celery +node\[001'
    [ "$(shown | sed -n 40p)" = "$HINTS" ]
    # The clock is at the end of the first line.
    [ "$(on_board capture-pane -p -t board | head -n 1 | wc -L)" -eq 120 ]
}

# board_apart: as whoever calls it may have it
board_apart() {
    on_board new-session -d -x 80 -y 24 -s board "env \
        --block-signal=TERM,INT,WINCH '$BOARD' -w 'node[001-003]' <&- >&-
        echo \"ended with \$?\"; exec sleep 1000"
}

@test "closed descriptors and blocked signals of its caller's do no harm" {
    three
    board_apart
    wait_for shows '^celery +node\[001-003\] running'
    shows '^3 nodes; 6 workers: 6 running'
    if ! tmux_is_before 2.9; then
        on_board resize-window -t board -x 100 -y 30
        wait_for eval '[ "$(shown | sed -n 30p)" = "$HINTS" ]'
    fi
    pkill -TERM -P "$(on_board display-message -p -t board '#{pane_pid}')"
    wait_for shows '^ended with 0'
}

@test "what a node says is shown harmless" {
    {
        printf '{"worker":"evil%s","state":"running","busy":1}\n' \
            'x\u001b[2J\u001b]0;owned\u0007\u202e\u009b31m\u2028'
        printf '{"worker":"nul\\u0000"}\n{"worker":7}\n[]\nnonsense\n{"worker":"a","worker":"b"}\n\377\n'
        # Numbers of the wrong kind, names of the wrong length, a false state.
        printf '{"worker":"odd","state":"lost","busy":-5,"processes":1e99,"done":"x","tasks":7,"others":{"1":7,"2":{"state":3}},"since":"yesterday","failed":9223372036854775807,"waiting":1000000000000}\n'
        printf '{"worker":"%s","state":"running"}\n' \
            "$(head -c 5000 /dev/zero | tr '\0' w)" >>"$STREAMS/node001"
        printf '{"worker":"endless","x":"%s"}\n' \
            "$(head -c 70000 /dev/zero | tr '\0' y)" >>"$STREAMS/node001"
    } >"$STREAMS/node001"
    printf '\033[2J\033]0;owned\007 says this\n' >"$STREAMS/node001.says"
    board -w node001
    wait_for shows '^odd +node001 +unknown'
    wait_for shows '^evilx0;owned\?\?\?…'
    wait_for shows '; 7 lines not understood'
    wait_for shows '^w{10,}… '
    [ "$(on_board display-message -p -t board '#{pane_title}')" != owned ]
    on_board capture-pane -p -e -t board | fails grep -q $'\033\\]'
    # Nor on the other pages, or in a question; nor when something is called
    # that prints what nodes say.
    for key in Down Down Down; do
        press "$key" Enter
        wait_for shows '^session '
        press Escape
        wait_for shows '^WORKER +NODES'
    done
    press / e v i l Enter
    wait_for fails shows '^odd'
    press s
    wait_for shows '^stop evil'
    press y
    wait_for shows 'press Enter'
    press Enter
    wait_for shows '^WORKER +NODES'
    [ "$(on_board display-message -p -t board '#{pane_title}')" != owned ]
}

@test "a NUL that a node says swallows none of its lines" {
    # As pdsh passes on the lines 'a\0b' and '\0'.
    printf 'anode001: {"worker":"next","state":"running"}\n' >"$STREAMS/node001"
    printf 'node001: xnode001: {"worker":"last","state":"running"}\n' \
        >>"$STREAMS/node001"
    board -w node001
    wait_for shows '^next +node001 +running'
    wait_for shows '^last +node001 +running'
    shows '; 3 lines not understood'
}

@test "a hostile node cannot speak for another one" {
    worker node001 celery
    worker node002 celery
    board -w 'node[001-002]'
    wait_for shows '^2 nodes; 2 workers'
    printf 'node002: {"worker": "forged", "state": "running"}\n' \
        >>"$STREAMS/node001"
    printf 'pdsh@head: node002: ended with 0\n' >>"$STREAMS/node001.says"
    printf '\rnode002: {"worker": "forged"}\n' >>"$STREAMS/node001"
    wait_for shows '; 2 lines not understood'
    fails shows forged
    fails shows lost
}
