#!/usr/bin/env bats
#
# check as a doctor: every fault is made, found, and the way out that its
# sentence names works.  What passes starts, and what does not pass does not.

load lib
load stand-in
load fan-out

# name | level, status | item | what the sentence has | the fault | the way out
#
# A start of `skip` would leave something behind, or start for want of the
# fault.
faults() {
    cat <<END
app      | error 69      | app         | cannot be imported                | app = "broken";
late     | error 69      | app         | is not imported after 5 s         | app = "slow"; start_timeout = 5;
command  | error 69      | celery      | Celery does not run               | celery_cmd = "no-celery";
python   | error 69      | celery      | does not pass PYTHONPATH on       | celery_cmd = "env -u PYTHONPATH celery";
include  | error 69      | celery      | No module named 'nobody_has'      | include = "nobody_has";                      | include = "json";
old      | error skip    | celery      | Celery 3.1.26 is too old          | celery_cmd = "'$SCRATCH/old-celery'";
option   | error 78      | options     | has no --disable-prefetch; leave disable_prefetch out, or install 5.6 or later | disable_prefetch = true;
extra    | error 78      | options     | no option --nonsense; remove it   | extra_args = ( "--nonsense" );
detach   | error skip    | extra-args  | it would leave tmux               | extra_args = ( "--detach" );
broker   | error 75      | broker      | redis://u:****@127.0.0.1:1/0 cannot be reached | broker = "redis://u:SECRET@127.0.0.1:1/0"; start_timeout = 20;
silent   | error 75      | broker      | does not answer within            | broker = "redis://127.0.0.1:$DEAF_PORT/0"; start_timeout = 20;
carrier  | error 69      | broker      | No such transport: nosuch         | broker = "nosuch://u:SECRET@h/";
root     | error 77      | root        | accepts pickle                    | app = "pickled";                             | app = "pickled"; environment = { C_FORCE_ROOT = "1"; };
nofile   | error 77      | limits      | cannot set nofile                 | nofile = 1073741823;                         | nofile = 200;
dir      | error 69      | directories | worker_dir $SCRATCH/none          | worker_dir = "$SCRATCH/none";
state    | error 77      | directories | chmod g-w $SCRATCH/open           | state_dir = "$SCRATCH/open/state";           | state_dir = "$SCRATCH/shut/state";
envfile  | error 77      | directories | chmod o-r $SCRATCH/open.env       | env_file = "$SCRATCH/open.env";              | env_file = "$SCRATCH/shut.env";
statedb  | error skip    | directories | statedb cannot be written         | statedb = "none/db";                         | statedb = "db";
socket   | error 77      | session     | chmod g-w $SCRATCH/open           | tmux_socket = "$SCRATCH/open/tmux";
remap    | error 78      | environment | REMAP_SIGTERM in its environment  | celery_cmd = "'$SCRATCH/remaps'";
bent     | warning       | environment | concurrency                       | environment = { APP = "another"; CELERY_WORKER_CONCURRENCY = "3"; FORKED_BY_MULTIPROCESSING = "1"; }; | concurrency = 3;
name     | warning       | node-name   | use %h in it                      | hostname = "fixed@name";                     | hostname = "fixed@%h";
venv     | warning       | directories | virtualenv $APP_DIR/none/bin      | virtualenv = "none";
git      | warning       | directories | git_sync_dir $APP_DIR is not a clone | git_sync_dir = "$APP_DIR";
module   | warning       | extra-args  | set include instead               | extra_args = ( "-I", "json" );               | include = "json";
logfile  | warning       | output      | --pidfile from extra_args         | extra_args = ( "--logfile=$SCRATCH/log", "--pidfile=$SCRATCH/pid" );
inapp    | warning       | output      | remove worker_logfile             | app = "logs_to_file";
ownlog   | warning       | output      | its own logging (setup_logging)   | app = "logs_itself";
noapp    | warning       | app         | app is not set                    | app = "";
setup    | warning       | setup       | check --setup runs it             | worker_setup_cmd = "true";
byroot   | warning       | setup       | root_setup_cmd was not tried; it comes before a start, as root | root_setup_cmd = "false";
END
}

