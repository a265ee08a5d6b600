#!/usr/bin/env bats
#
# rcmd/celery: what it makes of a command, with a stand-in for ssh.  The
# cluster's tests have the real one.

load lib
load fan-out

setup_file() {
    begin_file
    fan_out_ready
}

setup() {
    export STAND_IN=
    rm -f "$CALLS"/*
    configure <<END
defaults = { broker = "amqp://u:SECRET@h//"; };
workers = (
    { queue = "celery"; },
    { name = "gpu"; queue = "gpu"; hosts = "node[001-003]"; },
    { name = "gpu"; queue = "gpu"; hosts = "node[007,009]"; nice = 3; },
    { queue = "cpu"; hosts = "other"; }
);
END
}

# reached: the hosts that ssh was called for, folded
reached() {
    find "$CALLS" -type f -printf '%f\n' | "$LAUNCH" hosts --fold
}

@test "pdsh lists the module and its option" {
    with_modules pdsh -V | grep -q '^rcmd modules: .*celery'
    with_modules pdsh -h 2>&1 | grep -q -e '-W worker *target the nodes'
}

@test "each node gets the configuration, its name and the words" {
    ssh_does 'printf "%s\n" "${words[-1]}" | sed s/^/line:/; sed s/^/in:/'
    run fan_out -N -w 'node[001-002]' celery-tmux-launch stop gpu -q 'a b'
    [ "$status" -eq 0 ]
    for node in node001 node002; do
        grep -qF "line:celery-tmux-launch --node=$node --config=-" <<<"$output"
    done
    grep -q "line:.* stop gpu -q 'a b'\$" <<<"$output"
    [ "$(grep -c '^in:.*amqp://u:SECRET@h//' <<<"$output")" -eq 2 ]
    [ "$(grep -c '^in:);' <<<"$output")" -eq 2 ]
}

@test "includes are put in, and -c stays on the head" {
    mkdir -p "$SCRATCH/etc"
    echo 'defaults = { nice = 7; };' >"$SCRATCH/etc/inner"
    echo '@include "inner"' >"$SCRATCH/etc/outer"
    ssh_does 'echo "${words[-1]}"; cat'
    cd "$SCRATCH/etc"
    for words in '-c outer show' 'show -vcouter' '--config outer show' \
        'show --config=outer'; do
        # shellcheck disable=SC2086
        run fan_out -N -w n1 celery-tmux-launch $words
        [ "$status" -eq 0 ]
        [[ $output = *'nice = 7'* ]]
        # But for its name.
        [[ ${output/"from $SCRATCH/etc/outer"/} != *outer* ]]
    done
    [[ $output = *' show'* ]]
}

@test "a node's own configuration counts when the head has none" {
    rm "$HOME/.config/celery-tmux/celery-tmux.conf"
    ssh_does 'echo "${words[-1]}"; wc -c; readlink /proc/self/fd/0'
    run fan_out -N -w n1 celery-tmux-launch status
    [ "$status" -eq 0 ]
    [[ $output != *--config* ]]
    [ "${lines[1]}" = 0 ]
    [ "${lines[2]}" = /dev/null ]
}

@test "every one of a hundred nodes at once reads all of it" {
    { echo 'defaults = { environment = ('
      seq -f '"LONG_%.0f=x",' 20000
      echo '"LAST=1" ); };'; } | configure
    ssh_does 'md5sum'
    run fan_out -N -f 100 -w 'node[001-100]' celery-tmux-launch status
    [ "$status" -eq 0 ]
    [ "$(sort -u <<<"$output" | wc -l)" -eq 1 ]
    [ "$(wc -l <<<"$output")" -eq 100 ]
    [ "${lines[0]%% *}" = "$("$LAUNCH" plan --print | md5sum |
        cut -d ' ' -f 1)" ]
}

@test "the secret is in no process list" {
    ssh_does 'cat >/dev/null
        for line in /proc/[0-9]*/cmdline; do
            tr "\0" " " <"$line" | grep "[S]ECRET" && touch "$CALLS/seen"
        done 2>/dev/null
        touch "$CALLS/looked"'
    fan_out -w 'node[001-003]' celery-tmux-launch start
    [ -e "$CALLS/looked" ]
    [ ! -e "$CALLS/seen" ]
}

