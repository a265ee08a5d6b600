#!/usr/bin/env bats
# bats file_tags=sanitized
#
# `show` prints exactly what `start` does: the words given to tmux, the words
# that are executed in the session, and all of the environment there.
#
# One configuration holds a worker for each combination of settings.  Its text
# from `show` is typed into a shell, in an environment of nothing: the stand-in
# then writes down the same words, environment and directory as in its session.

load lib
load stand-in

setup_file() {
    begin_file
    cd "$SCRATCH"
    mkdir "$SCRATCH/bin" "$SCRATCH/tmux-words" "$SCRATCH/a dir" \
        "$SCRATCH/venv" "$SCRATCH/venv/bin"

    # Every call of tmux leaves its words behind.
    cat >"$SCRATCH/bin/tmux" <<'END'
#!/bin/bash
printf '%s\0' "$@" >"$SCRATCH/tmux-words/$$"
exec /usr/bin/tmux "$@"
END
    chmod +x "$SCRATCH/bin/tmux"

    # NAME | SETTINGS of the combination
    cat >"$SCRATCH/combinations" <<'END'
plain     |
app       | app = "a.b.c:app";
broker    | broker = "redis://127.0.0.1:1/0"; result_backend = "rpc://";
queues    | queue = "one,two,three";
list      | queue = [ "first", "second" ]; exclude_queues = [ "a", "b" ];
number    | concurrency = 3;
share     | concurrency = "50%"; pool = "threads";
allbut    | concurrency = "all-1"; pool = "solo";
autoscale | autoscale = "10,3"; prefetch_multiplier = 4;
limits    | time_limit = "90.5"; soft_time_limit = 60;
children  | max_tasks_per_child = 7; max_memory_per_child = 200000;
oldnames  | maxtasksperchild = 9; events = true; discard = true;
unset     | max_tasks_per_child = ""; heartbeat_interval = ""; loglevel = "";
switches  | heartbeat = false; gossip = true; mingle = false; purge = true;
quiet     | quiet = true; no_color = true; loglevel = "debug"; beat = true;
files     | statedb = "~/state db"; schedule_filename = "/var/x; y";
classes   | scheduler = "a.B"; loader = "c.D"; celery_config = "e"; app = "f";
newer     | disable_prefetch = true; skip_checks = true; optimization = "fair";
hostname  | hostname = "it's-me@%h"; include = "one,two"; task_events = true;
extra     | extra_args = [ "--x=$(id)", "a b", "`id`", "don't", "\"", "*", ";" ];
shell     | app = "$HOME;id|cat"; extra_args = [ "", "~", "#{pid}", "end;", "\\" ];
variables | environment = { A = "1"; B = "two words"; C = "a'b\"c"; D = "$A"; };
pairs     | environment = ( "E=x=y", "F=", "PATH=/opt/bin:/usr/bin:/bin" );
libraries | ld_library_paths = [ "/opt/a", "/opt/b c" ]; environment = { LD_LIBRARY_PATH = "/old"; };
virtual   | virtualenv = "~/venv"; environment = { PYTHONPATH = "/mine"; };
setup     | worker_setup_cmd = "export MADE='by setup'; unset LANG"; concurrency = 2;
twolines  | worker_setup_cmd = "cd /\nM=2\nexport M"; shell = "/bin/sh";
directory | worker_dir = "~/a dir"; tmux_history_limit = 77;
session   | session = "my.own:session #{pid}"; queue = "q.1:2";
utf8      | app = "größe"; queue = "schlange-ü"; environment = { Ü_ = ""; };
END
    # The last of these would be refused: letters of a variable are ASCII.
    sed -i 's/ environment = { Ü_ = ""; };//' "$SCRATCH/combinations"
    ln -s "$SCRATCH/a dir" "$SCRATCH/venv" "$HOME"
    {
        echo 'workers = ('
        separator=
        while IFS='|' read -r name settings; do
            name=${name%% *}
            printf '%s{ name = "%s"; celery_cmd = "%s"; %s' "$separator" \
                "$name" "$(stand_in "$name")" "$settings"
            [[ $settings = *' queue ='* ]] || printf 'queue = "%s";' "$name"
            printf ' }'
            separator=$',\n'
        done <"$SCRATCH/combinations"
        echo ');'
    } | configure
}

# The tests below look at what this one makes.
@test "what 30 combinations of settings show is changed by no start" {
    "$LAUNCH" show >"$SCRATCH/shown"
    [ ! -e "$HOME/.local" ]
    [ -z "$(sessions)" ]
    split
    PATH=$SCRATCH/bin:$PATH run "$LAUNCH" start
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c ': started$' <<<"$output")" -eq "$(names | wc -l)" ]
    [ "$(names | wc -l)" -ge 25 ]
    # But for the number of the run that would be next.
    "$LAUNCH" show | sed 's,/runs/[0-9]*,/runs/00000001,g' |
        diff "$SCRATCH/shown" -
}