setup_file() {
    begin_file
    redis_start
    umask 022
    deaf_server
    mkdir "$SCRATCH/open" "$SCRATCH/shut"
    chmod g+w "$SCRATCH/open"
    echo A=1 | tee "$SCRATCH/open.env" >"$SCRATCH/shut.env"
    chmod 600 "$SCRATCH/shut.env"
    # What it is about is another place, so that a file is needed there.
    for module in pickled logs_to_file logs_itself; do
        cp "$APP_DIR/tasks.py" "$APP_DIR/$module.py"
    done
    echo 'app.conf.accept_content = ["json", "pickle"]' \
        >>"$APP_DIR/pickled.py"
    echo "app.conf.worker_logfile = '$SCRATCH/log'" \
        >>"$APP_DIR/logs_to_file.py"
    cat >>"$APP_DIR/logs_itself.py" <<'END'
from celery import signals
signals.setup_logging.connect(lambda **_: None, weak=False)
END
    # Celery as it is, but for what it says of its age.
    cat >"$SCRATCH/old-celery" <<'END'
#!/usr/bin/python3
import sys
import celery
from celery.__main__ import main
celery.__version__ = "3.1.26"
sys.exit(main())
END
    printf '#!/bin/sh\nREMAP_SIGTERM=SIGQUIT exec celery "$@"\n' \
        >"$SCRATCH/remaps"
    chmod +x "$SCRATCH/old-celery" "$SCRATCH/remaps"
    faults | sed 's/ *| */|/g' >"$SCRATCH/faults"
    if celery worker --help | grep -q -e --disable-prefetch; then
        echo '# no option that is too new is tried: this Celery has all' >&3
        sed -i '/^option|/d' "$SCRATCH/faults"
    fi
}

teardown_file() {
    kill "$DEAF_PID"
    end_file
}