@test "what is wrong on the head contacts no node" {
    local row

    for row in '64 statrt' '64 start --no-such' '64 status --force' \
        '64 start -q gup' '64 list' \
        '78 -c /nowhere start' '78 -c /proc/self/status start'; do
        # shellcheck disable=SC2086
        run fan_out -w 'n[1-3]' celery-tmux-launch ${row#* }
        [ "$status" -eq "${row%% *}" ]
        [ "${#lines[@]}" -eq 1 ]
        [ -z "$(ls "$CALLS")" ]
    done
    configure <<<'workers = ( { queu = "c"; } );'
    run fan_out -w 'n[1-3]' celery-tmux-launch start
    [ "$status" -eq 78 ]
    [[ $output = *'celery-tmux.conf:1: '*'did you mean queue?' ]]
    [ -z "$(ls "$CALLS")" ]
    # Of which every node would say that, in whatever order they are.
    configure <<<'workers = ( { queue = "c"; }, { hosts = "n1"; }, { queue = "c"; } );'
    for command in start status 'stop c'; do
        # shellcheck disable=SC2086
        run fan_out -w 'n[1-3]' celery-tmux-launch $command
        [ "$status" -eq 78 ]
        [[ $output = *': there is already a worker c; set name and '* ]]
        [ "${#lines[@]}" -eq 1 ]
        [ -z "$(ls "$CALLS")" ]
    done
    # An entry of nodes may set them apart.
    configure <<'END'
workers = ( { queue = "c"; }, { name = "d"; queue = "c"; } );
nodes = ( { hosts = "n[1-3]"; worker = "d"; session = "d"; } );
END
    fan_out -w 'n[1-3]' celery-tmux-launch stop
    [ "$(reached)" = 'n[1-3]' ]
    rm "$CALLS"/*
    run fan_out -w n1 "$SCRATCH/nowhere/celery-tmux-launch" start
    [ "$status" -eq 69 ]
    [[ $output = *'cannot run '*'nowhere/celery-tmux-launch here: No such'* ]]
}

# failing CALL ERROR TURN COMMAND...: pdsh and all that it starts, of each of
# which that system call fails once
failing() {
    with_modules strace -f -qq -o /dev/null \
        -e "inject=?$1:error=$2:when=$3" pdsh -R celery -w n1 "${@:4}"
}

@test "what pdsh itself has no room for is said" {
    ssh_does cat
    run failing pipe2 EMFILE 1 celery-tmux-launch status
    [[ $output = *'celery: cannot make a pipe: Too many open files; raise '* ]]
    run failing memfd_create EMFILE 1 celery-tmux-launch status
    [[ $output = *'celery: cannot keep '*' in memory: Too many open files; '* ]]
    [ -z "$(ls "$CALLS")" ]
    run with_modules prlimit --nofile=8 pdsh -R celery -w n1 \
        celery-tmux-launch status
    [[ $output = *': n1: cannot start ssh: Too many open files'* ]]
}

@test "a node that is too new or too old says so, and obeys" {
    run "$LAUNCH" --head=0.0.1 status
    [ "$status" -eq 3 ]
    [[ ${lines[0]} = *'this node has version '*' and the head has 0.0.1;'* ]]
    [ "${lines[1]}" = 'celery: stopped' ]
    [[ $("$LAUNCH" --help) != *--head* ]]
}

@test "-W targets a worker's nodes, all entries of its name" {
    ssh_does true
    fan_out -W gpu celery-tmux-launch status
    [ "$(reached)" = 'node[001-003,007,009]' ]
    rm "$CALLS"/*
    fan_out -W gpu -W cpu celery-tmux-launch status
    [ "$(reached)" = 'node[001-003,007,009],other' ]
    rm "$CALLS"/*
    fan_out -W gpu -x node002 uptime
    [ "$(reached)" = 'node[001,003,007,009]' ]
    rm "$CALLS"/*
    run fan_out -W gpu -w node1 celery-tmux-launch status
    [ "$status" -eq 64 ]
    [[ $output = *'-W gives the nodes of a worker; leave out -w, or -W' ]]
    run fan_out -W gpux celery-tmux-launch status
    [ "$status" -eq 64 ]
    [[ $output = *'there is no worker gpux'* ]]
    configure <<<'workers = ( { queue = "here"; } );'
    run fan_out -W here celery-tmux-launch status
    [ "$status" -eq 64 ]
    [[ $output = *'names no nodes for worker here; give it hosts = '* ]]
    [ -z "$(ls "$CALLS")" ]
}

@test "a host's name that begins with - is no option of ssh" {
    ssh_does true
    printf '%s\n' -oProxyCommand=hit n1 >"$SCRATCH/list"
    run fan_out -w "^$SCRATCH/list" celery-tmux-launch status
    echo "$output"
    [ "$status" -eq 64 ]
    [[ $output = *"no host's name begins with -"* ]]
    [ "$(reached)" = n1 ]
    rm "$CALLS"/*
    run fan_out -w "^$SCRATCH/list" uptime
    [[ $output = *"no host's name begins with -"* ]]
    [ "$(reached)" = n1 ]
}

@test "the exit status is the largest of the nodes', with and without -S" {
    ssh_does 'exit "${host#n}"'
    for option in '' -S; do
        # shellcheck disable=SC2086
        run fan_out $option -w 'n[0,3,64,69,75]' celery-tmux-launch start
        [ "$status" -eq 75 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output = 'pdsh@'*': 2 done, 3 failed (n[64,69,75])' ]]
        # shellcheck disable=SC2086
        run fan_out $option -w 'n[0,3]' celery-tmux-launch status
        [ "$status" -eq 3 ]
        [ -z "$output" ]
    done
    run fan_out -w 'n[0,255]' celery-tmux-launch start
    [ "$status" -eq 255 ]
    run fan_out -w 'n0' celery-tmux-launch start
    [ "$status" -eq 0 ]
}

@test "PDSH_CELERY_FAILFAST starts no further node" {
    ssh_does '[ "$host" != n3 ]'
    PDSH_CELERY_FAILFAST=1 run fan_out -f 1 -w 'n[1-9]' \
        celery-tmux-launch restart
    [ "$status" -eq 1 ]
    [ "$(reached)" = 'n[1-3]' ]
    [[ $output = *': 2 done, 1 failed (n3), 6 not begun (n[4-9])' ]]
    rm "$CALLS"/*
    PDSH_CELERY_FAILFAST=0 run fan_out -f 1 -w 'n[1-9]' \
        celery-tmux-launch restart
    [ "$(reached)" = 'n[1-9]' ]
    # Those in flight finish.
    rm "$CALLS"/*
    ssh_does 'until [ -e "$CALLS/n1" ]; do sleep 0.05; done
        if [ "$host" = n2 ]; then exit 5; fi
        until [ -e "$CALLS/n2" ]; do sleep 0.05; done; sleep 0.3; echo done'
    PDSH_CELERY_FAILFAST=1 run fan_out -N -f 2 -w 'n[1-5]' \
        celery-tmux-launch restart
    [ "$status" -eq 5 ]
    [ "${lines[0]}" = 'done' ]
}

# On a node the launcher is one that shows its words; on the head it plans.
two_faced() {
    mkdir -p "$SCRATCH/faces"
    cat >"$SCRATCH/faces/celery-tmux-launch" <<END
#!/bin/bash
[ "\$1" != plan ] || exec "$LAUNCH" "\$@"
cat >/dev/null
while [[ \$1 = --* ]]; do shift; done
printf '<%s>\n' "\$@"
END
    chmod 755 "$SCRATCH/faces/celery-tmux-launch"
}

@test "words arrive as they were given" {
    local odd=$'a b|"|\'|\\|$(touch hit)|`touch hit`|;|;x|%h|%u%n|%%|a\nb|*|~'
    local -a words

    two_faced
    cd "$SCRATCH"
    IFS='|' read -r -d '' -a words <<<"$odd|end" || true
    words=("${words[@]:0:${#words[@]}-1}" '' é $'\xff' -- -x)
    run fan_out -N -w n1 "$SCRATCH/faces/celery-tmux-launch" hosts \
        "${words[@]}"
    [ "$status" -eq 0 ]
    diff <(printf '<%s>\n' hosts "${words[@]}") <(echo "$output")
    [ ! -e hit ]
}

@test "the whole command in one word works, when it is nothing but words" {
    ssh_does 'echo "${words[-1]}"'
    run fan_out -N -w n1 "celery-tmux-launch hosts 'a b'  c"
    [ "$status" -eq 0 ]
    [[ $output = *" hosts 'a b' c" ]]
    rm "$CALLS"/*
    for line in 'celery-tmux-launch start; reboot' \
        'celery-tmux-launch start $(reboot)' 'celery-tmux-launch start &' \
        'celery-tmux-launch start | cat'; do
        run fan_out -w n1 "$line"
        [ "$status" -eq 64 ]
        [[ $output = *'the command is a single word, and it '* ]]
    done
    [ -z "$(ls "$CALLS")" ]
}

# same PDSH-ARG...: -R ssh and -R celery give ssh the same words, and end alike
same() {
    local rcmd end

    for rcmd in ssh celery; do
        : >"$CALLS.words"
        status=0
        (cd "$SCRATCH" && with_modules pdsh -R "$rcmd" "$@") </dev/null \
            >"$SCRATCH/$rcmd.out" 2>"$SCRATCH/$rcmd.err" || status=$?
        echo "$status" >>"$SCRATCH/$rcmd.out"
        cp "$CALLS.words" "$SCRATCH/$rcmd.words"
        for end in out err words; do
            # Up to 2.34 pdsh's own module says whom it signals; ours does not.
            sed -e 's/ pid [0-9]*$/ pid N/' -e '/sending SIGTERM to ssh/d' \
                "$SCRATCH/$rcmd.$end" |
                sort -o "$SCRATCH/$rcmd.$end"
        done
    done
    for end in out err words; do
        diff "$SCRATCH/ssh.$end" "$SCRATCH/celery.$end"
    done
}

@test "other commands go as with -R ssh" {
    same -w 'n[1-3]' echo hi
    same -S -w 'n[1-3]' 'exit 3'
    same -w 'n[1-3]' sh -c 'exit 3'
    same -S -w 'n[1-3]' kill -9 '$$'
    same -w 'n[1-3]' 'celery-tmux-launch-not start'
    same -w 'n[1-3]' 'echo celery-tmux-launch' start
    same -w 'n[1-3]' echo '%h' "a'b"
    same -w n1 'echo out; echo err >&2'
    same -x n1 -w 'n[1-2]' echo
    same -u 1 -w n1 exec sleep 30
    same -w n1 -t -1 echo
}

@test "the words for ssh are those of pdsh's own module" {
    local own set

    for set in '' '-l ada' '-w ada@n2' '-t 3' '-t 0' '-u 9' '-f 1' '-x n1' \
        '-S' '-b -l root'; do
        # shellcheck disable=SC2086
        same -w 'n[1-2]' $set echo x
    done
    for set in '-v' '-v %h' '-p 22 -l me' '-oUser=%u' '%u@%h' '-x%%h' \
        '-o a[b c]d   -v' '-J %n' '%h -v'; do
        PDSH_SSH_ARGS=$set same -w 'n[1-2]' echo x
        PDSH_SSH_ARGS=$set same -l ada -w 'n[1-2]' echo x
        PDSH_SSH_ARGS_APPEND=$set same -w n1 echo x
        PDSH_SSH_ARGS=$set DSHPATH=/bin same -l ada -w n1 echo x
    done
    # A command of ours has them too, and its own last word.
    for set in '' '-v %h' '-oUser=%u %h -v' '-p 22'; do
        ssh_does true
        PDSH_SSH_ARGS=$set same -l ada -w n1 echo
        own=$(sed 's/<echo>$//' "$SCRATCH/celery.words")
        [[ $own = '<'*'>' ]]
        : >"$CALLS.words"
        (cd "$SCRATCH" && PDSH_SSH_ARGS=$set fan_out -l ada -w n1 \
            celery-tmux-launch status)
        [ "$(sed 's/<celery-tmux-launch [^>]*>$//' "$CALLS.words")" = "$own" ]
    done
}

@test "PDSH_CELERY_RSH takes the place of ssh, for every command" {
    printf '#!/bin/sh\necho instead\n' >"$SCRATCH/bin/instead"
    chmod 755 "$SCRATCH/bin/instead"
    export PDSH_CELERY_RSH=instead
    [ "$(fan_out -N -w n1 celery-tmux-launch status)" = instead ]
    [ "$(fan_out -N -w n1 uptime)" = instead ]
    PDSH_CELERY_RSH=/nowhere/ssh run fan_out -w n1 celery-tmux-launch status
    [ "$status" -eq 255 ]
    [[ ${lines[0]} = 'n1: cannot run /nowhere/ssh: No such file'* ]]
}

# interactive RCMD: what pdsh prints for commands on its standard input; behind
# its prompts is the node that happens to be the first
interactive() {
    with_modules pdsh -R "$1" -w 'n[1-2]' 2>&1 <<'END' | sed 's/pdsh> //g' | sort
echo hi
exit 3
celery-tmux-launch --version
quit
END
}

@test "interactive pdsh and pdcp are as with -R ssh" {
    interactive celery >"$SCRATCH/one"
    grep -q 'n2: hi' "$SCRATCH/one"
    diff <(interactive ssh) "$SCRATCH/one"

    command -v pdcp
    for rcmd in ssh celery; do
        rm -rf "$SCRATCH/to"
        mkdir "$SCRATCH/to"
        (cd "$SCRATCH" && with_modules pdcp -R "$rcmd" -w n1 bin/ssh to) \
            >"$SCRATCH/pdcp.$rcmd" 2>&1 || echo "$?" >>"$SCRATCH/pdcp.$rcmd"
        find "$SCRATCH/to" -type f -exec md5sum {} + >>"$SCRATCH/pdcp.$rcmd"
    done
    diff "$SCRATCH/pdcp.ssh" "$SCRATCH/pdcp.celery"
    grep -q to/ssh "$SCRATCH/pdcp.celery"
}

# hangs COUNT: so many stand-ins for ssh are there
hangs() {
    [ "$(pgrep -c -f "^sleep[ -]4711")" -eq "$1" ]
}

@test "when pdsh ends, however, its ssh clients do" {
    local signal pid

    ssh_does 'exec sleep 4711'
    for signal in TERM KILL INT; do
        fan_out -b -w 'n[1-4]' celery-tmux-launch start 3>&- &
        wait_for hangs 4
        pid=$(pgrep -o -f 'pdsh -R celery -b -w')
        [ "$signal" != INT ] || pid=$(pgrep -f 'pdsh -R celery -b -w')
        # shellcheck disable=SC2086
        kill -"$signal" $pid
        wait_for hangs 0
        wait
    done
}

# seat RCMD COUNT PDSH-ARG...: pdsh in a terminal of its own, until COUNT
# stand-ins for ssh run
seat() {
    local rcmd=$1 count=$2

    shift 2
    rm -f "$SCRATCH"/seat.* "$SCRATCH/release"
    cat >"$SCRATCH/seat" <<END
trap : INT TSTP
. '$ROOT/tests/integration/fan-out.bash'
cd '$SCRATCH'
with_modules pdsh -R $rcmd ${*@Q} >seat.out 2>seat.err
echo \$? >seat.status
END
    tmux new-session -d -s seat bash "$SCRATCH/seat"
    wait_for eval '[ "$(grep -c begun "$SCRATCH/seat.out")" -eq '"$count ]"
}

# press KEY...: at once
press() {
    tmux send-keys -t =seat: "$@"
}

listed() {
    grep -q 'command in progress' "$SCRATCH/seat.err"
}

aborted() {
    # A busy machine may take a second between two of them.
    press C-c
    sleep 0.3
    [ -s "$SCRATCH/seat.status" ]
}

# One ^C lists, and the commands go on; two end them; -b needs only one; with
# ^Z behind it, ^C drops what has not begun.  False when it has not come to
# that: `set -e` is not in force where another try may follow.
play() {
    local rcmd=$1

    shift
    seat "$rcmd" 2 -w 'n[1-2]' "$@" || return
    press C-c
    wait_for listed || return
    sleep 0.3
    [ ! -e "$SCRATCH/seat.status" ] && hangs 2 || return
    touch "$SCRATCH/release"
    rest || return
    seat "$rcmd" 2 -w 'n[1-2]' "$@" || return
    press C-c
    wait_for listed && wait_for aborted && rest || return
    seat "$rcmd" 2 -b -w 'n[1-2]' "$@" || return
    press C-c
    rest || return
    seat "$rcmd" 1 -f 1 -w 'n[1-2]' "$@" || return
    press C-c C-z
    wait_for grep -q Canceled "$SCRATCH/seat.err" || return
    touch "$SCRATCH/release"
    rest
}

# What was printed, the status, and that no process is left.
rest() {
    wait_for test -s "$SCRATCH/seat.status" || return
    sort -u "$SCRATCH/seat.out"
    # Whether pdsh still hears of an end before its own is chance.
    sort -u "$SCRATCH/seat.err" |
        sed -e 's/ pid [0-9]*$/ pid N/' -e '/ssh killed by signal/d'
    cat "$SCRATCH/seat.status"
    wait_for hangs 0 && wait_for fails session_exists seat
}

# play_both: with $command, with either module; is it the same?
play_both() {
    tmux kill-session -t =seat 2>/dev/null || true
    touch "$SCRATCH/release"
    wait_for hangs 0 || return
    for rcmd in ssh celery; do
        # shellcheck disable=SC2086
        play "$rcmd" $command >"$SCRATCH/played.$rcmd" || return
    done
    # Up to pdsh 2.34 its module said the same in words of its own too.
    sed -i '/^sending SIGTERM to ssh /d' "$SCRATCH/played.ssh"
    # For a command of ours ssh ends with pdsh, without a word of it, and
    # the summary follows.
    [ "$command" = 'echo hi' ] || sed -i -e '/^sending sig/Id' \
        -e '/^pdsh@[^ ]* [0-9]* done, /d' "$SCRATCH"/played.*
    diff "$SCRATCH/played.ssh" "$SCRATCH/played.celery"
}

@test "^C, twice, with -b and with ^Z does what it does with -R ssh" {
    local command rcmd

    # Its name in the list of processes is one that nothing else has.
    ssh_does 'echo begun
        exec -a sleep-4711 "$PYTHON" -ISc "
import os, time
while not os.path.exists(\"$SCRATCH/release\"):
    time.sleep(0.05)
print(\"done\")"'
    for command in 'echo hi' 'celery-tmux-launch status'; do
        # On a busy machine pdsh's main thread may see the commands end, and
        # give their status, before the one that hears ^C has said a word.
        play_both || play_both || play_both
    done
}

@test "600 nodes, 256 at a time, 1,024 descriptors: none is lost" {
    local own ssh

    ssh_does 'sleep 0.3; echo here'
    own=$(ulimit -n 1024; fan_out -N -f 256 -w 'n[001-600]' \
        celery-tmux-launch status | grep -cx here)
    ssh_does 'sleep 0.3; echo here'
    ssh=$(ulimit -n 1024; with_modules pdsh -R ssh -N -f 256 \
        -w 'n[001-600]' status 2>/dev/null | grep -cx here) || true
    tell "600 nodes, 256 at a time, 1,024 descriptors: $((600 - own)) lost;" \
        "pdsh -R ssh: $((600 - ssh))"
    [ "$own" -eq 600 ]
}

@test "valgrind finds nothing, 200 nodes" {
    cat >"$SCRATCH/bin/quick" <<'END'
#!/bin/sh
echo here
END
    chmod 755 "$SCRATCH/bin/quick"
    mkdir "$SCRATCH/own"
    ln -s /usr/bin/pdsh.bin "$SCRATCH/own/pdsh"
    PDSH_CELERY_RSH=quick run with_modules valgrind -q --leak-check=full \
        --child-silent-after-fork=yes --error-exitcode=99 \
        --errors-for-leak-kinds=definite --show-leak-kinds=definite \
        "$SCRATCH/own/pdsh" -R celery -N -w 'n[001-200]' \
        celery-tmux-launch status
    echo "$output" | grep -v '^here$' || true
    [ "$status" -eq 0 ]
    [ "$(grep -cx here <<<"$output")" -eq 200 ]
    [[ $output != *==* ]]
}
