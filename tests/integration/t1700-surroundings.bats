#!/usr/bin/env bats
# bats file_tags=sanitized
#
# A worker's environment, umask and directory are the same whether it
# is started from nothing, from cron or from a login shell full of exports.

load lib
load stand-in

setup_file() {
    begin_file
    redis_start
    configure_app tasks \
        'pool = "solo"; mingle = false; kill_existing = false;' \
        '{ queue = "celery"; environment = { MINE = "mine"; }; }'
    # As a login leaves it: everything that could disturb a worker, and more.
    cat >"$HOME/.bash_profile" <<END
export PATH="$HOME/bin:/opt/nothing:\$PATH"
export PYTHONPATH="$HOME/modules" PYTHONHASHSEED=1 PYTHONUNBUFFERED=1
export APP=another BROKER_URL=redis://127.0.0.1:1/9
export CELERY_BROKER_URL=redis://127.0.0.1:1/8 CELERY_CONFIG_MODULE=none
export CELERY_TMUX_ID=another CELERY_TMUX_RECORD=/nowhere
export FORKED_BY_MULTIPROCESSING=1 NOTIFY_SOCKET=@nobody
export LC_ALL=C LANG=de_DE.UTF-8 LANGUAGE=de TZ=Asia/Tokyo
export LD_LIBRARY_PATH=/usr/local/lib VIRTUAL_ENV=/opt/venv
export PS1='login: ' EDITOR=vi MAIL=/var/mail/somebody SHELL=/bin/dash
export USER=somebody LOGNAME=somebody PWD_OF_LOGIN=\$PWD
export BASH_ENV="$HOME/.bash_env" ENV="$HOME/.bash_env"
export TERM=vt100 COLUMNS=17 LINES=5 SHLVL=7 TWO_LINES=\$'one\ntwo'
a_function() { :; }
export -f a_function
umask 077
END
    echo 'export FROM_BASH_ENV=yes' >"$HOME/.bash_env"
    # What Celery finds in the wrong place would end it.
    mkdir "$HOME/modules" "$HOME/bin"
    echo 'raise SystemExit("the module of the login")' |
        tee "$HOME/modules/tasks.py" >"$HOME/modules/celery.py"
    # shellcheck disable=SC2016
    printf '#!/bin/sh\necho "$0" >>"%s"\nexit 1\n' "$HOME/wrong-celery" \
        >"$HOME/bin/celery"
    chmod +x "$HOME/bin/celery"
}

teardown() {
    local server

    server=$(tmux display-message -p '#{pid}' 2>/dev/null) || server=
    "$LAUNCH" kill --now >/dev/null
    # Another tmux server for each, made by the start itself.
    tmux kill-server 2>/dev/null || true
    [ -z "$server" ] || wait_for fails is_running "$server"
    end_test
}

@test "the tmux server that a start makes holds nothing of its caller's" {
    fails tmux has-session 2>/dev/null
    flock "$SCRATCH/locked" "$LAUNCH" start
    flock --nonblock "$SCRATCH/locked" true
    # A pipe ends with who wrote into it.
    "$LAUNCH" kill
    wait_for fails tmux has-session
    exec 5> >(cat; : >"$SCRATCH/pipe-ended")
    "$LAUNCH" start
    exec 5>&-
    wait_for test -e "$SCRATCH/pipe-ended"
}

# started_from WORD...: `start` behind these words makes server and worker;
# what the worker has is then in $SCRATCH/had.KIND
started_from() {
    local kind=$1

    shift
    fails tmux has-session 2>/dev/null
    run "$@"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$output" = 'celery: started' ]
    note_down "$kind"
}

# note_down KIND: environment and surroundings, in the worker's own words
note_down() {
    app_python '
import json, re
from tasks import app
asked = [app.send_task("tasks." + name, queue="celery")
         for name in ("env", "surroundings")]
variables, had = [result.get(timeout=30) for result in asked]
# It differs for each run.
assert len(variables.pop("CELERY_TMUX_ID")) >= 16
for name in sorted(variables):
    print(name + "=" + repr(variables[name]))
# The terminal has another number each time.
for number, name in had["descriptors"].items():
    had["descriptors"][number] = re.sub(r"\d+$", "N", name)
for name in sorted(had):
    print(name + ": " + json.dumps(had[name], sort_keys=True))
' >"$SCRATCH/had.$1"
    # As the kernel has it from execve, and not as Celery changed it since.
    tr '\0' '\n' <"/proc/$(worker_pid celery)/environ" |
        grep -v -e '^CELERY_TMUX_ID=' -e '^NOTIFY_SOCKET=' |
        sed 's/^/execve: /' >>"$SCRATCH/had.$1"
    # A run has a directory of its own.
    sed -i -E 's,(/celery-celery/runs/)[0-9]{8}\>,\1N,' "$SCRATCH/had.$1"
    [ "$(grep -c '=' "$SCRATCH/had.$1")" -ge 20 ]
}