# deaf_server: a port that takes connections and never answers; $DEAF_PORT.
# It is none of the processes that a test must not leave.
deaf_server() {
    (cd / && exec env -i "$PYTHON" -ISc '
import os, signal, socket
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(64)
print(server.getsockname()[1], flush=True)
os.close(1)
signal.pause()') >"$SCRATCH/port" 2>/dev/null 3>&- &
    DEAF_PID=$!
    disown "$DEAF_PID"
    wait_for test -s "$SCRATCH/port"
    DEAF_PORT=$(cat "$SCRATCH/port")
    export DEAF_PID DEAF_PORT
}

# one_worker SETTINGS...: a configuration with one worker that is well
one_worker() {
    configure <<END
defaults = { worker_dir = "$APP_DIR"; };
workers = ( { queue = "celery"; app = "tasks"; broker = "$REDIS_URL";
    pool = "solo"; $* } );
END
}

# no_worker: only the node is examined
no_worker() {
    configure <<<'workers = ( { queue = "celery"; hosts = "elsewhere"; } );'
}

# table_configuration WHICH: a worker for each row, with its fault or its way
# out; where that is to leave the setting out, one worker shows it for all.
# The row that needs root is left out without it.
table_configuration() {
    local name kind item has fault way own key

    {
        echo 'workers = ('
        while IFS='|' read -r name kind item has fault way; do
            [ "$(id -u)" -eq 0 ] || [ "$name" != root ] || continue
            own=$fault
            if [ "$1" = way ]; then
                [ -n "$way" ] || [ "$name" = app ] || continue
                own=$way
            fi
            # The row's settings come in place of the usual ones.
            for key in "app = \"tasks\";" "broker = \"$REDIS_URL\";" \
                "worker_dir = \"$APP_DIR\";"; do
                [[ $own = *"${key%% =*} = "* ]] || own+=" $key"
            done
            echo "  { queue = \"$name\"; pool = \"solo\"; mingle = false;"
            echo "    kill_existing = false; $own },"
        done <"$SCRATCH/faults" | sed '$s/,$//'
        echo ');'
    } | configure
}

# found WORKER ITEM: "LEVEL: TEXT" of each finding in $SCRATCH/json but ok
found() {
    "$PYTHON" -ISc '
import json, sys
for line in open(sys.argv[1]):
    one = json.loads(line)
    if one["level"] == "ok":
        continue
    if sys.argv[2:] in ([one["worker"] or "node", one["item"]], []):
        print("%(worker)s: %(item)s: %(level)s: %(text)s" % one)
' "$SCRATCH/json" "$@"
}

# check_says STATUS LINE ARG...: check gives the status and a line like that;
# $CHECK_PATH is its PATH
check_says() {
    local expected=$1 line=$2

    shift 2
    run env PATH="${CHECK_PATH-$PATH}" "$LAUNCH" check "$@"
    echo "$output"
    [ "$status" -eq "$expected" ]
    grep -qE -e "^$line" <<<"$output"
}

# check_is_well ARG...: neither error nor warning; all that was examined
check_is_well() {
    run "$LAUNCH" check -v "$@"
    echo "$output"
    [ "$status" -eq 0 ]
    fails grep -v '^ok: ' <<<"$output"
}

@test "every fault of a worker is found, as its own item, with the way out" {
    table_configuration fault
    status=0
    "$LAUNCH" check --json >"$SCRATCH/json" 2>"$SCRATCH/err" || status=$?
    cat "$SCRATCH/err"
    [ ! -s "$SCRATCH/err" ]
    [ "$status" -eq 78 ]
    found
    wrong=0
    while IFS='|' read -r name kind item has fault way; do
        if [ "$name" = root ] && [ "$(id -u)" -ne 0 ]; then
            echo "# root is not asked: needs root" >&3
            continue
        fi
        [[ $(found "$name" "$item") = "$name: $item: ${kind%% *}: "*"$has"* ]] || {
            echo "^ $name: no ${kind%% *} of item $item with: $has"
            wrong=$((wrong + 1))
        }
    done <"$SCRATCH/faults"
    [ "$wrong" -eq 0 ]
    # Each of them has its own fault and no other.
    [ "$(found | cut -d : -f 1 | sort -u | wc -l)" -eq \
        "$(found | cut -d : -f 1,2 | sort -u | wc -l)" ]
    [ "$(found bent environment | wc -l)" -eq 3 ]
    [ "$(found logfile output | wc -l)" -eq 2 ]
    fails grep -q SECRET "$SCRATCH/json"
}

@test "what has an error does not start, as check said" {
    table_configuration fault
    wrong=0
    while IFS='|' read -r name kind item has fault way; do
        case $kind in
        error\ [0-9]*) ;;
        *) continue ;;
        esac
        [ "$name" != root ] || [ "$(id -u)" -eq 0 ] || continue
        echo "$name ${kind#* }"
    done <"$SCRATCH/faults" >"$SCRATCH/failing"
    # All at once, for each waits by itself.
    while read -r name expected; do
        in_background "$SCRATCH/start.$name" "$LAUNCH" start "$name"
    done <"$SCRATCH/failing"
    while read -r name expected; do
        wait_for -t 200 ended "$SCRATCH/start.$name"
        got=$(cat "$SCRATCH/start.$name.status")
        # Before a run begins it is our status, later that it did not start.
        case $got in
        "$expected" | 69 | 75) ;;
        *)
            wrong=$((wrong + 1))
            echo "$name: $got"
            cat "$SCRATCH/start.$name"
            ;;
        esac
    done <"$SCRATCH/failing"
    "$LAUNCH" kill --now >/dev/null 2>&1 || true
    end_all
    [ "$wrong" -eq 0 ]
    [ "$(wc -l <"$SCRATCH/failing")" -ge 15 ]
}

@test "with the ways out nothing is found, and all of them start" {
    table_configuration way
    check_is_well
    count=$(grep -c ': its broker answers' <<<"$output")
    [ "$count" -ge 10 ]
    run "$LAUNCH" start --start-timeout=200
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c ': started$' <<<"$output")" -eq "$count" ]
    # It may be asked while they run, and disturbs nothing.
    check_is_well app state
    [ "$("$LAUNCH" status | grep -c ': running$')" -eq "$count" ]
    "$LAUNCH" kill --now >/dev/null
    end_all
}

