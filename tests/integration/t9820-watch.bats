#!/usr/bin/env bats
#
# watch: one worker on many nodes, tiled in a window, and what is left when
# that ends in any way.  A stand-in for ssh runs here what is for nodes; the
# cluster's test has the real one.

load lib
load fan-out
load stand-in

setup_file() {
    begin_file
    fan_out_ready
    configure <<END2
workers = (
    { queue = "gpu"; hosts = "n[1-40]"; celery_cmd = "$(stand_in gpu)"; },
    { queue = "cpu"; hosts = "n1"; celery_cmd = "$(stand_in cpu)"; }
);
END2
    "$LAUNCH" --node=n1 start
}

setup() {
    export STAND_IN='' NODES=''
    rm -f "$CALLS"/*
}

teardown() {
    tmux kill-session -t =seat: 2>/dev/null || true
    rm -f "$SCRATCH/bin/pdsh" "$SCRATCH/bin/tmux"
    end_test
}

teardown_file() {
    "$LAUNCH" --node=n1 kill --now
    end_file
}

# seat COLUMNS ROWS WORD...: a person at a terminal who watches
seat() {
    cat >"$SCRATCH/seat" <<END2
. '$ROOT/tests/integration/fan-out.bash'
cd '$SCRATCH'
export STAND_IN='$STAND_IN'
with_modules '$LAUNCH' watch ${*:3} 2>seat.err
echo \$? >seat.status
sleep 1000
END2
    rm -f "$SCRATCH/seat.status"
    tmux new-session -d -s seat -x "$1" -y "$2" bash "$SCRATCH/seat"
}

# seen: what is on that terminal
seen() {
    tmux capture-pane -p -t =seat:
}

sees() {
    seen | grep -q -e "$1"
}

press() {
    tmux send-keys -t =seat: "$@"
}

# worker_says TEXT: in the pane of gpu
worker_says() {
    printf '%b\r\n' "$1" >"$(tmux display-message -p -t =celery-gpu: \
        '#{pane_tty}')"
}

# tiles: the processes of tiles, their pids
tiles() {
    our_processes | sed -n 's/^\([0-9]*\) .*[l]aunch tile --config=.*/\1/p'
}

# followers: of what runs on nodes, and the ways there
followers() {
    our_processes | grep -e '--beats' -e 'pdsh' -e 'tmux -[CS]' \
        -e "launch watch " -e "launch tile " |
        grep -v -e "bash.*seat" -e " grep " || true
}

tiles_are() {
    [ "$(tiles | wc -l)" -eq "$1" ]
}

nothing_left() {
    followers
    find "$TMUX_TMPDIR" -name '*watch*'
    [ -z "$(followers)" ] && [ -z "$(find "$TMUX_TMPDIR" -name '*watch*')" ]
}

@test "tiles have the nodes' names and what the worker prints, and follow" {
    worker_says 'said before'
    seat 200 50 -w 'n[1-20]' gpu
    wait_for -t 60 eval '[ "$(seen | grep -o "said before" | wc -l)" -eq 20 ]'
    seen
    for node in $(seq -f 'n%.0f' 20); do
        wait_for sees "─* $node ─"
    done
    worker_says 'said now'
    wait_for eval '[ "$(seen | grep -o "said now" | wc -l)" -eq 20 ]'
    press q
    wait_for test -s "$SCRATCH/seat.status"
    [ "$(cat "$SCRATCH/seat.status")" = 0 ]
    [ ! -s "$SCRATCH/seat.err" ]
    wait_for nothing_left
}

# begun: somebody watches six nodes, and all tiles show something
begun() {
    worker_says 'begun'
    seat 200 50 -w 'n[1-6]' gpu
    wait_for -t 60 eval '[ "$(seen | grep -c "begun.*begun")" -ge 1 ] &&
        tiles_are 6 &&
        [ "$(followers | grep -c "^[0-9]* celery.*--beats")" -eq 6 ]'
}

# watcher: the pid of the program that the person called
watcher() {
    our_processes | sed -n 's/^\([0-9]*\) .*[l]aunch watch .*/\1/p'
}

# server: the pid of the tiles' tmux server
server() {
    ps -o ppid= -p "$(tiles | head -n 1)" | tr -d ' '
}

