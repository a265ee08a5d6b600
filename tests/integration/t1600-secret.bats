#!/usr/bin/env bats
#
# The broker's password is in no command line of any process at any moment,
# nowhere in tmux, and in nothing that the program prints: only in the
# configuration and in files that nobody else can read.
#
# The tests themselves keep to that, too: the password is in a file outside of
# the home and in no variable that is handed on, and is compared with by
# `grep -f`.

load lib
load stand-in

setup_file() {
    begin_file
    redis_start
    SECRETS=$SCRATCH/secrets
    export SECRETS
    mkdir "$SECRETS" "$SCRATCH/bin" "$SCRATCH/tmux-words" "$SCRATCH/tokens"
    for name in right wrong amqp variable; do
        echo "$name$(random_word)" >"$SECRETS/$name"
    done
    printf 'CONFIG SET requirepass %s\n' "$(cat "$SECRETS/right")" |
        redis-cli -p "$REDIS_PORT" | grep -qx OK
    redis-cli -p "$REDIS_PORT" ping | grep -q NOAUTH

    # Clients of tmux end within milliseconds: their words are noted as well.
    cat >"$SCRATCH/bin/tmux" <<'END'
#!/bin/bash
printf '%s\n' "$@" >"$SCRATCH/tmux-words/$$"
exec /usr/bin/tmux "$@"
END
    chmod +x "$SCRATCH/bin/tmux"

    # sampler.py SECRETS FILE: until FILE.stop is there, look for one of them
    # in all command lines; what came of it is then in FILE
    cat >"$SCRATCH/sampler.py" <<'END'
import os
import sys
import time

directory, result = sys.argv[1:]
secrets = []
for name in os.listdir(directory):
    with open(os.path.join(directory, name), "rb") as file:
        secrets.append(file.read().strip())
samples, processes, workers, found = 0, set(), set(), set()
end = time.monotonic() + 60
stopped = False
while not stopped and time.monotonic() < end:
    stopped = os.path.exists(result + ".stop")
    samples += 1
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as file:
                words = file.read()
        except OSError:
            continue
        processes.add((pid, words))
        if b"celery" in words and b"worker" in words:
            workers.add(pid)
        if any(secret in words for secret in secrets):
            found.add((pid, words))
    if samples == 1:
        open(result + ".began", "w").close()
with open(result + ".new", "w") as file:
    print("%d samples, %d processes, %d workers, %d with a secret" % (
        samples, len(processes), len(workers), len(found)), file=file)
    for pid, words in sorted(found):
        print(pid, words.split(b"\0")[0].decode(errors="replace"), file=file)
os.rename(result + ".new", result)
END
}