@test "a setup command is run with --setup alone, as a start runs it" {
    one_worker 'worker_setup_cmd = "touch ran; export REMAP_SIGTERM=SIGQUIT";
        remount_dir = "/";'
    check_says 0 'warning: celery: worker_setup_cmd was not run; check --setup'
    grep -q '^warning: celery: remount_dir was not tried;' <<<"$output"
    [ ! -e "$HOME/ran" ]
    check_says 78 'error: celery: worker_setup_cmd set REMAP_SIGTERM' --setup
    [ -e "$HOME/ran" ]
    one_worker 'worker_setup_cmd = "export FINE=1";'
    check_is_well --setup

    one_worker 'worker_setup_cmd = "echo it is broken; false";'
    check_says 69 'error: celery: worker_setup_cmd ends with status 1 and says "it is broken"; correct it' \
        --setup
    one_worker 'worker_setup_cmd = "exit 0";'
    check_says 69 'error: celery: .* remove exit or exec' --setup
    one_worker 'worker_setup_cmd = "sleep 1000"; start_timeout = 1;'
    check_says 69 'error: celery: .* is not done after 1 s' --setup
    # What it may still bring is no error.
    one_worker "worker_setup_cmd = \"mkdir '$SCRATCH/later' && cp '$APP_DIR'/*.py '$SCRATCH/later'\";"
    sed -i "s|worker_dir = \"[^\"]*\"|worker_dir = \"$SCRATCH/later\"|" \
        "$HOME/.config/celery-tmux/celery-tmux.conf"
    check_says 0 'warning: celery: worker_dir .*; create it, .* if worker_setup_cmd creates it'
    check_is_well --setup
    [[ $output = *'ok: celery: its broker answers'* ]]
    # Nor the place of a file, unless it was run and has not made it.
    one_worker "worker_setup_cmd = \"true\"; statedb = \"none/db\";"
    check_says 0 'warning: celery: statedb cannot be written in .*/none: .* try check --setup if worker_setup_cmd creates it'
    check_says 69 'error: celery: statedb cannot be written in .*/none: ' --setup
    one_worker "worker_setup_cmd = \"mkdir -p '$APP_DIR/made'\"; statedb = \"made/db\";"
    check_is_well --setup
}

@test "tmux: none, too old, none of ours, and a configuration of others" {
    no_worker
    mkdir "$SCRATCH/bin1"
    CHECK_PATH=$SCRATCH/none check_says 69 'error: cannot run tmux: .*; install it'
    for version in 1.8 2.6 next-2.6; do
        printf '#!/bin/sh\necho tmux %s\n' "$version" >"$SCRATCH/bin1/tmux"
        chmod +x "$SCRATCH/bin1/tmux"
        CHECK_PATH=$SCRATCH/bin1:$PATH check_says 69 \
            "error: tmux $version is too old; install tmux 2.7 or later"
    done
    for version in 2.7 2.9a 3.1c 3.3a next-3.7 master 10.0 openbsd-7.0; do
        printf '#!/bin/sh\necho tmux %s\n' "$version" >"$SCRATCH/bin1/tmux"
        CHECK_PATH=$SCRATCH/bin1:$PATH check_says 0 'ok: tmux is new enough' -v
    done
    printf '#!/bin/sh\nexit 3\n' >"$SCRATCH/bin1/tmux"
    CHECK_PATH=$SCRATCH/bin1:$PATH check_says 69 'error: tmux -V .* status 3'

    echo 'set -g mouse on' >"$HOME/.tmux.conf"
    chmod g+w "$HOME/.tmux.conf"
    check_says 0 "warning: .*; chmod g-w $HOME/.tmux.conf"
    chmod g-w "$HOME/.tmux.conf"
    check_is_well
    rm "$HOME/.tmux.conf"
    mkdir -p "$SCRATCH/xdg/tmux" "$SCRATCH/xdg/celery-tmux"
    cp "$HOME/.config/celery-tmux/celery-tmux.conf" "$SCRATCH/xdg/celery-tmux"
    echo 'set -g mouse on' >"$SCRATCH/xdg/tmux/tmux.conf"
    chmod g+w "$SCRATCH/xdg/tmux/tmux.conf"
    XDG_CONFIG_HOME=$SCRATCH/xdg check_says 0 \
        "warning: .*; chmod g-w $SCRATCH/xdg/tmux/tmux.conf"
    check_is_well
}