# names: of the combinations
names() {
    sed 's/ *|.*//' "$SCRATCH/combinations"
}

# split: what was shown, a file for each worker; `show` of one is the same
split() {
    local name

    for name in $(names); do
        "$LAUNCH" show "$name" >"$(seen "$name" shown)"
        [ "$(head -n 1 "$(seen "$name" shown)")" = "# $name" ]
    done
    # Each but the first has an empty line before it.
    for name in $(names); do
        [ "$name" = plain ] || echo
        cat "$(seen "$name" shown)"
    done | diff "$SCRATCH/shown" -
}

# variables FILE: sorted, less what differs from run to run or is a shell's
variables() {
    sort -z "$1" | tr '\n\0' '\1\n' |
        grep -v -E '^(NOTIFY_SOCKET|CELERY_TMUX_ID|TERM)=' |
        grep -v -E '^(PWD|OLDPWD|SHLVL|_)='
}

@test "typed into a shell, it runs the same words in the same environment" {
    for name in $(names); do
        dir=$SCRATCH/seen/$name
        shell=$(sed -n 's/.*shell = "\(\/[^"]*\)".*/\1/p' \
            <(grep "^$name " "$SCRATCH/combinations"))
        sed 1,3d "$dir/shown" >"$dir/script"
        sed -n 3p "$dir/shown" | grep '^# in the session'
        (cd "$HOME" && exec env -i "${shell:-/bin/bash}" "$dir/script")

        echo "worker $name:"
        cmp "$dir/argv" "$dir/typed-argv" || {
            diff <(tr '\0' '\n' <"$dir/argv") <(tr '\0' '\n' <"$dir/typed-argv")
            false
        }
        diff <(variables "$dir/environ") <(variables "$dir/typed-environ")
        cmp "$dir/cwd" "$dir/typed-cwd"
    done
}

@test "what it leaves open is in the real environment, and nothing more" {
    for name in $(names); do
        dir=$SCRATCH/seen/$name
        real=$(tr '\0' '\n' <"$dir/environ" | sed 's/=.*//' | sort)
        [ "$real" = "$(sort -u <<<"$real")" ]
        for variable in NOTIFY_SOCKET CELERY_TMUX_ID TERM; do
            grep -qx "$variable" <<<"$real"
            fails grep -q "^export $variable=" "$dir/shown"
        done
        # No shell of ours adds anything where no setup command needs one.
        grep -qx -e PWD -e SHLVL -e _ <<<"$real" || continue
        [[ $name = setup || $name = twolines ]]
    done
}

@test "it shows the words that tmux is given" {
    for name in $(names); do
        eval "words=($(sed -n 2p "$(seen "$name" shown)"))"
        # shellcheck disable=SC2154 # eval sets it
        printf '%s\0' "${words[@]:1}" >"$(seen "$name" tmux-words)"
        [ "${words[0]}" = tmux ]
    done
    # Of calls that make a session there were no others.
    grep -lzx new-session "$SCRATCH/tmux-words"/* | xargs -d '\n' md5sum |
        cut -d ' ' -f 1 | sort >"$SCRATCH/real"
    md5sum "$SCRATCH/seen"/*/tmux-words | sed 's/^\\//' |
        cut -d ' ' -f 1 | sort | diff - "$SCRATCH/real"
    [ "$(wc -l <"$SCRATCH/real")" -eq "$(names | wc -l)" ]
}

@test "settings arrive as the words that they are to become" {
    cat >"$SCRATCH/expected" <<'END'
app       --app=a.b.c:app
queues    --queues=one,two,three
list      --queues=first,second
list      --exclude-queues=a,b
number    --concurrency=3
autoscale --autoscale=10,3
limits    --time-limit=90.5
oldnames  --max-tasks-per-child=9
oldnames  --task-events
oldnames  --purge
switches  --without-heartbeat
switches  --without-mingle
plain     --without-gossip
plain     --loglevel=INFO
plain     --max-tasks-per-child=1024
newer     -Ofair
hostname  --hostname=it's-me@%h
hostname  --include=one,two,celery_tmux
extra     --x=$(id)
extra     a b
extra     ;
shell     end;
shell     #{pid}
unset     --max-tasks-per-child=1024
unset     --loglevel=INFO
END
    while read -r name word; do
        grep -Fxzq -e "$word" "$(seen "$name" argv)" || {
            echo "$name lacks $word"
            false
        }
    done <"$SCRATCH/expected"
    fails grep -zq -e --without-gossip "$(seen switches argv)"
    # The broker is in the environment and in no word.
    grep -Fxzq CELERY_BROKER_URL=redis://127.0.0.1:1/0 \
        "$(seen broker environ)"
    fails grep -q -e redis: "$(seen broker argv)"
    "$LAUNCH" kill --now >"$SCRATCH/killed"
    fails grep -v ': killed$' "$SCRATCH/killed"
}