@test "nothing is left, however it ends" {
    local way

    for way in q C-c window kill-server TERM KILL HUP; do
        begun
        case $way in
        q | C-c) press "$way" ;;
        window) tmux kill-session -t =seat: ;;
        kill-server) kill -KILL "$(server)" ;;
        *) kill "-$way" "$(watcher)" ;;
        esac
        echo "$way"
        wait_for nothing_left
        if [ "$way" = kill-server ]; then
            wait_for test -s "$SCRATCH/seat.status"
            [ "$(cat "$SCRATCH/seat.status")" = 69 ]
            grep -q 'did not end by itself; call watch again' \
                "$SCRATCH/seat.err"
        fi
        tmux kill-session -t =seat: 2>/dev/null || true
        state_is_running
    done
}

# The worker was not touched.
state_is_running() {
    [ "$("$LAUNCH" --node=n1 status gpu)" = 'gpu: running' ]
}

@test "with the watcher, the server and a tile killed at once, nothing is left" {
    begun
    # shellcheck disable=SC2046
    kill -KILL "$(watcher)" "$(server)" "$(tiles | head -n 1)"
    # A socket that nobody is behind stays, as of any server that is killed.
    wait_for eval '[ -z "$(followers)" ]'
    find "$TMUX_TMPDIR" -name '*watch*' -delete
}

@test "what is typed reaches no node, and stops no tile" {
    begun
    before=$(screen celery-gpu)
    press x y Enter C-d "C-\\" C-z C-s C-u 'touch hit' Enter
    worker_says 'after the keys'
    wait_for eval '[ "$(seen | grep -o "after the keys" | wc -l)" -eq 6 ]'
    tiles_are 6
    [ "$(screen celery-gpu | grep -vx 'after the keys')" = "$before" ]
    fails sees 'touch'
    # The worker's pane keeps its size, and nobody is attached to it.
    [ "$(tmux display-message -p -t =celery-gpu: \
        '#{window_width}x#{window_height}')" = 200x50 ]
    press q
    wait_for nothing_left
}

@test "a connection that is lost is found again, and says so" {
    # The way to n3 is cut for a while.
    ssh_does '[ "$host" != n3 ] || [ -e "$CALLS/mended" ] || exit 255
        exec /bin/sh -c "${words[-1]}"'
    seat 200 50 -w 'n[1-6]' gpu
    wait_for sees ' n3 (not reached; again in '
    wait_for sees '1 not reached (n3)'
    touch "$CALLS/mended"
    wait_for -t 60 eval 'sees " n3 ─" && fails sees "n3 (not"'
    # What it said meanwhile has made room.
    fails sees '1 not reached (n3)'
    # And one that was there and is cut.
    kill "$(our_processes |
        sed -n 's/^\([0-9]*\) celery.*[-]-node=n2 .*--beats.*/\1/p')"
    worker_says 'while n2 was away'
    wait_for -t 60 eval \
        '[ "$(seen | grep -o "while n2 was away" | wc -l)" -eq 6 ]'
    press q
    wait_for nothing_left
}

@test "a tile whose call cannot be begun says why, and tries again" {
    seat 200 50 -w 'n[1-2]' gpu
    wait_for eval '[ "$(seen | grep -c "is ready")" -eq 2 ]'
    # Where this is in the way, nobody looks further.
    ln -s pdsh "$SCRATCH/bin/pdsh"
    kill "$(our_processes |
        sed -n 's/^\([0-9]*\) celery.*[-]-node=n2 .*--beats.*/\1/p')"
    wait_for sees 'Too many levels of symbolic links'
    wait_for sees ' n2 (not reached; again in '
    tiles_are 2
    rm "$SCRATCH/bin/pdsh"
    wait_for -t 60 eval \
        'sees " n2 ─" && fails sees "Too many levels of symbolic links"'
    worker_says 'after all'
    wait_for eval '[ "$(seen | grep -c "after all")" -eq 2 ]'
    # The tiles can be reached by others yet, until the watch ends.
    [ -n "$(find "$TMUX_TMPDIR" -name '*watch*')" ]
    press q
    wait_for nothing_left
}

@test "a tile that ends leaves the socket to the others" {
    begun
    kill "$(tiles | head -n 1)"
    wait_for tiles_are 5
    tmux -S "$(find "$TMUX_TMPDIR" -name '*watch*')" has-session
    press q
    wait_for nothing_left
}

