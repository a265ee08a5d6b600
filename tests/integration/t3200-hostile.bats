#!/usr/bin/env bats
# bats file_tags=soak
#
# Values that a shell, tmux or libconfig would take for something else: each
# is refused in a sentence, with nothing started, or arrives byte for byte.
#
# A table of values times a table of settings, in the configuration and as
# --KEY=VALUE.  Each combination is asked of `check -N` alone; what is right is
# then started together, in workers of the stand-in's, and what they were given
# is compared.  `make soak` sets HOSTILE=all; otherwise each value meets two
# settings of each table.

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
        'größe 日本' $'invalid \377' $'\e[31m\001' "$(printf '%010240d' 7)" -
    )
    settings=(
        queue name app command worker_dir virtualenv environment variables
        extra_args session hostname broker ld_library_paths celery_config
        exclude_queues env_file
    )
    # Those that may be on the command line; it has one form of environment.
    flags=(
        app command worker_dir virtualenv variables extra_args session
        hostname broker ld_library_paths celery_config exclude_queues env_file
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

# prepare SETTING VALUE: $text, which is what to write for this setting, and
# the files that it names; what cannot be made, nobody can name either
prepare() {
    text=$2
    case $1 in
    worker_dir | virtualenv)
        text=$SCRATCH/where/$2
        mkdir -p "$text/bin" 2>/dev/null || true ;;
    variables) text=HOSTILE=$2 ;;
    env_file)
        # With respect to worker_dir, which may be hostile as well.
        mkdir -p "$SCRATCH/where/$2" 2>/dev/null || true
        for directory in "$HOME" "$SCRATCH/where/$2"; do
            (umask 077 && echo FROM_FILE=yes >"$directory/$2") 2>/dev/null ||
                true
        done ;;
    esac
}

# entry NAME VALUE SETTING...: a worker with this value in each, in $entry.
# One that is called after its queue has no session or node name of its own.
entry() {
    local name=$1 value=$2 key quoted command given=" ${*:3} "

    command="'$ROOT/tests/integration/stand-in' '$SCRATCH/seen/$name'"
    shift 2
    entry='{'
    for key; do
        prepare "$key" "$value"
        quote "$text"
        case $key in
        environment) quoted="{ HOSTILE = $quoted; }" ;;
        variables) key=environment quoted="( $quoted )" ;;
        extra_args | ld_library_paths | exclude_queues)
            quoted="[ $quoted ]" ;;
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

# option SETTING VALUE: the word --KEY=VALUE for it, in $option
option() {
    prepare "$1" "$2"
    case $1 in
    variables) option=--environment=$text ;;
    command)
        option="--celery-cmd='$ROOT/tests/integration/stand-in'"
        option+=" '$SCRATCH/seen/flagged' '${2//\'/\'\\\'\'}'" ;;
    *) option=--${1//_/-}=$text ;;
    esac
}

# place SETTING: the worker that it is given to, of the two, in $place
place() {
    # The command line's is one for all.
    [ ${#options[@]} -eq 0 ] || {
        place=flagged
        return 0
    }
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
    name) [ -e "$argv" ] && has <("$LAUNCH" status --json "${options[@]}" | "$PYTHON" -c '
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
    celery_config) has "$argv" "--config=$2" ;;
    exclude_queues) has "$argv" "--exclude-queues=$2" ;;
    env_file) has "$environ" FROM_FILE=yes ;;
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
        "$LAUNCH" status --json "${options[@]}" | "$PYTHON" -c '
import json, sys
for line in sys.stdin.buffer:
    print(json.loads(line.decode("utf-8", "replace"))["session"])'
    } | sort | diff - <(sessions)
}

# choose NUMBER SETTING...: those that the so manyth value is tried in, in
# $chosen
choose() {
    local number=$1

    shift
    chosen=("$@")
    [ "${HOSTILE-}" = all ] || [ $# -eq 0 ] || chosen=("${@:number % $# + 1:1}"
        "${@:(number + $# / 2) % $# + 1:1}")
}