@test "logind: what it ends at a logout, and for whom" {
    no_worker
    user=$(id -un)
    mkdir "$SCRATCH/bin2"
    cat >"$SCRATCH/bin2/loginctl" <<'END'
#!/bin/sh
case $1 in
show-session) cat "$LOGIND" ;;
show-user) [ "$2" = "$(id -un)" ] && echo "Linger=$LINGER" ;;
esac
END
    chmod +x "$SCRATCH/bin2/loginctl"
    export LOGIND=$SCRATCH/logind LINGER=no
    PATH=$SCRATCH/bin2:$PATH
    logind() {
        printf '%s\n' "$@" >"$LOGIND"
    }
    logind KillUserProcesses=no KillOnlyUsers= KillExcludeUsers=root
    check_is_well
    logind KillUserProcesses=yes KillOnlyUsers= KillExcludeUsers=nobody
    check_says 77 "error: .*; set KillUserProcesses=no in .*, or run loginctl enable-linger $user and"
    LINGER=yes
    check_says 0 "warning: .* start them from $user's own systemd"
    LINGER=no
    logind KillUserProcesses=yes KillOnlyUsers= "KillExcludeUsers=nobody $user"
    check_is_well
    logind KillUserProcesses=yes KillOnlyUsers=nobody KillExcludeUsers=
    check_is_well
    logind KillUserProcesses=yes "KillOnlyUsers=$user" KillExcludeUsers=
    check_says 77 'error: logind has KillUserProcesses=yes'
    # No logind answers.
    printf '#!/bin/sh\nexit 1\n' >"$SCRATCH/bin2/loginctl"
    check_is_well
}

@test "pdsh: with the module, without it, and which is its default" {
    no_worker
    needs_module
    fan_out_ready
    check_is_well
    export PDSH_RCMD_TYPE=celery
    if ! pdsh -V | grep -q '^rcmd modules:.*celery'; then
        check_says 0 'warning: PDSH_RCMD_TYPE or .* no such module'
    fi
    run with_modules "$LAUNCH" check -v
    [[ $output = *'ok: pdsh needs nothing (it uses celery)'* ]]
    export PDSH_RCMD_TYPE=ssh
    run with_modules "$LAUNCH" check
    [ "$status" -eq 0 ]
    [[ $output = *'warning: pdsh has the module celery, but uses ssh by default; write celery into /etc/pdsh/rcmd_default, export PDSH_RCMD_TYPE=celery'* ]]
    unset PDSH_RCMD_TYPE
    if [ "$(id -u)" -eq 0 ] && [ -d /etc/pdsh ]; then
        # Debian's file, in a mount namespace of our own.
        echo celery >"$SCRATCH/modules/rcmd_default"
        run with_modules unshare --mount --propagation private sh -c \
            'mount --bind "$1" /etc/pdsh && exec "$2" check -v' \
            sh "$MODULES" "$LAUNCH"
        [[ $output = *'ok: pdsh needs nothing (it uses celery)'* ]]
    else
        echo '# /etc/pdsh/rcmd_default is not tried: needs root and /etc/pdsh' >&3
    fi
    run env PATH="$SCRATCH/none" "$LAUNCH" check -v
    [[ $output = *'ok: pdsh needs nothing (there is none here)'* ]]
}

@test "variables of the caller are named, and worth nothing to a worker" {
    no_worker
    for name in APP BROKER_URL CELERY_BROKER_URL DJANGO_SETTINGS_MODULE \
        CELERY_WORKER_POOL REMAP_SIGTERM; do
        run env "$name=x" "$LAUNCH" check
        [ "$status" -eq 0 ]
        [[ $output = *"warning: $name is set in your shell"*"unset it"* ]]
    done
    check_is_well
}