# As /etc/tmux.conf does with an old tmux, whatever -f says.
@test "what a site sets for every tmux is not for the tiles" {
    printf '%s\n' 'set-window-option -g pane-base-index 1' \
        'set-window-option -g remain-on-exit on' >"$SCRATCH/site.conf"
    cat >"$SCRATCH/bin/tmux" <<END2
#!/bin/sh
[ "\$1 \$2" != '-f /dev/null' ] || {
    shift 2
    set -- -f '$SCRATCH/site.conf' "\$@"
}
exec '$(type -P tmux)' "\$@"
END2
    chmod +x "$SCRATCH/bin/tmux"
    begun
    kill "$(tiles | head -n 1)"
    wait_for tiles_are 5
    wait_for eval '[ "$(seen | grep -o " n[1-6] ─" | wc -l)" -eq 5 ]'
    fails sees 'Pane is dead'
    press q
    wait_for nothing_left
}

seen_file() {
    echo "$SCRATCH/seen/cpu/print"
}

@test "a worker that ends and starts again is seen" {
    seat 120 40 -w n1 cpu
    wait_for eval '[ "$(seen | grep -o "is ready" | wc -l)" -eq 1 ]'
    "$LAUNCH" --node=n1 stop cpu
    wait_for eval 'sees "cpu is not running"'
    echo 'second life' >"$(seen_file)"
    "$LAUNCH" --node=n1 start cpu
    wait_for -t 60 eval \
        '[ "$(seen | grep -o "second life" | wc -l)" -eq 1 ]'
    press q
    wait_for nothing_left
}

@test "above thirty nodes there are pages" {
    seat 200 50 -W gpu
    wait_for -t 90 tiles_are 40
    wait_for sees ' watch \[page 1\] page 2'
    wait_for sees ' n30 ─'
    fails sees ' n31 '
    press n
    wait_for eval 'sees " n31 " && sees " n40 " && fails sees " n30 "'
    press p
    wait_for sees ' n30 '
    press z
    wait_for eval '[ "$(seen | grep -c "│")" -eq 0 ]'
    press q
    wait_for nothing_left
}

@test "a small terminal has more pages, and no node is left out" {
    seat 40 9 -w 'n[1-20]' gpu
    wait_for -t 60 tiles_are 20
    press q
    wait_for nothing_left
}

@test "a worker may have printed what tmux says to a client" {
    worker_says '%error 1 2 3\r\n%end 1 2 3\r\n%begin 1 2 3\r\nbehind it'
    seat 100 30 -w n1 gpu
    wait_for sees '^behind it'
    sees '^%end 1 2 3'
    worker_says 'and now'
    wait_for sees '^and now'
    press q
    wait_for nothing_left
}

@test "hostile output and a hostile node do no harm" {
    ssh_does 'printf "\033]2;owned\033\\\\\033[2J\033[?1049h\033Ptmux;\033\\\\"
        printf "evil \033[31mred\033[0m\r\n"; exec sleep 1000'
    seat 100 30 -w 'n[1-2]' gpu
    wait_for sees 'evil red'
    wait_for sees ' n1 '
    wait_for sees ' n2 '
    fails sees '── owned'
    press q
    wait_for nothing_left
}

@test "what cannot be watched is said at once" {
    local row

    run "$LAUNCH" watch -w n1 gpu
    [ "$status" -eq 64 ]
    [[ $output = *'watch needs a terminal; '* ]]
    while IFS='|' read -r row expected; do
        # shellcheck disable=SC2086
        run script -qec "$(printf '%q' "$LAUNCH") watch $row" /dev/null </dev/null
        echo "$row: $output"
        [ "$status" -eq 64 ]
        [[ $output = *"$expected"* ]]
    done <<'END2'
gpu|name the nodes, as in watch -w node[001-020]
-w n1 -W gpu|name the nodes, as in watch -w
-w n1|watch shows one worker; name one of gpu, cpu
-w n1 gpu cpu|watch shows one worker; leave out cpu
-w n1 gup|there is no worker gup
-W gup|there is no worker gup
-w 'n[1' gpu|n[1
-w n1 -c - gpu|watch reads the configuration once for each node
-w n1,n%h gpu|n%h is no name of a node that pdsh could reach; leave it out
-w n2,ada@n1 gpu|cannot name a user with -w; give the nodes their User
END2
    TERM=dumb run with_modules script -qec \
        "$(printf '%q' "$LAUNCH") watch -w n1 gpu" /dev/null
    echo "$output"
    [ "$status" -eq 64 ]
    [[ $output = *'terminal, which is of the type "dumb"; set TERM to'* ]]
    wait_for nothing_left
}