@test "what env_file says is shown by its names alone" {
    local conf=$SCRATCH/envfile.conf

    (umask 077 && cat >"$APP_DIR/secrets" <<'END'
HARMLESS=tellnobody
export PATH=/tellnobody/bin
TOKEN='tellnobody'
OVER=tellnobody
END
    )
    echo "workers = ( { queue = \"q\"; worker_dir = \"$APP_DIR\";
        env_file = \"secrets\"; environment = { OVER = \"said\"; };
        virtualenv = \"/venv\"; } );" >"$conf"
    run "$LAUNCH" -c "$conf" show
    [ "$status" -eq 0 ]
    [[ $output != *tellnobody* ]]
    grep -qxF "# (**** for all that env_file $APP_DIR/secrets says)" \
        <<<"$output"
    grep -qxF "export 'HARMLESS=****'" <<<"$output"
    grep -qxF "export 'TOKEN=****'" <<<"$output"
    grep -qxF "export 'PATH=/venv/bin:****'" <<<"$output"
    grep -qxF "export OVER=said" <<<"$output"
    # One that is not there stops a start; the rest is shown all the same.
    rm "$APP_DIR/secrets"
    run "$LAUNCH" -c "$conf" show
    [ "$status" -eq 78 ]
    grep -qF "(without env_file $APP_DIR/secrets, which cannot be read)" \
        <<<"$output"
    grep -q '^exec celery ' <<<"$output"
    grep -q 'cannot read env_file .*; create it, or leave' <<<"$output"
    rm "$conf"
}

# rows: KEY FLAG GLOBAL-OR-WORKER SINCE of each row of the table with a flag
rows() {
    "$PYTHON" -ISc '
import re, sys
for row in re.findall(r"\n\[SETTING_\w+\] = \{(.*?)\n\},", sys.stdin.read(),
                      re.S):
    field = dict(re.findall(r"\.(key|flag|use|since|type) = \"?([\w.=-]*)",
                            row))
    if field.get("use") in ("USE_CELERY", "USE_WORKER"):
        print(field["key"], field["flag"].rstrip("="), field["use"],
              field.get("since", "0"))
' <"$ROOT/launcher/config/setting.c"
}

@test "every flag of the table is one that the installed Celery lists" {
    version=$("$PYTHON" -c 'import celery; print(celery.__version__)')
    celery --help >"$SCRATCH/USE_CELERY"
    celery worker --help >"$SCRATCH/USE_WORKER"
    rows >"$SCRATCH/rows"
    [ "$(wc -l <"$SCRATCH/rows")" -ge 30 ]
    listed=0
    while read -r key flag use since; do
        if grep -q -E -e "(^|[ ,])$flag([ ,=]|\$)" "$SCRATCH/$use"; then
            listed=$((listed + 1))
            continue
        fi
        echo "$key: $flag is not listed by Celery $version; since $since"
        [[ $since != 0 && $since != "$version" ]]
        [ "$(printf '%s\n' "$since" "$version" | sort -V | tail -n 1)" = \
            "$since" ]
    done <"$SCRATCH/rows"
    [ "$listed" -ge 28 ]
}

@test "with every setting given, every flag of the table is shown" {
    rows >"$SCRATCH/rows"
    cat >"$SCRATCH/all.conf" <<'END'
workers = ( {
    queue = "q"; app = "a"; concurrency = 2; pool = "solo"; autoscale = "2";
    prefetch_multiplier = 1; disable_prefetch = true; optimization = "fair";
    max_tasks_per_child = 1; max_memory_per_child = 1; time_limit = 1;
    soft_time_limit = 1; hostname = "h"; exclude_queues = "x"; include = "i";
    heartbeat = false; heartbeat_interval = 1; gossip = false;
    mingle = false; task_events = true; purge = true; loglevel = "info";
    no_color = true; quiet = true; statedb = "s"; beat = true;
    schedule_filename = "f"; scheduler = "s"; loader = "l";
    celery_config = "c"; skip_checks = true;
} );
END
    chmod 600 "$SCRATCH/all.conf"
    eval "words=($("$LAUNCH" -c "$SCRATCH/all.conf" show | sed -n 's/^exec //p'))"
    place=USE_CELERY
    for word in "${words[@]:1}"; do
        if [ "$word" = worker ]; then
            place=USE_WORKER
            continue
        fi
        [[ $word = -O* ]] && word=-O
        echo "${word%%=*} $place"
    done | sort -u >"$SCRATCH/shown-flags"
    cut -d ' ' -f 2,3 "$SCRATCH/rows" | sort | diff - "$SCRATCH/shown-flags"
}