teardown() {
    # One that a failed test has left.
    for began in "$SCRATCH"/*.began; do
        touch "${began%began}stop"
    done
    end_test
}

random_word() {
    od -An -N 12 -t x1 /dev/urandom | tr -d ' \n'
}

setup() {
    local secret amqp wrong variable

    PATH=$SCRATCH/bin:$PATH
    secret=$(cat "$SECRETS/right")
    wrong=$(cat "$SECRETS/wrong")
    amqp=$(cat "$SECRETS/amqp")
    variable=$(cat "$SECRETS/variable")
    configure <<END
defaults = {
    app = "tasks"; worker_dir = "$APP_DIR"; concurrency = 1;
    broker = "redis://:$secret@127.0.0.1:$REDIS_PORT/0";
    environment = {
        DB_PASSWORD = "$variable"; PASSWORD = "$variable";
        MY_PASSWORD_OLD = "$variable"; db_password = "$variable";
        DB_URL = "mysql://me:$variable@db/base"; HARMLESS = "harmless";
    };
};
workers = (
    { queue = "celery"; },
    { queue = "wrong"; start_timeout = 3; pool = "solo";
      broker = "redis://:$wrong@127.0.0.1:$REDIS_PORT/0"; },
    { queue = "amqp"; start_timeout = 3; pool = "solo";
      broker = "amqp://u:$amqp@h//"; result_backend = "redis://u:$amqp@h/1"; }
);
END
}

# sample_begin NAME, sample_end NAME: around what is to be watched
sample_begin() {
    rm -f "$SCRATCH/$1"*
    "$PYTHON" -IS "$SCRATCH/sampler.py" "$SECRETS" "$SCRATCH/$1" \
        >"$SCRATCH/$1.err" 2>&1 3>&- </dev/null &
    declare -gA samplers
    samplers[$1]=$!
    wait_for test -e "$SCRATCH/$1.began"
}

sample_end() {
    touch "$SCRATCH/$1.stop"
    wait_for test -s "$SCRATCH/$1"
    wait "${samplers[$1]}"
    echo "# $1: $(head -n 1 "$SCRATCH/$1")" >&3
    cat "$SCRATCH/$1"
    grep -q '^[1-9][0-9]* samples, [1-9][0-9]* processes, ' "$SCRATCH/$1"
}

# no_secret FILE...: none of them is in there, and something else is
no_secret() {
    local file

    for file; do
        [ -s "$file" ]
        if cat "$SECRETS"/* | grep -q -F -f - "$file"; then
            echo "a secret is in $file, line" \
                "$(cat "$SECRETS"/* | grep -n -F -f - "$file" | cut -d : -f 1)"
            return 1
        fi
    done
}

# secret_files: below the home, those that hold one
secret_files() {
    cat "$SECRETS"/* | grep -r -l -F -f - "$HOME" | sort
}

# kept_well: all of those are the configuration or a record, and private
kept_well() {
    local file directory records=0

    [ "$(stat -c %a "$HOME/.config/celery-tmux/celery-tmux.conf")" = 600 ]
    while read -r file; do
        [ "$file" != "$HOME/.config/celery-tmux/celery-tmux.conf" ] || continue
        echo "$file"
        [[ $file = "$HOME/.local/state/celery-tmux/"*/celery-*/runs/+([0-9])/worker ]]
        [ "$(stat -c %a "$file")" = 600 ]
        directory=${file%/*}
        while [ "$directory" != "$HOME/.local/state" ]; do
            echo "$directory"
            [ "$(stat -c %a "$directory")" = 700 ]
            directory=${directory%/*}
        done
        records=$((records + 1))
    done < <(secret_files)
    [ "$records" -ge "$1" ]
}

# only_configured: what has ended leaves them nowhere but in the configuration
only_configured() {
    [ "$(secret_files)" = "$HOME/.config/celery-tmux/celery-tmux.conf" ]
}

# Whatever tmux keeps or tells
tmux_knows() {
    local session=$1 server

    tmux show-options -g
    tmux show-options -s
    tmux show-options -g -w
    tmux show-options -t "=$session:"
    tmux show-options -w -t "=$session:"
    tmux show-options -p -t "=$session:"
    tmux show-hooks -g
    tmux show-environment -g
    tmux show-environment -t "=$session:" 2>&1
    tmux_is_before 3.2 || tmux show-environment -h -t "=$session:" 2>&1
    tmux show-buffer 2>&1 || true
    tmux list-panes -a -F '#{pane_start_command} #{pane_title} #{pane_path}'
    server=$(tmux display-message -p '#{pid}')
    [[ $server = [1-9]* ]]
    tr '\0' '\n' <"/proc/$server/environ"
}

# printed: what the commands that only look say about all workers
printed() {
    local name

    "$LAUNCH" show >"$SCRATCH/said.show"
    "$LAUNCH" status -v >"$SCRATCH/said.status" 2>&1 || true
    "$LAUNCH" status --json >"$SCRATCH/said.json" 2>&1 || true
    "$LAUNCH" logs -n 1000 >"$SCRATCH/said.logs" 2>&1 || true
    "$LAUNCH" logs --last-run >"$SCRATCH/said.last" 2>&1 || true
    "$LAUNCH" check >"$SCRATCH/said.check" 2>&1 || true
    "$LAUNCH" start --dry-run -v >"$SCRATCH/said.dry" 2>&1 || true
    no_secret "$SCRATCH"/said.*
}

@test "the sampler sees a process that was started with the secret" {
    sample_begin proof
    perl -e 'sleep 1000' "$(cat "$SECRETS/right")" 3>&- &
    careless=$!
    wait_for grep -q '^perl' "/proc/$careless/cmdline"
    # A sampler that begins now finds it for sure; by then so has the other.
    sample_begin later
    sample_end later
    sample_end proof
    kill "$careless"
    wait "$careless" || true
    for name in proof later; do
        grep -q ', [1-9][0-9]* with a secret$' "$SCRATCH/$name"
        grep -qx "$careless perl" "$SCRATCH/$name"
    done
}

@test "start, restart and kill: the secret is in no command line" {
    sample_begin life
    for act in start restart; do
        run "$LAUNCH" "$act" celery
        echo "$output"
        [ "$status" -eq 0 ]
        echo "$output" >"$SCRATCH/said.$act"
        # The worker does have it, and works.
        main=$(worker_pid celery)
        tr '\0' '\n' <"/proc/$main/environ" | sed -n 's/^CELERY_BROKER_URL=//p' |
            grep -q -F -f "$SECRETS/right"
        [ "$(REDIS_URL=$(tr '\0' '\n' <"/proc/$main/environ" |
            sed -n 's/^CELERY_BROKER_URL=//p') task add 2 3)" = 5 ]
        tmux_knows celery-celery >"$SCRATCH/tmux-knows"
        no_secret "$SCRATCH/tmux-knows"
        grep -q '^history-limit 10000' "$SCRATCH/tmux-knows"
        grep -q '^HOME=' "$SCRATCH/tmux-knows"
        kept_well 1
    done
    printed
    grep -q ' ready\.$' "$SCRATCH/said.logs"
    grep -q -F 'redis://:**' "$SCRATCH/said.logs"
    run "$LAUNCH" kill celery
    [ "$output" = 'celery: killed' ]
    sample_end life
    grep -q ', 0 with a secret$' "$SCRATCH/life"
    grep -q ' processes, [1-9][0-9]* workers' "$SCRATCH/life"

    cat "$SCRATCH/tmux-words"/* >"$SCRATCH/words"
    grep -qx new-session "$SCRATCH/words"
    no_secret "$SCRATCH/words"
    printed
    only_configured
}

@test "a wrong password, and a broker that does not answer: no message has it" {
    sample_begin failed
    for name in wrong amqp; do
        in_background "$SCRATCH/said.$name" "$LAUNCH" start "$name"
    done
    for name in wrong amqp; do
        wait_for ended "$SCRATCH/said.$name"
        cat "$SCRATCH/said.$name.status"
        [[ $(cat "$SCRATCH/said.$name.status") = @(69|75) ]]
        [[ $(cat "$SCRATCH/said.$name") = "celery-tmux-launch: $name: "* ]]
        tmux_knows "celery-$name" >"$SCRATCH/tmux-knows"
        no_secret "$SCRATCH/tmux-knows"
    done
    cat "$SCRATCH/said.wrong"
    # On a busy machine the messages may come before Celery has said anything.
    wait_for eval '"$LAUNCH" logs wrong | grep -q -i password'
    wait_for eval '"$LAUNCH" logs amqp | grep -q -F "amqp://u:**@h"'
    printed
    kept_well 2
    "$LAUNCH" kill --now wrong amqp >"$SCRATCH/said.kill"
    sample_end failed
    no_leftovers
    grep -q ', 0 with a secret$' "$SCRATCH/failed"
    printed
    only_configured
    # What they printed was kept, without it.
    grep -q -F 'amqp://u:**@h' "$SCRATCH/said.last"
    rm "$SCRATCH"/said.*
}

@test "settings of the command line reach neither tmux nor a record's mode" {
    # Whoever types a secret shows it as long as that call runs, and no longer.
    secret=$(cat "$SECRETS/amqp")
    "$LAUNCH" start celery --broker="amqp://u:$secret@h//" --no-wait \
        --environment=TYPED_PASSWORD="$secret"
    wait_for eval '[ "$(worker_pid celery)" != null ]'
    sample_begin typed
    tmux_knows celery-celery >"$SCRATCH/tmux-knows"
    no_secret "$SCRATCH/tmux-knows"
    printed
    kept_well 1
    "$LAUNCH" kill --now celery
    sample_end typed
    grep -q ', 0 with a secret$' "$SCRATCH/typed"
    "$LAUNCH" show celery --broker="amqp://u:$secret@h//" \
        --environment=TYPED_PASSWORD="$secret" >"$SCRATCH/said.show"
    no_secret "$SCRATCH/said.show"
    grep -q -F "TYPED_PASSWORD=****" "$SCRATCH/said.show"
}

@test "what is called a password is masked in show, and nothing else" {
    run "$LAUNCH" show amqp
    [ "$status" -eq 0 ]
    for variable in DB_PASSWORD PASSWORD MY_PASSWORD_OLD db_password; do
        grep -qx "export '$variable=\*\*\*\*'" <<<"$output"
    done
    grep -qx "export 'DB_URL=mysql://me:\*\*\*\*@db/base'" <<<"$output"
    grep -qx "export 'CELERY_BROKER_URL=amqp://u:\*\*\*\*@h//'" <<<"$output"
    grep -qx "export HARMLESS=harmless" <<<"$output"
    echo "$output" >"$SCRATCH/said.show"
    no_secret "$SCRATCH/said.show"
}
