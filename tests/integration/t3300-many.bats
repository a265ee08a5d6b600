#!/usr/bin/env bats
#
# Ten workers with overlapping queues on one node, with real Celery: each is
# what `show` said it would be: in its session, on its command line, and in
# what it answers to `celery inspect`.

load lib

setup_file() {
    begin_file
    redis_start
    HOST=$(uname -n)
    export HOST
    configure_app tasks 'pool = "threads"; concurrency = 2; mingle = false;
        heartbeat = false; start_timeout = 100;' - <<END
    { queue = "gpu"; },
    { name = "big"; queue = "gpu,gpu-big"; concurrency = 3; },
    { name = "video"; queue = [ "video", "gpu" ]; },
    { name = "crunch"; queue = "video,image"; instances = 4; },
    { name = "here"; queue = "image"; hosts = "gpu[01-09],-gpu08"; },
    { name = "elsewhere"; queue = "image"; hosts = "gpu08"; },
    { name = "mail"; queue = "mail,gpu"; hostname = "post@%h";
      session = "my mail"; concurrency = 6; },
    { queue = "rest"; concurrency = 1; }
);
nodes = (
    { hosts = "gpu[01-10]"; worker = "video"; concurrency = 4; },
    { hosts = "gpu[06-08]"; worker = "crunch"; concurrency = 5; },
    { hosts = "gpu[08-09]"; concurrency = 9; },
    { hosts = "gpu[01-20],-gpu07"; concurrency = 8; },
    { hosts = "gpu07"; worker = "here"; concurrency = 7; }
END
    # What Celery and the rules for layers make of this on gpu07.
    cat >"$SCRATCH/expected" <<END
gpu celery-gpu gpu@$HOST 2 gpu
big celery-gpu,gpu-big big@$HOST 3 gpu,gpu-big
video celery-video,gpu video@$HOST 4 gpu,video
crunch celery-video,image crunch@$HOST 5 image,video
crunch+2 celery-video,image+2 crunch+2@$HOST 5 image,video
crunch+3 celery-video,image+3 crunch+3@$HOST 5 image,video
crunch+4 celery-video,image+4 crunch+4@$HOST 5 image,video
here celery-image here@$HOST 7 image
mail my_mail post@$HOST 6 gpu,mail
rest celery-rest rest@$HOST 1 rest
END
}

launch() {
    "$LAUNCH" --node=gpu07 "$@"
}

# described COMMAND: "NODE CONCURRENCY QUEUES" of a worker's command line
described() {
    local word queues='' node='' concurrency=''

    for word; do
        case $word in
        --queues=*) queues=$(tr , '\n' <<<"${word#*=}" | sort | paste -sd ,) ;;
        --hostname=*) node=${word#*=} ;;
        --concurrency=*) concurrency=${word#*=} ;;
        esac
    done
    echo "${node/\%h/$HOST} $concurrency $queues"
}

@test "show says of each of ten what the configuration means here" {
    launch show >"$SCRATCH/shown"
    while read -r mark line; do
        # shellcheck disable=SC2001 # a blank ends it
        case $mark in
        '#') [[ $line = *' '* ]] || name=$line ;;
        tmux) session=$(sed 's/.* new-session -d -s \([^ ]*\) .*/\1/' \
            <<<"$line") ;;
        exec)
            eval "words=($line)"
            # shellcheck disable=SC2154 # eval sets it
            echo "$name $session $(described "${words[@]}")" ;;
        esac
    done <"$SCRATCH/shown" | diff "$SCRATCH/expected" -
}

@test "one start brings them up, each in its session with these words" {
    run launch start
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c ': started$' <<<"$output")" -eq 10 ]
    cut -d ' ' -f 2 "$SCRATCH/expected" | sort | diff - <(sessions)
    launch status --json >"$SCRATCH/status"
    while read -r name session rest; do
        read -r pid below < <("$PYTHON" -ISc '
import json, sys
for worker in map(json.loads, open(sys.argv[1])):
    if worker["worker"] == sys.argv[2]:
        assert worker["state"] == "running", worker
        assert worker["session"] == sys.argv[3], worker
        print(worker["mainprocess"], worker["pid"])
' "$SCRATCH/status" "$name" "$session")
        # It runs in the session that bears its name, and in no other.
        [ "$(tmux list-panes -s -t "=$session:" -F '#{pane_pid}')" = "$below" ]
        descendants "$below" | grep -qx "$pid"
        mapfile -d '' words <"/proc/$pid/cmdline"
        [ "$(described "${words[@]}")" = "$rest" ]
        grep -azqx 'CELERY_BROKER_URL=redis:.*' "/proc/$pid/environ"
    done <"$SCRATCH/expected"
}

@test "Celery itself names the same nodes, concurrencies and queues" {
    app_python '
from tasks import app
inspect = app.control.inspect(timeout=20, limit=10)
queues = inspect.active_queues()
stats = app.control.inspect(timeout=20, limit=10).stats()
for node in stats:
    print(node, stats[node]["pool"]["max-concurrency"],
          ",".join(sorted(queue["name"] for queue in queues[node])))
' | sort | diff <(cut -d ' ' -f 3- "$SCRATCH/expected" | sort) -
}

@test "tasks of a shared queue and of a lone one find their workers" {
    [ "$(task -q rest add 1 2)" = 3 ]
    [ "$(task -q gpu-big add 2 3)" = 5 ]
    [ "$(task -q image add 3 4)" = 7 ]
}

@test "kill of one instance leaves nine, and kill of all leaves nothing" {
    [ "$(launch kill crunch+3)" = 'crunch+3: killed' ]
    [ "$(launch status | grep -c ': running$')" -eq 9 ]
    fails session_exists celery-video,image+3
    run launch kill
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c ': killed$' <<<"$output")" -eq 9 ]
    [ -z "$(sessions)" ]
    wait_for no_leftovers
}