@test "a session that somebody else made is told, and kill --queue ends it" {
    one_worker
    tmux new-session -d -s celery-celery 'sleep 1000' 3>&-
    check_says 69 "error: celery: .* tmux -S .* attach -t =celery-celery, and set session to another name"
    "$LAUNCH" kill --queue celery --now
    check_is_well
    # A path that no socket can have.
    TMUX_TMPDIR=$SCRATCH/$(printf 'x%.0s' {1..80}) \
        check_says 78 'error: celery: .* is too long; set tmux_socket'
    end_all
}

@test "limits of a tmux server that is there already count" {
    if [ "$(id -u)" -eq 0 ]; then
        less=(setpriv --bounding-set=-sys_resource
            --inh-caps=-sys_resource)
    else
        less=()
    fi
    one_worker 'nofile = 800;'
    "${less[@]}" prlimit --nofile=500:500 \
        tmux new-session -d -s mine 'sleep 1000' 3>&-
    run "${less[@]}" "$LAUNCH" check
    echo "$output"
    [ "$status" -eq 77 ]
    [[ $output = *"error: celery: the tmux server on "*" hard limit of 500 open files, less than nofile; lower nofile, or set tmux_socket"* ]]
    run "${less[@]}" "$LAUNCH" start
    [ "$status" -eq 69 ]
    [[ $output = *'cannot set nofile to 800'* ]]
    tmux kill-server
    wait_for fails tmux has-session
    run "${less[@]}" "$LAUNCH" check
    [ "$status" -eq 0 ]
    run "${less[@]}" "$LAUNCH" start
    [ "$status" -eq 0 ]
    "$LAUNCH" kill --now >/dev/null
    end_all
}

@test "nothing is consumed, purged or left behind" {
    # Of the loader Celery makes a variable that would be a warning else.
    one_worker 'purge = true; concurrency = 2; beat = true;
        loader = "celery.loaders.app:AppLoader";'
    sed -i 's/pool = "solo";//' "$HOME/.config/celery-tmux/celery-tmux.conf"
    send_tasks -n 5 add 1 2
    [ "$(redis-cli -p "$REDIS_PORT" llen celery)" -eq 5 ]
    mkdir -p "$SCRATCH/tmp dir"
    rm -rf "$HOME/.local"
    TMPDIR="$SCRATCH/tmp dir" check_is_well
    [ "$(redis-cli -p "$REDIS_PORT" llen celery)" -eq 5 ]
    redis-cli -p "$REDIS_PORT" flushall >/dev/null
    [ -z "$(ls -A "$SCRATCH/tmp dir")" ]
    [ ! -e "$HOME/.local" ]
    [ -z "$(sessions)" ]
    no_leftovers
}

# is_probing: Celery runs, and it is for check
is_probing() {
    our_processes | grep -q '/celery --app=slow'
}

@test "ended in the middle it leaves neither files nor processes" {
    one_worker
    mkdir -p "$SCRATCH/tmp dir"
    for number in INT TERM HUP; do
        TMPDIR="$SCRATCH/tmp dir" in_background "$SCRATCH/cut" \
            env --default-signal=INT "$LAUNCH" check --app=slow
        wait_for is_probing
        wait_for eval \
            '[ "$(stat -c %a "$SCRATCH/tmp dir"/celery-tmux-check-*)" = 700 ]'
        # shellcheck disable=SC2154 # stand-in.bash says it
        kill "-$number" "$(pgrep -P "$background" -f ' check --app')"
        wait_for ended "$SCRATCH/cut"
        [ -z "$(ls -A "$SCRATCH/tmp dir")" ]
        wait_for no_leftovers
    done
}

@test "what has an environment of its own and ignores TERM is ended, too" {
    one_worker "celery_cmd = \"env -i /bin/sh -c 'trap \\\"\\\" TERM; sleep 100; sleep 101'\";
        start_timeout = 2; stop_timeout = 1;"
    check_says 69 'error: celery: tasks is not imported after 2 s and Celery prints nothing;'
    [[ $output != *'survives KILL'* ]]
    no_leftovers
}

