#!/usr/bin/env bats
# bats file_tags=sanitized
#
# The commands as people type them: what is refused and how, which
# configuration is read, what status, logs and attach show, and what restart
# does while a task goes on.

load lib
load stand-in

setup_file() {
    begin_file
    redis_start
    mkdir "$SCRATCH/conf" "$SCRATCH/tokens"
}

setup() {
    CONF=$HOME/.config/celery-tmux/celery-tmux.conf
    rm -f "$CONF"
    configure_app tasks 'pool = "solo"; mingle = false; stop_timeout = 20;
        start_timeout = 20;' - <<END
    { queue = "one"; celery_cmd = "$(stand_in one)"; },
    { name = "second"; queue = "a,b"; celery_cmd = "$(stand_in two)"; }
END
}

teardown() {
    [ -z "${BATS_TEST_COMPLETED-}" ] || find "$SCRATCH/seen" -type f -delete
    tmux -L other kill-server 2>/dev/null || true
    end_test
}

# refused STATUS TEXT WORD...: with one sentence that has TEXT in it, on
# standard error alone, and nothing was done
refused() {
    local expected=$1 text=$2 status=0

    shift 2
    "$LAUNCH" "$@" </dev/null >"$SCRATCH/out" 2>"$SCRATCH/err" || status=$?
    echo "$*: $status"
    cat "$SCRATCH/err"
    [ "$status" -eq "$expected" ]
    [ ! -s "$SCRATCH/out" ]
    [ "$(wc -l <"$SCRATCH/err")" -eq 1 ]
    [[ $(cat "$SCRATCH/err") = "celery-tmux-launch: "*"$text"* ]]
    nothing_done
}

nothing_done() {
    [ -z "$(sessions)" ]
    [ ! -e "$HOME/.local" ]
}

# status_is STATUS WORD...: what `status` returns and prints
status_is() {
    local expected=$1

    shift
    run "$LAUNCH" status "$@"
    echo "$status: $output"
    [ "$status" -eq "$expected" ]
}

@test "what is typed wrongly is refused with the way out" {
    end_all
    refused 64 '--help lists them'
    refused 64 'did you mean start?' strat
    refused 64 'there is no worker nosuch on this node; there are one, second' \
        start nosuch
    refused 64 'did you mean --queue?' start --quue=x
    refused 64 'did you mean --json?' status --jsn
    refused 64 'there is no option -x' stop -x
    refused 64 'did you mean --concurrency?' start --concurency=2
    refused 64 'write -n LINES' logs -n
    refused 64 'from 1 to' logs -n 0 one
    refused 64 'from 1 to' logs -n many one
    refused 64 'start does not take --json' start --json
    refused 64 'takes no value' start --version=3
    refused 64 'name one' logs -f
    refused 64 'name one' attach
    refused 64 'write --queue QUEUE' start --queue
    refused 64 'there is no worker none' check none
    refused 64 'check --hosts takes no worker' check --hosts one
    refused 64 'write debug, info, warning' start --loglevel=loud
    refused 64 'can only be set in a configuration file' start --name=x
    refused 64 'celery-tmux-launch restart' succeed
    refused 64 'celery-tmux-launch restart' watchdog
}

@test "without a configuration there is one worker of the defaults" {
    end_all
    rm "$CONF"
    if [ -e /etc/celery-tmux/celery-tmux.conf ]; then
        skip "this machine has a configuration of its own"
    fi
    status_is 3
    [ "$output" = 'celery: stopped' ]
    run "$LAUNCH" start --celery-cmd="$(stand_in none)"
    [ "$status" -eq 0 ]
    [ "$output" = 'celery: started' ]
    [ "$(sessions)" = celery-celery ]
    "$LAUNCH" kill --now
    end_all
}

