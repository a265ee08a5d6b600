#!/usr/bin/env bats
#
# The examples of celery-tmux-migrating(7): Celery takes what was written for
# celery multi, systemd and supervisord, and its conversion, started for real,
# runs workers of the same options.

load lib
load readme

setup_file() {
    begin_file
    redis_start
    mkdir -p "$HOME/.config/celery-tmux"
    (cd "$HOME" && project_script | bash)
    cat >>"$HOME/proj/proj.py" <<'END'

@app.task
def add(x, y):
    return x + y
END
    export PROJECT=$HOME/proj
}

teardown() {
    end_test
    "$LAUNCH" kill --now >/dev/null 2>&1 || true
}

# display SECTION NUMBER: what is displayed there, -1 being the last
display() {
    "$PYTHON" -ISc '
import re, sys
page, section, number, home = sys.argv[1:]
text = re.search(r"^\.Sh FROM %s\n(.*?)^\.Sh " % section, open(page).read(),
                 re.M | re.S)[1]
shown = re.findall(r"^\.Bd [^\n]*\n(.*?)^\.Ed$", text, re.M | re.S)
print(shown[int(number)].replace(r"\e", "\\").replace("/home/ada", home),
      end="")' "$ROOT/launcher/celery-tmux-migrating.7" "$1" "$2" "$HOME"
}

# convert SECTION: its last display becomes the configuration
convert() {
    display "$1" -1 | sed "s|^defaults = {|& broker = \"$REDIS_URL\";|" |
        configure
    "$LAUNCH" check
}

# same_options FILE: each line of it is how a worker was called before, and
# `show` has each of its options for the worker of that name
same_options() {
    "$LAUNCH" show | sed -n 's/^exec //p' | "$PYTHON" -ISc '
import shlex, socket, sys
LONG = dict(A="app", Q="queues", c="concurrency", P="pool", l="loglevel",
            n="hostname", O="optimization")
OURS = "detach", "pidfile", "logfile", "executable"

def workers(lines):
    found = {}
    for line in lines:
        options, words = {}, iter(shlex.split(line))
        for word in words:
            if not word.startswith("-") or word == "-m":
                continue
            key, equals, value = word.lstrip("-").partition("=")
            if not word.startswith("--"):
                key, value = LONG[word[1]], word[2:] or next(words)
            elif not equals and key not in OURS and "out" not in key:
                value = next(words)
            if key not in OURS:
                options[key] = value.replace("%h", socket.gethostname())
        options["loglevel"] = options["loglevel"].upper()
        found[options["hostname"].split("@")[0]] = options
    return found

before, now = workers(open(sys.argv[1])), workers(sys.stdin)
print(before, now, sep="\n")
sys.exit(sorted(before) != ["celery", "media"] or sorted(now) != sorted(before)
         or any(before[name].items() - now[name].items() for name in now))' "$1"
}

# they_work: both are started and take tasks from their queues
they_work() {
    "$LAUNCH" start
    [ "$("$LAUNCH" status)" = $'celery: running\nmedia: running' ]
    cd "$PROJECT"
    CELERY_BROKER_URL=$REDIS_URL CELERY_RESULT_BACKEND=$REDIS_URL \
        "$PYTHON" - <<'END'
import proj
proj.app.conf.result_backend = proj.app.conf.broker_read_url
for queue in "celery", "video", "image":
    proj.add.apply_async((1, 2), queue=queue)
END
    wait_for logged celery 1
    wait_for logged media 2
    "$LAUNCH" stop
}

# logged NAME COUNT: so many tasks it has done
logged() {
    [ "$("$LAUNCH" logs "$1" | grep -c 'proj.add.* succeeded')" -eq "$2" ]
}

@test "from celery multi" {
    convert 'CELERY MULTI'
    display 'CELERY MULTI' 0 | sed 's/multi start/multi show/' >"$SCRATCH/old"
    (cd "$HOME" && bash "$SCRATCH/old") | grep worker >"$SCRATCH/before"
    same_options "$SCRATCH/before"
    they_work
}

@test "from systemd, with the unit of Celery's documentation" {
    convert SYSTEMD
    # A blank in it would part it in two.
    display SYSTEMD 0 | sed "s|$PROJECT/||" >"$SCRATCH/conf.d"
    {
        printf '[Unit]\nDescription=Celery Service\n'
        display SYSTEMD 1 | sed "s|/etc/conf.d/celery|$SCRATCH/conf.d|"
    } >"$SCRATCH/celery.service"
    # What it would run, with its own variables.
    sed -e ':a; /\\$/{N; s/\\\n *//; ba}' "$SCRATCH/celery.service" |
        sed -n "s/^ExecStart=\/bin\/sh -c '\(.*\)'$/\1/p" |
        sed 's/multi start/multi show/' >"$SCRATCH/old"
    [ -s "$SCRATCH/old" ]
    # shellcheck disable=SC1091
    (set -a && . "$SCRATCH/conf.d" && cd "$PROJECT" && sh "$SCRATCH/old") |
        grep worker >"$SCRATCH/before"
    same_options "$SCRATCH/before"
    if [ -z "$(type -P systemd-analyze)" ]; then
        echo "there is no systemd here"
    else
        run env XDG_RUNTIME_DIR="$SCRATCH" systemd-analyze --man=no verify \
            "$SCRATCH/celery.service"
        echo "$output"
        [[ $output != *celery.service:[0-9]* ]]
    fi
    # Lines that are no options of Celery's.
    for pair in TimeoutStopSec=stop_timeout Nice=nice LimitNOFILE=nofile; do
        value=$(sed -n "s/^${pair%=*}=//p" "$SCRATCH/celery.service")
        display SYSTEMD -1 | grep -qw "${pair#*=} = $value"
    done
    they_work
}

@test "from supervisord" {
    convert SUPERVISORD
    display SUPERVISORD 0 >"$SCRATCH/supervisord.conf"
    "$PYTHON" -ISc '
import configparser, sys
config = configparser.RawConfigParser()
config.read(sys.argv[1])
for name in config.sections():
    program = config[name]
    print(" ".join(program["command"].replace("%%", "%").split()))' \
        "$SCRATCH/supervisord.conf" >"$SCRATCH/before"
    same_options "$SCRATCH/before"
    "$LAUNCH" show media | grep -x 'export OMP_NUM_THREADS=1'
    "$LAUNCH" show media | grep -x 'export MEDIA=/srv/media'
    they_work
}

@test "the tables name settings and commands that there are" {
    "$LAUNCH" settings | sed -n 's/^  \([A-Za-z_][A-Za-z_]*\) .*/\1/p' \
        >"$SCRATCH/settings"
    # A word with _ is a setting, but for those of the others.
    sed -n 's/^\.It .* Ta //p' "$ROOT/launcher/celery-tmux-migrating.7" |
        grep -oE '\b[a-z]+(_[a-z]+)+\b' | sort -u >"$SCRATCH/named"
    [ "$(wc -l <"$SCRATCH/named")" -ge 8 ]
    fails grep -vxFf "$SCRATCH/settings" "$SCRATCH/named"
}