@test "a worker that takes no notice of --include is told, and soon" {
    one_worker "celery_cmd = \"$(stand_in odd)\";"
    touch "$(seen odd odd)"
    within 20 check_says 0 'warning: celery: celery_cmd starts a worker that'
    no_leftovers
}

@test "a worker that a wrapper keeps our module from finishes its task" {
    cat >"$SCRATCH/wrapper" <<'END'
#!/bin/bash
for word; do
    [[ $word = --include=* ]] || words+=("$word")
done
exec celery "${words[@]}"
END
    chmod +x "$SCRATCH/wrapper"
    mkdir "$SCRATCH/tokens"
    touch "$SCRATCH/tokens/held"
    configure_app tasks "concurrency = 1; mingle = false;
        celery_cmd = \"'$SCRATCH/wrapper'\";
        start_timeout = 40; stop_timeout = 1;"
    # It still runs when the probe's time is over, and stop_timeout as well.
    send_tasks sleep 1 one "$SCRATCH/tokens"
    in_background "$SCRATCH/check" "$LAUNCH" check
    wait_for -t 120 says 'celery: celery_cmd starts a worker that ignores --include; it was asked to end, and is waited for until its tasks are done, after ^C for at most 1 s' \
        "$SCRATCH/check"
    fails wait_for -t 4 ended "$SCRATCH/check"
    [ "$(tokens_ended "$SCRATCH/tokens")" -eq 0 ]
    rm "$SCRATCH/tokens/held"
    wait_for -t 200 ended "$SCRATCH/check"
    cat "$SCRATCH/check"
    [ "$(cat "$SCRATCH/check.status")" -eq 0 ]
    says '^warning: celery: celery_cmd starts a worker that' "$SCRATCH/check"
    fails says 'is not imported' "$SCRATCH/check"
    [ "$(tokens_ended "$SCRATCH/tokens")" -eq 1 ]
    no_leftovers
}

@test "modules that Celery imports behind ours are tried, too" {
    # Celery 5.0 has a set of them, and no order.
    cat >"$SCRATCH/wrapper" <<'END'
#!/bin/bash
for word; do
    [[ $word != --include=* ]] || word=--include=celery_tmux,nobody_has
    words+=("$word")
done
exec celery "${words[@]}"
END
    chmod +x "$SCRATCH/wrapper"
    configure_app tasks "celery_cmd = \"'$SCRATCH/wrapper'\";"
    check_says 69 "error: celery: Celery lacks a module and says \"ModuleNotFoundError: No module named 'nobody_has'"
}

