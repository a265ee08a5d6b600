#!/usr/bin/env bats
#
# Values that a shell, tmux or libconfig would take for something else: each
# is refused in a sentence, with nothing started, or arrives byte for byte.
#
# A table of values times a table of settings.  Each combination is asked of
# `check` alone; what is right is then started together, in two workers of the
# stand-in's, and what they were given is compared.

load lib
load stand-in

# A locale would make bash look at characters, and these are about bytes.
setup_file() {
    begin_file
    export LC_ALL=C
    mkdir "$SCRATCH/where" "$SCRATCH/work" "$SCRATCH/seen"
    # Whoever executes one of the values leaves a file with this name.
    tmux new-session -d -s celery-bystander -n stands -x 90 -y 40 -c "$SCRATCH/where" \
        'echo "I stand by"; exec sleep 1000000' 3>&-
    wait_for bystander_speaks
    bystander >"$SCRATCH/bystander"
}

# The bystander's process is no leftover, so it has to go with the server.
teardown_file() {
    tmux kill-server 2>/dev/null || true
    end_file
}

setup() {
    cd "$SCRATCH/work"
    # shellcheck disable=SC1003,SC2016,SC2088 # that is the point
    values=(
        'two  words ' "don't" 'say "x"' '"'\''\' ';' 'end;'
        'a;touch hit' '#(touch hit)' '#{pane_pid}' '$(touch hit)' '`touch hit`'
        '~ $HOME * %1 {} &' '%h%n%' 'back\slash\n' $'two\nlines\n'
        $'\ntouch hit\n' '-leading' '--help' '=celery-bystander'
        'größe 日本' $'invalid \377' $'\e[31m\001' "$(printf '%010240d' 7)"
    )
    settings=(
        queue name app command worker_dir virtualenv environment variables
        extra_args session hostname broker ld_library_paths
    )
}

# bystander: all that tmux knows of it, and of what all sessions share
bystander() {
    tmux list-panes -s -t '=celery-bystander:' -F '#{session_id} #{pane_pid}
        #{session_windows} #{pane_title} #{window_panes}
        #{pane_current_path} #{pane_dead} #{session_group}
        #{pane_start_command}'
    tmux show-options -t '=celery-bystander:'
    tmux show-options -w -t '=celery-bystander:'
    tmux show-environment -t '=celery-bystander'
    tmux capture-pane -p -S - -t '=celery-bystander:'
    tmux show-options -g
    tmux show-hooks -g
    tmux list-keys | cksum
}

bystander_speaks() {
    [[ $(screen celery-bystander) = 'I stand by' ]]
}

# nobody_was_hit: no shell ran anything, and nobody met the bystander
nobody_was_hit() {
    local found

    found=$(find "$SCRATCH" / /root /tmp -maxdepth 1 -name hit
        find "$SCRATCH" -name hit)
    if [ -n "$found" ]; then
        echo "executed: $found"
        return 1
    fi
    bystander | diff "$SCRATCH/bystander" -
}

# quote VALUE: as a string of libconfig's, in $quoted
quote() {
    quoted=${1//\\/\\\\}
    quoted=${quoted//\"/\\\"}
    quoted=${quoted//$'\n'/\\n}
    quoted=\"$quoted\"
}

# entry NAME VALUE SETTING...: a worker with this value in each, in $entry.
# One that is called after its queue has no session or node name of its own.
entry() {
    local name=$1 value=$2 key quoted command given=" ${*:3} "

    command="'$ROOT/tests/integration/stand-in' '$SCRATCH/seen/$name'"
    shift 2
    entry='{'
    for key; do
        quote "$value"
        case $key in
        worker_dir | virtualenv)
            quote "$SCRATCH/where/$value"
            # What cannot be made, nobody can name either.
            mkdir -p "$SCRATCH/where/$value/bin" 2>/dev/null || true ;;
        environment) quoted="{ HOSTILE = $quoted; }" ;;
        variables) key=environment quoted="( \"HOSTILE=${quoted#\"} )" ;;
        extra_args | ld_library_paths) quoted="[ $quoted ]" ;;
        command)
            command+=" '${value//\'/\'\\\'\'}'"
            continue ;;
        esac
        entry+=" $key = $quoted;"
    done
    quote "$command"
    entry+=" celery_cmd = $quoted;"
    [[ $given = *' name '* ]] || entry+=" name = \"$name\";"
    [[ $given = *' queue '* ]] || entry+=" queue = \"q-$name\";"
    entry+=' }'
}

# place SETTING: the worker that it is given to, of the two, in $place
place() {
    case $1 in
    session | hostname | variables) place=named ;;
    *) place=called ;;
    esac
}

# has FILE WORD: it is among the words there
has() {
    local found

    while IFS= read -r -d '' found || [ -n "$found" ]; do
        [ "$found" != "$2" ] || return 0
    done <"$1"
    echo "not among the words:"
    tr '\0' '\n' <"$1" | cat -v
    return 1
}