# judge SETTING VALUE STATUS WORD...: count the combination, and put it among
# $right when `check -N` with these words finds nothing wrong
judge() {
    local setting=$1 value=$2 expected=$3 verdict=0

    shift 3
    combinations=$((combinations + 1))
    "$LAUNCH" check --dry-run "$@" >"$SCRATCH/check" 2>&1 || verdict=$?
    if [ "$verdict" -eq 0 ]; then
        right+=("$setting")
        return 0
    fi
    refused=$((refused + 1))
    is_refused "$expected" "$LAUNCH" start "$@" || complain "$setting"
}

# complain [SETTING]: what was said above is wrong for $value
complain() {
    echo "^ ${1-all} = $shown"
    wrong=$((wrong + 1))
}

# start_and_compare: with $options, what is $right
start_and_compare() {
    "$LAUNCH" start "${options[@]}" >"$SCRATCH/out" 2>&1 || {
        cat -v "$SCRATCH/out"
        complain "start of ${right[*]}"
    }
    for setting in "${right[@]}"; do
        arrived "$setting" "$value" || complain "$setting"
    done
    only_those_sessions || complain
    nobody_was_hit || complain
    "$LAUNCH" kill --now "${options[@]}" >"$SCRATCH/out" 2>&1 || {
        cat -v "$SCRATCH/out"
        complain kill
    }
    [ "$(sessions)" = celery-bystander ]
    rm -rf "$HOME/.local"
    find "$SCRATCH/seen" -type f -delete
}

# begin_value NUMBER SETTING...: what both tests do with each value
begin_value() {
    value=${values[$1]}
    printf -v shown '%q' "${value:0:40}"
    right=() options=()
    choose "$@"
}

# conclude: nothing was wrong
conclude() {
    tell "$BATS_TEST_DESCRIPTION: $combinations combinations," \
        "$refused refused, $((combinations - refused - wrong)) arrived"
    [ "$wrong" -eq 0 ]
    nobody_was_hit
}

@test "hostile values in the configuration are refused or arrive unchanged" {
    combinations=0 refused=0 wrong=0
    configure </dev/null
    file=$HOME/.config/celery-tmux/celery-tmux.conf
    mkdir "$SCRATCH/seen/called" "$SCRATCH/seen/named"
    for number in "${!values[@]}"; do
        begin_value "$number" "${settings[@]}"
        for setting in "${chosen[@]}"; do
            entry alone "$value" "$setting"
            echo "workers = ( $entry );" >"$file"
            judge "$setting" "$value" 78
        done
        called=() named=()
        for setting in "${right[@]}"; do
            place "$setting"
            [ $place = named ] || called+=("$setting")
            [ $place = called ] || named+=("$setting")
        done
        entry called "$value" "${called[@]}"
        echo "workers = ( $entry," >"$file"
        entry named "$value" "${named[@]}"
        echo "$entry );" >>"$file"
        start_and_compare
    done
    conclude
}

@test "hostile values as --KEY=VALUE are refused or arrive unchanged" {
    combinations=0 refused=0 wrong=0
    mkdir "$SCRATCH/seen/flagged"
    options=()
    entry flagged ''
    configure <<<"workers = ( $entry );"
    for number in "${!values[@]}"; do
        begin_value "$number" "${flags[@]}"
        given=()
        for setting in "${chosen[@]}"; do
            option "$setting" "$value"
            before=${#right[@]}
            judge "$setting" "$value" 64 "$option"
            [ "${#right[@]}" -eq "$before" ] || given+=("$option")
        done
        options=("${given[@]}")
        start_and_compare
    done
    conclude
}

@test "hostile values as --queue are refused or arrive unchanged" {
    combinations=0 refused=0 wrong=0
    options=()
    entry flagged ''
    configure <<<"defaults = ${entry/ name = \"flagged\";/};"
    sed -i 's/ queue = "q-flagged";//' "$HOME/.config/celery-tmux/celery-tmux.conf"
    mkdir -p "$SCRATCH/seen/flagged"
    for number in "${!values[@]}"; do
        begin_value "$number"
        combinations=$((combinations + 1))
        options=("--queue=$value")
        if "$LAUNCH" show "${options[@]}" >"$SCRATCH/shown" 2>&1; then
            right=(queue)
            start_and_compare
        else
            refused=$((refused + 1))
            is_refused 64 "$LAUNCH" start "${options[@]}" || complain queue
        fi
    done
    conclude
}