@test "what is wrong comes first, and what is well is a line a worker" {
    local conf=$HOME/.config/celery-tmux/celery-tmux.conf

    configure <<END
defaults = { app = "tasks"; worker_dir = "$APP_DIR"; broker = "memory://"; };
workers = ( { queue = "good"; }, { queue = "odd"; hostname = "fixed@name"; },
    { queue = "bad"; app = "broken"; } );
END
    run "$LAUNCH" check
    echo "$output"
    [ "$status" -eq 69 ]
    [ "${#lines[@]}" -eq 6 ]
    [[ ${lines[0]} = 'error: bad: app broken cannot be imported'* ]]
    [[ ${lines[1]} = 'warning: odd: '*'use %h in it'* ]]
    [ "$(printf '%s\n' "${lines[@]:2}")" = "ok: $conf: good, odd, bad
ok: this node can run workers
ok: good: would start
ok: odd: would start; see its warning" ]
    run "$LAUNCH" check -v
    [ "${#lines[@]}" -ge 30 ]
    [ "$(cut -d : -f 1 <<<"$output" | uniq | xargs)" = 'error warning ok' ]
    [[ $output = *'ok: good: extra_args has no conflicting option'* ]]
    [[ $output = *'ok: good: no environment variable overrides a setting'* ]]
}

@test "an empty configuration, and none, are a warning" {
    local conf=$HOME/.config/celery-tmux/celery-tmux.conf

    for text in '' '# nothing' 'defaults = {};' 'workers = ();'; do
        configure <<<"$text"
        run "$LAUNCH" check --dry-run
        [ "$status" -eq 0 ]
        [ "$output" = "warning: $conf is empty, so the built-in defaults apply (celery); add workers and defaults, or remove it" ]
    done
    [ "$("$LAUNCH" check --dry-run --json | jq -r .level)" = warning ]
    configure <<<'defaults = { app = "tasks"; };'
    [ "$("$LAUNCH" check --dry-run)" = "ok: $conf: celery" ]
    rm "$conf"
    for option in --dry-run --hosts; do
        run "$LAUNCH" check "$option"
        [ "$status" -eq 0 ]
        [[ $output = 'warning: there is no configuration, so the built-in defaults apply ('*'); write ~/.config/celery-tmux/celery-tmux.conf' ]]
    done
}

@test "what is wrong on every node is found where none is named" {
    configure <<<'workers = ( { queue = "one"; }, { queue = "two"; } );'
    run "$LAUNCH" check --hosts
    [ "$status" -eq 0 ]
    [[ $output = *'names no nodes; every worker belongs on every node' ]]
    configure <<<'workers = ( { queue = "one"; }, { queue = "one"; } );'
    run "$LAUNCH" check --hosts
    echo "$output"
    [ "$status" -eq 78 ]
    [[ $output = *'celery-tmux.conf:1: there is already a worker one; '* ]]
    [[ $output != *'ok: '* ]]
}

@test "the same on every node, more with -v and --json, and for the chosen" {
    configure <<END
defaults = { app = "tasks"; worker_dir = "$APP_DIR"; broker = "memory://"; };
workers = ( { queue = "one"; }, { queue = "two"; } );
END
    diff <("$LAUNCH" check one --node=node001) \
        <("$LAUNCH" check one --node=node002)
    run "$LAUNCH" check one
    [ "$status" -eq 0 ]
    [ "$output" = "ok: $HOME/.config/celery-tmux/celery-tmux.conf: one
ok: this node can run workers
ok: one: would start" ]
    # A path has digits, too.
    fails grep -q '[0-9]' <<<"$(grep -v celery-tmux.conf <<<"$output")"
    run "$LAUNCH" check -v two
    [[ $output = *'ok: tmux is new enough (tmux '*')'* ]]
    [[ $output = *'ok: two: Celery runs and is new enough (Celery '*')'* ]]
    [[ $output != *'ok: one: '* ]]
    # Only reading takes no time and no Celery.
    run "$LAUNCH" check --dry-run --celery-cmd=none
    [ "$status" -eq 0 ]
    [ "$output" = "ok: $HOME/.config/celery-tmux/celery-tmux.conf: one, two" ]
    # The table, the manual page and the items are the same.
    "$LAUNCH" check --json two | "$PYTHON" -ISc '
import json, sys
for line in sys.stdin:
    one = json.loads(line)
    assert set(one) == {"level", "item", "worker", "text"}, one
    assert one["level"] == "ok" and one["worker"] in (None, "two"), one
    print(one["item"])' >"$SCRATCH/items"
    diff "$SCRATCH/items" <(sed -n 's/^\.It Cm \([a-z-]*\)$/\1/p' \
        "$ROOT/launcher/celery-tmux-launch.1")
    diff <(sed 1d "$SCRATCH/items") <(sed -n 's/^    { "\([a-z-]*\)", ".*/\1/p' \
        "$ROOT/launcher/doctor/doctor.c")
    echo 'workers = 1;' | configure
    run sh -c '"$LAUNCH" check --json 2>/dev/null'
    [ "$status" -eq 78 ]
    [[ $output = '{"level": "error", "item": "configuration", "worker": null'*'is not a list'* ]]
}

@test "with --json the level is that of the status, with no worker here, too" {
    configure <<<'workers = ( { queue = "gpu"; hosts = "n1"; } );'
    run_apart "$LAUNCH" check --json --node=n2 --queue=gpu
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(jq -r 'select(.text | test("nothing to do$")) | .level' <<<"$output")" = ok ]
    fails grep -q '"level": "error"' <<<"$output"
}