# arrived SETTING VALUE: at the stand-in
arrived() {
    local argv environ cwd place

    place "$1"
    argv=$(seen "$place" argv)
    environ=$(seen "$place" environ)
    case $1 in
    queue) has "$argv" "--queues=$2" ;;
    # Celery gets a node name made of it; the name itself is for status.
    name) [ -e "$argv" ] && has <("$LAUNCH" status --json | "$PYTHON" -c '
import json, os, sys
for line in sys.stdin.buffer:
    print(json.loads(line.decode("utf-8", "surrogateescape"))["worker"],
          end="\0")' 2>&1) "$2" ;;
    app) has "$argv" "--app=$2" ;;
    command | extra_args) has "$argv" "$2" ;;
    hostname) has "$argv" "--hostname=$2" ;;
    worker_dir)
        cwd=$(cat "$(seen "$place" cwd)"; echo /)
        [ "$cwd" = "$SCRATCH/where/$2/" ] || {
            echo "in $cwd"
            return 1
        } ;;
    virtualenv)
        has "$environ" "VIRTUAL_ENV=$SCRATCH/where/$2"
        grep -azq -e '^PATH=' "$environ" &&
            [[ $(tr '\0' '\1' <"$environ")$'\1' = \
                *"PATH=$SCRATCH/where/$2/bin:"* ]] ;;
    environment | variables) has "$environ" "HOSTILE=$2" ;;
    broker) has "$environ" "CELERY_BROKER_URL=$2" ;;
    ld_library_paths) has "$environ" "LD_LIBRARY_PATH=$2" ;;
    session) [ -e "$argv" ] ;;
    esac
}

# is_refused STATUS COMMAND...: with one sentence, and without a trace
is_refused() {
    local expected=$1 before

    shift
    before=$(sessions; find "$HOME/.local" 2>/dev/null || true)
    status=0
    "$@" >"$SCRATCH/out" 2>"$SCRATCH/err" || status=$?
    if [ "$status" -ne "$expected" ] || [ -s "$SCRATCH/out" ] ||
        [ "$(wc -l <"$SCRATCH/err")" -ne 1 ] ||
        grep -q $'[\001-\010\013-\037\177]' "$SCRATCH/err" ||
        [ "$(sessions; find "$HOME/.local" 2>/dev/null || true)" != "$before" ]
    then
        echo "status $status, expected $expected:"
        cat -v "$SCRATCH/out" "$SCRATCH/err"
        return 1
    fi
}

# only_those_sessions NAME...: of these workers, and the bystander's
only_those_sessions() {
    {
        echo celery-bystander
        "$LAUNCH" status --json | "$PYTHON" -c '
import json, sys
for line in sys.stdin.buffer:
    print(json.loads(line.decode("utf-8", "replace"))["session"])'
    } | sort | diff - <(sessions)
}

@test "every value in every setting is refused or arrives unchanged" {
    combinations=0 refused=0 wrong=0
    configure </dev/null
    file=$HOME/.config/celery-tmux/celery-tmux.conf
    mkdir "$SCRATCH/seen/called" "$SCRATCH/seen/named"
    for value in "${values[@]}"; do
        right=() called=() named=()
        find "$SCRATCH/seen" -type f -delete
        printf -v shown '%q' "${value:0:40}"
        for setting in "${settings[@]}"; do
            combinations=$((combinations + 1))
            entry alone "$value" "$setting"
            echo "workers = ( $entry );" >"$file"
            status=0
            "$LAUNCH" check >"$SCRATCH/check" 2>&1 || status=$?
            if [[ $setting = worker_dir && ${#value} -gt 4096 ]]; then
                # Where a directory is missing, that is seen at the start.
                refused=$((refused + 1))
                fails "$LAUNCH" start >"$SCRATCH/err" 2>&1
                grep -q 'worker_dir.*: File name too long' "$SCRATCH/err"
                "$LAUNCH" kill --now >/dev/null
                tmux kill-session -t =celery-q-alone 2>/dev/null || true
                rm -rf "$HOME/.local"
                continue
            fi
            if [ "$status" -eq 0 ]; then
                right+=("$setting")
                place "$setting"
                [ $place = named ] || called+=("$setting")
                [ $place = called ] || named+=("$setting")
                continue
            fi
            refused=$((refused + 1))
            is_refused 78 "$LAUNCH" start || {
                echo "^ $setting = $shown"
                wrong=$((wrong + 1))
            }
            echo "$setting = $shown: $(head -c 200 "$SCRATCH/err")" \
                >>"$SCRATCH/sentences"
        done
        entry called "$value" "${called[@]}"
        echo "workers = ( $entry," >"$file"
        entry named "$value" "${named[@]}"
        echo "$entry );" >>"$file"
        "$LAUNCH" start >"$SCRATCH/out" 2>&1 || {
            echo "starting ${right[*]} with $shown:"
            cat -v "$SCRATCH/out"
            wrong=$((wrong + 1))
        }
        for setting in "${right[@]}"; do
            arrived "$setting" "$value" || {
                echo "^ $setting = $shown"
                wrong=$((wrong + 1))
            }
        done
        only_those_sessions || wrong=$((wrong + 1))
        nobody_was_hit || wrong=$((wrong + 1))
        "$LAUNCH" kill --now >"$SCRATCH/out" 2>&1 || {
            cat -v "$SCRATCH/out"
            wrong=$((wrong + 1))
        }
        [ "$(sessions)" = celery-bystander ]
        rm -rf "$HOME/.local"
    done
    echo "# ${#values[@]} values in ${#settings[@]} settings: $combinations" \
        "combinations, $refused refused" >&3
    [ "$wrong" -eq 0 ]
    nobody_was_hit
}