# the_same KIND: as started from nothing
the_same() {
    diff "$SCRATCH/had.nothing" "$SCRATCH/had.$1"
}

@test "from nothing but a home" {
    cd /
    started_from nothing env -i HOME="$HOME" TMUX_TMPDIR="$TMUX_TMPDIR" \
        "$LAUNCH" start
    cat "$SCRATCH/had.nothing"
    grep -qx "HOME='$HOME'" "$SCRATCH/had.nothing"
    grep -qx "USER='$(id -un)'" "$SCRATCH/had.nothing"
    grep -qx "MINE='mine'" "$SCRATCH/had.nothing"
    grep -qx "LANG='C.UTF-8'" "$SCRATCH/had.nothing"
    grep -qx "CELERY_BROKER_URL='$REDIS_URL'" "$SCRATCH/had.nothing"
    grep -qx "cwd: \"$APP_DIR\"" "$SCRATCH/had.nothing"
    grep -qx 'umask: "0022"' "$SCRATCH/had.nothing"
}

@test "from cron" {
    # What it hands on: a pipe, a line of its own, no terminal, no TMUX_TMPDIR
    # unless the crontab says so.
    cd "$HOME"
    started_from cron env -i HOME="$HOME" LOGNAME="$(id -un)" \
        PATH=/usr/bin:/bin SHELL=/bin/sh TMUX_TMPDIR="$TMUX_TMPDIR" \
        /bin/sh -c "exec setsid -w '$LAUNCH' start </dev/null 2>&1 | cat"
    the_same cron
}

@test "without a home it is the one of the password database" {
    # That one is nobody's to write in, so the record and the configuration
    # are said; a home is what may differ.
    state=$SCRATCH/state
    conf=$HOME/.config/celery-tmux/celery-tmux.conf
    home=$(getent passwd "$(id -u)" | cut -d : -f 6)
    cd /tmp
    run env -i PATH=/usr/bin:/bin SHELL=/bin/sh TMUX_TMPDIR="$TMUX_TMPDIR" \
        /bin/sh -c "'$LAUNCH' start -c '$conf' --state-dir='$state'"
    echo "$output"
    [ "$status" -eq 0 ]
    task env | "$PYTHON" -ISc '
import json, sys
for name, text in sorted(json.load(sys.stdin).items()):
    print(name + "=" + repr(text))' >"$SCRATCH/without"
    env -u HOME "$LAUNCH" kill --now -c "$conf" --state-dir="$state"

    grep -qx "HOME='$home'" "$SCRATCH/without"
    differ='^(HOME|CELERY_TMUX_ID|CELERY_TMUX_RECORD|PYTHONPATH)='
    sed -n '/^[A-Za-z_]*='"'/p" "$SCRATCH/had.nothing" |
        grep -v -E "$differ" >"$SCRATCH/expected"
    grep -v -E "$differ" "$SCRATCH/without" | diff "$SCRATCH/expected" -
    [ "$(wc -l <"$SCRATCH/expected")" -ge 8 ]
}

@test "from a login shell with a profile full of exports" {
    cd "$HOME"
    # It does reach the program.
    env -i HOME="$HOME" bash -lc 'umask; env' >"$SCRATCH/login"
    grep -qx 0077 "$SCRATCH/login"
    grep -qx BROKER_URL=redis://127.0.0.1:1/9 "$SCRATCH/login"
    grep -q '^BASH_FUNC_a_function' "$SCRATCH/login"

    started_from login env -i HOME="$HOME" TMUX_TMPDIR="$TMUX_TMPDIR" \
        bash -lc "exec '$LAUNCH' start"
    the_same login
    [ ! -e "$HOME/wrong-celery" ]
}

@test "in a tmux server that was made by such a login" {
    # Its global environment is the login's, and what it starts has its umask.
    cd "$HOME"
    env -i HOME="$HOME" TMUX_TMPDIR="$TMUX_TMPDIR" \
        bash -lc "TERM=screen exec tmux new-session -d -s mine" 3>&-
    tmux set-environment -g LATER later
    tmux show-environment -g | grep -qx APP=another
    run env -i HOME="$HOME" TMUX_TMPDIR="$TMUX_TMPDIR" "$LAUNCH" start
    echo "$output"
    [ "$output" = 'celery: started' ]
    note_down server
    the_same server
}

@test "the record and its directories are private whatever the umask" {
    rm -rf "$HOME/.local"
    (umask 000 && "$LAUNCH" start --celery-cmd="$(stand_in open)")
    record=$(echo "$HOME"/.local/state/celery-tmux/*/celery-celery)
    find "$HOME/.local/state/celery-tmux" ! -type l -perm /077 -ls \
        >"$SCRATCH/open"
    fails grep . "$SCRATCH/open"
    [ "$(stat -c %a "$(run_of "$record")/worker")" = 600 ]
    # The worker has the usual one all the same.
    [ "$(cat "$(seen open umask)")" = 0022 ]
}