@test "a node without a worker is told of, once, and that is no failure" {
    local act

    end_all
    echo 'workers = ( { queue = "a"; hosts = "elsewhere"; } );' | configure
    for act in start restart stop kill status 'status --json' show; do
        # shellcheck disable=SC2086
        run_apart "$LAUNCH" --node=n7 $act
        [ "$status" -eq 0 ]
        [ -z "$output" ]
        # shellcheck disable=SC2154 # Bats sets it
        [ "$stderr" = "celery-tmux-launch: no worker of $CONF belongs on n7; \
nothing to do" ]
    done
    # What cron calls is silent.
    for act in tend apply 'apply --dry-run'; do
        # shellcheck disable=SC2086
        run "$LAUNCH" --node=n7 $act
        [ "$status" -eq 0 ]
        [ -z "$output" ]
    done
    run "$LAUNCH" --node=n7 --config=- status <"$CONF"
    [ "$output" = "celery-tmux-launch: no worker of the configuration \
belongs on n7; nothing to do" ]
    # Asked about a name or a queue, it has its own answer.
    run "$LAUNCH" --node=n7 status a
    [ "$output" = 'celery-tmux-launch: a does not belong on n7; nothing to do' ]
    run "$LAUNCH" --node=n7 status -q b
    [ "$output" = 'b: stopped' ]
    run "$LAUNCH" --node=n7 attach
    [ "$status" -eq 64 ]
    [ "${#lines[@]}" -eq 1 ]
}

@test "an empty item of a list is refused where it stands" {
    end_all
    echo 'workers = ( { queue = "fine"; },
        { queue = "a,,b"; } );' | configure
    refused 78 'celery-tmux.conf:2: queue is "a,,b"; an item of the list is' \
        check
    echo 'workers = ( { queue = "fine"; } );' | configure
    refused 64 '--exclude-queues: exclude_queues is "a,"; an item of the' \
        status --exclude-queues=a,
    refused 64 '--queue: queue is ",b"; an item of the list is empty; leave' \
        kill -q ,b
}

@test "a path that gets too long by the home directory is found by check" {
    local long

    end_all
    long=$(printf '%0*d' "$((107 - ${#HOME}))" 0)
    echo "workers = ( { queue = \"a\";
        tmux_socket = \"~/$long\"; } );" | configure
    for act in check start status show; do
        refused 78 "celery-tmux.conf:2: tmux_socket of worker a would have \
108 bytes below the home directory $HOME; write a path of at most 107" "$act"
    done
    refused 64 '--tmux-socket: tmux_socket of worker a would have 109 bytes' \
        status --tmux-socket="~/${long}x"
    echo 'workers = ( { queue = "a"; } );' | configure
    "$LAUNCH" check --dry-run --tmux-socket="~/${long#0}"
    # Also a path that nobody has written down.
    long=/$(printf '%04080d' 0)
    HOME=$long refused 78 "state_dir of worker a would have 4106 \
bytes below the home directory $long; write a path of at most 4095" \
        status --config="$CONF"
    grep -q '^celery-tmux-launch: state_dir of ' "$SCRATCH/err"
}

@test "a broken configuration is 78, says where, and nothing is started" {
    end_all
    while IFS='|' read -r text sentence; do
        printf '%b\n' "$text" | configure
        for act in start kill status check; do
            refused 78 "$sentence" "$act"
        done
    done <<'END'
workers = ( { queue = "one" \n { }; );|celery-tmux.conf:2: 
\nworkers = ( { queu = "one"; } );|celery-tmux.conf:2: 
defaults = { concurrency = "many"; };|celery-tmux.conf:1: 
celery = 1;|celery-tmux.conf:1: celery is not part of a configuration
workers = 1;|celery-tmux.conf:1: workers is not a list
END
}

@test "a configuration that cannot be read, or that others can write" {
    end_all
    refused 78 'No such file or directory; name a file' -c "$SCRATCH/none" start
    CELERY_TMUX_CONFIG=$SCRATCH/none \
        refused 78 'No such file or directory' start
    refused 78 'is not a file' --config="$SCRATCH" start
    chmod g+w "$CONF"
    refused 77 'chmod g-w' start
    chmod g-w "$CONF"
    if [ "$(id -u)" -ne 0 ]; then
        chmod 0 "$CONF"
        refused 78 'Permission denied' start
    fi
}

# conf NAME: a configuration with a worker of that name
conf() {
    echo "workers = ( { queue = \"$1\"; } );"
}

@test "--config, standard input, CELERY_TMUX_CONFIG and XDG_CONFIG_HOME" {
    end_all
    mkdir -p "$SCRATCH/xdg/celery-tmux"
    conf xdg >"$SCRATCH/xdg/celery-tmux/celery-tmux.conf"
    conf variable >"$SCRATCH/conf/variable.conf"
    conf option >"$SCRATCH/conf/option.conf"
    conf input >"$SCRATCH/conf/input.conf"

    status_is 3
    [ "$output" = $'one: stopped\nsecond: stopped' ]
    export XDG_CONFIG_HOME=$SCRATCH/xdg
    status_is 3
    [ "$output" = 'xdg: stopped' ]
    export CELERY_TMUX_CONFIG=$SCRATCH/conf/variable.conf
    status_is 3
    [ "$output" = 'variable: stopped' ]
    status_is 3 -c "$SCRATCH/conf/option.conf"
    [ "$output" = 'option: stopped' ]
    status_is 3 --config - <"$SCRATCH/conf/input.conf"
    [ "$output" = 'input: stopped' ]
    status_is 78 -c - <<<'workers = ;'
    nothing_done
}

@test "options stand before and behind the command" {
    end_all
    conf option >"$SCRATCH/conf/option.conf"
    for words in "-c $SCRATCH/conf/option.conf status option" \
        "status -c $SCRATCH/conf/option.conf option" \
        "status option -c$SCRATCH/conf/option.conf" \
        "status --config=$SCRATCH/conf/option.conf -- option"; do
        # The scratch directory has a blank.
        eval "words=(${words//"$SCRATCH"/'"$SCRATCH"'})"
        run "$LAUNCH" "${words[@]}"
        [ "$status" -eq 3 ]
        [ "$output" = 'option: stopped' ]
    done
    run "$LAUNCH" -V
    [ "$status" -eq 0 ]
    [[ $output =~ ^celery-tmux-launch\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    [ "$("$LAUNCH" status --version)" = "$output" ]
    [[ $("$LAUNCH" -h) = 'Usage: celery-tmux-launch '* ]]
}

@test "--dry-run says what would be done and does nothing" {
    end_all
    for act in start restart; do
        run "$LAUNCH" "$act" -N
        [ "$status" -eq 0 ]
        [ "$output" = $'one: would be started\nsecond: would be started' ]
        nothing_done
    done
    for act in stop kill; do
        run "$LAUNCH" --dry-run "$act"
        [ "$output" = $'one: not running\nsecond: not running' ]
        nothing_done
    done
    "$LAUNCH" start one
    find "$HOME/.local" -printf '%p %T@ %s\n' | sort >"$SCRATCH/before"
    for act in start restart stop; do
        run "$LAUNCH" "$act" --dry-run one
        [ "$status" -eq 0 ]
        [[ ${lines[0]} = 'one: would be '@(restarted|stopped) ]]
    done
    find "$HOME/.local" -printf '%p %T@ %s\n' | sort |
        diff "$SCRATCH/before" -
    [ "$(starts one)" -eq 1 ]
    worker_is one running
}

@test "status: 0 running, 3 stopped, 4 dead, 75 starting; the largest of all" {
    end_all
    "$LAUNCH" start one --autorestart=false
    status_is 0 one
    [ "$output" = 'one: running' ]
    status_is 3
    [ "$output" = $'one: running\nsecond: stopped' ]

    touch "$(seen two slow)"
    run within 15 "$LAUNCH" start --no-wait second
    [ "$status" -eq 0 ]
    [ "$output" = 'second: started' ]
    status_is 75
    [ "$output" = $'one: running\nsecond: starting' ]
    kill -KILL "$(worker_pid one)"
    wait_for state_is one dead
    status_is 4 one
    status_is 75
    rm "$(seen two slow)"
    wait_for state_is second running
    status_is 4
    [ "$output" = $'one: dead\nsecond: running' ]
}

@test "status --json has all of its fields" {
    "$LAUNCH" status --json >"$SCRATCH/json" || [ $? -eq 4 ]
    "$PYTHON" -ISc '
import json, sys
one, second = map(json.loads, sys.stdin)
keys = "worker queue session state drifted since pid mainprocess revision last_run"
for worker in one, second:
    assert not set(keys.split()) - set(worker), worker
assert (one["worker"], one["queue"], one["session"], one["state"]) == (
    "one", "one", "celery-one", "dead"), one
assert one["pid"] is None and one["mainprocess"] is None, one
assert one["last_run"]["status"] == 128 + 9 or "9" in str(one["last_run"]), one
assert (second["worker"], second["queue"], second["session"]) == (
    "second", "a,b", "celery-a,b"), second
assert second["state"] == "running", second
assert isinstance(second["pid"], int), second
assert isinstance(second["mainprocess"], int), second
assert second["since"].endswith("Z"), second
' <"$SCRATCH/json"
    "$LAUNCH" kill --now
    status_is 3
}

@test "logs: the last lines, those of the run before, and none" {
    end_all
    status=0
    run "$LAUNCH" logs one
    [ "$status" -eq 3 ]
    [[ $output = *'one is not running; '*'start it'* ]]
    run "$LAUNCH" logs --last-run one
    [ "$status" -eq 3 ]

    seq -f 'first %.0f' 30 >"$(seen one print)"
    "$LAUNCH" start one
    wait_for eval '"$LAUNCH" logs one | grep -qx "first 30"'
    [ "$("$LAUNCH" logs -n 2 one)" = $'first 29\nfirst 30' ]
    [ "$("$LAUNCH" logs -n1 one)" = 'first 30' ]
    seq -f 'next %.0f' 30 >"$(seen one print)"
    "$LAUNCH" restart one
    wait_for eval '"$LAUNCH" logs one | grep -qx "next 30"'
    "$LAUNCH" logs --last-run one >"$SCRATCH/last"
    grep '^first ' "$SCRATCH/last" | diff <(seq -f 'first %.0f' 30) -
    fails grep '^next ' "$SCRATCH/last"
    "$LAUNCH" logs -n 1000 one | fails grep '^first '
    "$LAUNCH" kill --now one
    "$LAUNCH" logs --last-run one | grep -qx 'next 30'
}

@test "logs -f follows in order and ends with the session" {
    end_all
    configure <<END
workers = ( { queue = "talk"; celery_cmd = "$SCRATCH/talk"; } );
END
    # It prints, a line at a time, as long as it is asked to.
    cat >"$SCRATCH/talk.py" <<'END'
import os, socket, sys, time
print("talks", flush=True)
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
    speaker.sendto(b"READY=1\nMAINPID=%d" % os.getpid(),
                   "\0" + os.environ["NOTIFY_SOCKET"][1:])
gate = os.path.join(os.path.dirname(os.path.abspath(__file__)), "talk.on")
number = 0
while True:
    if os.path.exists(gate) and number < 500:
        number += 1
        print("talk %d" % number, flush=True)
    time.sleep(0.002)
END
    printf '#!/bin/sh\nexec /usr/bin/python3 -IS "%s"\n' "$SCRATCH/talk.py" \
        >"$SCRATCH/talk"
    chmod +x "$SCRATCH/talk"
    sed -i "s|celery_cmd = \"|&'|; s|/talk\"|/talk'\"|" "$CONF"
    "$LAUNCH" start talk
    in_background "$SCRATCH/followed" "$LAUNCH" logs -f -n 5 talk
    in_background "$SCRATCH/followed-too" "$LAUNCH" logs --follow talk
    # With what was there before, each has begun to follow.
    for file in followed followed-too; do
        wait_for says talks "$SCRATCH/$file"
    done
    touch "$SCRATCH/talk.on"
    for file in followed followed-too; do
        wait_for eval 'tr -d "\r" <"$SCRATCH/$file" | grep -qx "talk 500"'
    done
    fails ended "$SCRATCH/followed"
    "$LAUNCH" kill --now talk
    for file in followed followed-too; do
        wait_for ended "$SCRATCH/$file"
        [ "$(cat "$SCRATCH/$file.status")" = 0 ]
        tr -d '\r' <"$SCRATCH/$file" | grep '^talk ' |
            diff <(seq -f 'talk %.0f' 500) -
    done
    run within 15 "$LAUNCH" logs -f talk </dev/null
    [ "$status" -eq 3 ]
}

@test "the first of several instances is NAME+1, where one is wanted" {
    end_all
    configure <<END
workers = (
    { queue = "mail"; instances = 2; celery_cmd = "$(stand_in mail)"; },
    { queue = "far"; hosts = "n9"; }
);
END
    refused 64 '-f follows one worker; name one, as in mail+1' logs -f
    refused 64 '-f follows one worker; name one, as in mail+1' logs -f mail
    refused 64 '--until waits for one worker; name one, as in mail+1' \
        logs mail --until x
    refused 64 'there are 2 workers; name one, as in mail+1' attach mail
    refused 64 'there is no worker mail+3 on this node; there are mail, mail+2' \
        stop mail+3
    # Other nodes have it, and are given the same words.
    run "$LAUNCH" stop far+2 mail+1
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 2 ]
    [[ $output = *': far+2 does not belong on '*'; nothing to do'* ]]
    [[ $output = *'mail: not running'* ]]

    "$LAUNCH" start
    in_background "$SCRATCH/followed" "$LAUNCH" logs -f mail+1
    wait_for says 'stand-in is ready' "$SCRATCH/followed"
    [ "$("$LAUNCH" stop mail+1)" = 'mail: stopped' ]
    wait_for ended "$SCRATCH/followed"
    [ "$(cat "$SCRATCH/followed.status")" -eq 0 ]
    status_is 3 mail
    [ "$output" = $'mail: stopped\nmail+2: running' ]
    status_is 3 mail+1
    [ "$output" = 'mail: stopped' ]
    "$LAUNCH" kill
}

@test "who follows and does not read holds up neither the pane nor others" {
    end_all
    "$LAUNCH" start one
    mkfifo "$SCRATCH/unread"
    exec 7<>"$SCRATCH/unread"
    in_background "$SCRATCH/unread" "$LAUNCH" logs -f one 7<&-
    # With the line that was there before, it has begun to follow.
    read -r -t 60 -u 7 _
    # 2 MB, but no more at once than the runner has room for.
    for part in 1 2 3 4 5 6 7 8 9 10; do
        { seq -f "part $part, line %.0f" 9000; echo "end of part $part"; } |
            say one
        wait_for eval '"$LAUNCH" logs one | grep -qx "end of part $part"'
        "$LAUNCH" logs -n 9900 one | fails grep dropped
    done
    # Then somebody reads.
    cat "$SCRATCH/unread" >"$SCRATCH/read" 3>&- 7<&- &
    exec 7<&-
    echo 'said anew' | say one
    wait_for eval 'tr -d "\r" <"$SCRATCH/read" | grep -qx "said anew"'
    tr -d '\r' <"$SCRATCH/read" | grep -e '^part' -e '^end of part' |
        diff <(for part in 1 2 3 4 5 6 7 8 9 10; do
            seq -f "part $part, line %.0f" 9000
            echo "end of part $part"
        done) -
    # Nor is a client left when it is ended.
    # shellcheck disable=SC2154 # stand-in.bash sets it
    kill "$(pgrep -P "$background")"
    wait_for ended "$SCRATCH/unread"
    wait_for eval '[ -z "$(tmux list-clients)" ]'
    wait_for eval '[ -z "$(ours "tmux -S .* -C ")" ]'
}

# followed TEXT, for wait_for: has logs -f printed that line?
followed() {
    tr -d '\r' <"$SCRATCH/followed" | grep -qx -e "$1"
}

@test "logs -f goes on when its client is detached" {
    end_all
    "$LAUNCH" start one
    in_background "$SCRATCH/followed" "$LAUNCH" logs -f one
    wait_for followed 'stand-in is ready'
    for way in all others; do
        wait_for eval '[ -n "$(tmux list-clients)" ]'
        client=$(tmux list-clients -F '#{client_pid}')
        if [ "$way" = all ]; then
            tmux detach-client -s =celery-one:
        else
            tmux -L other -f /dev/null new-session -d -s person 3>&- \
                "unset TMUX; exec tmux -S '$(tmux display-message -p \
                '#{socket_path}')' attach-session -d -t =celery-one:"
        fi
        wait_for fails is_running "$client"
        # It is there again, and not only who attached.
        wait_for eval '[ "$(tmux list-clients -F "#{client_control_mode}" |
            grep -cx 1)" -eq 1 ]'
        wait_for eval 'echo "said $way" | say one; followed "said $way"'
    done
    [ "$(grep -c "detached: lines may be missing" "$SCRATCH/followed")" -eq 2 ]
    # What was there before comes no second time.
    [ "$(grep -c 'is ready' "$SCRATCH/followed")" -eq 1 ]
    fails ended "$SCRATCH/followed"
    "$LAUNCH" kill --now one
    wait_for ended "$SCRATCH/followed"
    [ "$(cat "$SCRATCH/followed.status")" = 0 ]
}

@test "logs -f says so when tmux lets nobody follow" {
    end_all
    "$LAUNCH" start one
    mkdir "$SCRATCH/no-control"
    cat >"$SCRATCH/no-control/tmux" <<END
#!/bin/sh
[ "\$3" != -C ] || exit 1
exec '$(type -P tmux)' "\$@"
END
    chmod +x "$SCRATCH/no-control/tmux"
    PATH=$SCRATCH/no-control:$PATH run within 15 "$LAUNCH" logs -f one </dev/null
    echo "$status $output"
    [ "$status" -eq 75 ]
    [[ $output = *'tmux lets nobody follow session celery-one at '*'; try again' ]]
}

# press KEY..., shows TEXT: the terminal in which a person sits
press() {
    tmux -L other send-keys -t person "$@"
}

shows() {
    tmux -L other capture-pane -p -t person | grep -q -F -e "$1"
}

# detaches, for wait_for: tmux takes keys that come within a millisecond for
# pasted text and obeys none of them
detaches() {
    shows '[detached (from session celery-one)]' && return
    press C-b
    press d
    shows '[detached (from session celery-one)]'
}

@test "attach shows the worker, and nothing that is typed reaches it" {
    end_all
    echo 'hello from the worker' >"$(seen one print)"
    "$LAUNCH" start one
    run "$LAUNCH" attach one </dev/null
    [ "$status" -eq 64 ]
    [[ $output = *'attach needs a terminal; call it with ssh -t, or use logs'* ]]

    tmux -L other -f /dev/null new-session -d -s person -x 190 -y 48 \
        'PS1=prompt: exec sh' 3>&-
    wait_for shows prompt:
    press 'celery-tmux-launch attach one' Enter
    wait_for shows 'hello from the worker'
    [ "$(tmux list-clients -F '#{client_session} #{client_readonly}')" \
        = 'celery-one 1' ]
    main=$(worker_pid one)
    # shellcheck disable=SC1003 # a backslash is meant
    press 'typed words' Enter C-c 'C-\'
    # The detaching is read behind all of it.
    wait_for detaches
    screen celery-one | fails grep 'typed words'
    is_running "$main"
    worker_is one running
    [ "$(starts one)" -eq 1 ]

    # With --write it does, but ^C ends nothing.
    press 'clear; celery-tmux-launch attach --write one' Enter
    wait_for shows 'hello from the worker'
    [ "$(tmux list-clients -F '#{client_session} #{client_readonly}')" \
        = 'celery-one 0' ]
    press C-c
    wait_for shows '^C does not end this worker: celery-tmux-launch stop one'
    is_running "$main"
    wait_for detaches
}

# switches_back: for wait_for; keys that tmux takes for pasted are typed again
switches_back() {
    press C-b
    press :
    press 'switch-client -t mine' Enter
    wait_for -t 2 is_back
}

is_back() {
    [ "$(tmux list-clients -F '#{client_session}')" = mine ]
}

@test "attach inside of the same server switches the client" {
    end_all
    echo 'hello from the worker' >"$(seen one print)"
    "$LAUNCH" start one
    tmux new-session -d -s mine -x 190 -y 48 'PS1=mine: exec sh' 3>&-
    tmux -L other -f /dev/null new-session -d -s person -x 190 -y 48 \
        'env -u TMUX tmux attach -t mine; sleep 1000' 3>&-
    wait_for shows mine:
    press 'celery-tmux-launch attach one' Enter
    wait_for shows 'hello from the worker'
    [ "$(tmux list-clients -F '#{client_session}')" = celery-one ]
    main=$(worker_pid one)
    press 'more words' Enter C-c
    # It can be used again in the person's own session.
    wait_for switches_back
    press 'echo $((6 * 7))x' Enter
    wait_for shows 42x
    screen celery-one | fails grep 'more words'
    is_running "$main"
    tmux kill-session -t =mine:
    "$LAUNCH" kill --now one
    status_is 3 one
    run script -qec '"$LAUNCH" attach one' /dev/null
    [ "$status" -eq 3 ]
    [[ $output = *'one is not running'* ]]
}

@test "a worker that drains on is followed by one successor, with the newest settings" {
    end_all
    touch "$(seen one busy)"
    "$LAUNCH" start one
    main=$(worker_pid one)
    run "$LAUNCH" restart one --stop-timeout=1 --concurrency=3
    echo "$output"
    [ "$status" -eq 75 ]
    [[ $output = *'one: tasks are still running after 1 s'*'starts by itself'* ]]
    status_is 75 one
    [ "$output" = 'one: draining' ]
    for number in 11 12 13 14 15 16 17 18 19 20; do
        in_background "$SCRATCH/again.$number" "$LAUNCH" restart one \
            --stop-timeout=1 --concurrency="$number"
        wait_for eval 'grep -qs "concurrency = \"$number\";" "$(planned_of \
            "$HOME"/.local/state/celery-tmux/*/celery-one)/worker"'
    done
    for number in 11 12 13 14 15 16 17 18 19 20; do
        wait_for ended "$SCRATCH/again.$number"
        [ "$(cat "$SCRATCH/again.$number.status")" = 75 ]
    done
    is_running "$main"
    [ "$(starts one)" -eq 1 ]

    rm "$(seen one busy)"
    wait_for state_is one running
    fails is_running "$main"
    [ "$(starts one)" -eq 2 ]
    "$LAUNCH" logs --last-run one | grep -qx 'stand-in ends'
    grep -zqx -e --concurrency=20 "$(seen one argv)"
    [ "$(sessions)" = celery-one ]
    "$LAUNCH" kill --now
    [ "$(starts one)" -eq 2 ]
}

@test "the program may be replaced meanwhile" {
    end_all
    touch "$(seen one busy)"
    # As install(1) and dpkg do it: another file in its place.
    cp "$LAUNCH" "$SCRATCH/program"
    "$SCRATCH/program" start one
    run "$SCRATCH/program" restart one --stop-timeout=1
    [ "$status" -eq 75 ]
    cp "$LAUNCH" "$SCRATCH/program.new"
    mv "$SCRATCH/program.new" "$SCRATCH/program"
    rm "$(seen one busy)"
    wait_for state_is one running
    [ "$(starts one)" -eq 2 ]
    "$LAUNCH" kill --now
}

@test "a kill meanwhile ends both, the old one and what was to follow" {
    end_all
    touch "$(seen one busy)"
    "$LAUNCH" start one
    run "$LAUNCH" restart one --stop-timeout=1
    [ "$status" -eq 75 ]
    run "$LAUNCH" kill one --stop-timeout=1
    [ "$status" -eq 0 ]
    [ "$output" = 'one: killed' ]
    no_leftovers
    status_is 3 one
    [ "$output" = 'one: stopped' ]
    [ "$(starts one)" -eq 1 ]
    [ -z "$(sessions)" ]
    [ -z "$(planned_of "$HOME"/.local/state/celery-tmux/*/celery-one)" ]
    [ -z "$(find "$HOME/.local" -name worker)" ]
}

@test "Celery's own running task finishes before its successor comes" {
    end_all
    configure_app tasks 'pool = "solo"; mingle = false; stop_timeout = 20;' \
        '{ queue = "real"; }'
    "$LAUNCH" start --queue real
    touch "$SCRATCH/tokens/held"
    send_tasks -q real sleep 0 long "$SCRATCH/tokens"
    wait_for grep -qx 'begin long' "$SCRATCH/tokens/tokens"
    run "$LAUNCH" restart --queue real --stop-timeout=1 --loglevel=warning
    [ "$status" -eq 75 ]
    fails all_ended "$SCRATCH/tokens" 1
    rm "$SCRATCH/tokens/held"
    wait_for all_ended "$SCRATCH/tokens" 1
    wait_for queue_is real running
    [ "$(task -q real add 2 3)" = 5 ]
    task -q real argv | grep -q -e --loglevel=WARNING
    "$LAUNCH" kill --queue real
}

# queue_is QUEUE STATE
queue_is() {
    [ "$("$LAUNCH" status --queue "$1" | sed 's/ (drifted)$//')" = "$1: $2" ]
}
