#!/usr/bin/env bats
# bats file_tags=sanitized
#
# Small things that a newcomer types and gets an answer to.

load lib
load stand-in

setup_file() {
    begin_file
    stand_in one >/dev/null
    stand_in two >/dev/null
    stand_in three >/dev/null
    configure <<END
defaults = { start_timeout = 20; stop_timeout = 20; };
workers = (
    { queue = "first"; celery_cmd = "$(stand_in one)"; },
    { queue = "second"; celery_cmd = "$(stand_in two)"; },
    { queue = "third"; celery_cmd = "$(stand_in three)"; }
);
END
}

setup() {
    forget
}

# suggests TEXT WORD...: a usage error with TEXT
suggests() {
    run "$LAUNCH" "${@:2}"
    echo "${*:2}: $status: $output"
    [ "$status" -eq 64 ]
    [[ $output = "celery-tmux-launch: "*"$1"* ]]
}

@test "settings KEY shows that setting alone" {
    [ "$("$LAUNCH" settings pool)" = "$("$LAUNCH" settings |
        sed -n '/^  pool  /{p;n;p}')" ]
    run "$LAUNCH" settings --format=sample max-tasks-per-child maxtasksperchild
    [ "$status" -eq 0 ]
    [ "$(grep -c '#max_tasks_per_child = 1024;' <<<"$output")" -eq 2 ]
    [ "$(wc -l <<<"$output")" -eq 6 ]
    suggests 'there is no setting pol; did you mean pool?' settings pol
    suggests 'celery-tmux-launch settings lists them' settings nonsense
}

@test "help and version are commands as well, and list gets a suggestion" {
    [ "$("$LAUNCH" help)" = "$("$LAUNCH" --help)" ]
    [ "$("$LAUNCH" help start)" = "$("$LAUNCH" start --help)" ]
    [ "$("$LAUNCH" version)" = "$("$LAUNCH" --version)" ]
    suggests 'did you mean start?' help strat
    for word in list ls ps; do
        suggests "there is no command $word; did you mean status?" "$word"
    done
    # The same by way of pdsh's module.
    "$LAUNCH" plan -- help >/dev/null
    "$LAUNCH" plan -- version >/dev/null
    run "$LAUNCH" plan -- list
    [ "$status" -eq 64 ]
    run "$LAUNCH" plan
    [ "$status" -eq 64 ]
    [[ $output = *'name the command for the nodes at the end of the line, such as start;'* ]]
}

@test "logs of several workers are in order, also where one is stopped" {
    echo one >"$(seen one print)"
    echo two >"$(seen two print)"
    "$LAUNCH" start first third
    wait_for eval '"$LAUNCH" logs first | grep -q one'
    run "$LAUNCH" logs
    echo "$output"
    [ "$status" -eq 3 ]
    [ "${lines[0]}" = '==> first <==' ]
    [[ $output = *'one'*$'\n''celery-tmux-launch: second is not running'*$'\n''==> third <=='* ]]
    "$LAUNCH" kill
    run "$LAUNCH" logs --last-run
    [ "$status" -eq 3 ]
    [[ $output = *'==> first <=='*$'\n''celery-tmux-launch: second has no earlier run'*$'\n''==> third <=='* ]]
}

# snapshot: every file of the records, with its content
snapshot() {
    (cd "$HOME/.local" && find . -type f ! -name lock -exec md5sum {} + | sort)
}

@test "tend --dry-run says what it would start, and changes nothing" {
    "$LAUNCH" start first second --autorestart=false
    [ -z "$("$LAUNCH" tend --dry-run)" ]
    kill -KILL "$(worker_pid first)"
    wait_for worker_is first dead
    snapshot >"$SCRATCH/before"
    for _ in 1 2; do
        run within 20 "$LAUNCH" tend --dry-run --splay 600
        echo "$output"
        [ "$status" -eq 0 ]
        [[ $output = 'first: would be started (it ended by signal 9'* ||
            $output = 'first: would be started (it '* ]]
    done
    snapshot | diff "$SCRATCH/before" -
    worker_is first dead
    [ -z "$("$LAUNCH" tend -N second)" ]
    [[ $("$LAUNCH" tend) = 'first: started (it '* ]]
    wait_for worker_is first running
    # One that ends again and again is not due for a while.
    kill -KILL "$(worker_pid first)"
    wait_for worker_is first dead
    [ -z "$("$LAUNCH" tend)" ]
    [[ $("$LAUNCH" tend --dry-run) = 'first: would be started later (it '* ]]
    # Nobody watches over a worker without a runner.
    runner=$(runner_pid second)
    kill -KILL "$runner"
    wait_for fails is_running "$runner"
    run "$LAUNCH" tend --dry-run second
    [ "$output" = 'second: would be restarted (its runner was killed)' ]
    is_running "$(worker_pid second)"
    "$LAUNCH" kill
}

# says_at_once SETTINGS: a start whose worker is not ready for a while says
# already that it has no app
says_at_once() {
    configure <<<"defaults = { queue = \"apps\"; start_timeout = 60;
        celery_cmd = \"'$SCRATCH/bin/celery'\"; $1 };"
    touch "$(seen apps slow)"
    in_background "$SCRATCH/started" "$LAUNCH" start
    wait_for worker_is apps starting
    said=no
    wait_for -t 20 grep -qx 'celery-tmux-launch: apps: app is not set, so it runs without your tasks; set app and worker_dir' \
        "$SCRATCH/started" && said=yes
    fails ended "$SCRATCH/started"
    rm "$(seen apps slow)"
    wait_for ended "$SCRATCH/started"
    [ "$(cat "$SCRATCH/started.status")" = 0 ]
    "$LAUNCH" kill --now
    [ "$said" = yes ]
}

@test "a start without an app says so at once, and only where that is sure" {
    mkdir -p "$SCRATCH/bin" "$SCRATCH/configured"
    printf "#!/bin/sh\nexec %s \"\$@\"\n" "$(stand_in apps)" \
        >"$SCRATCH/bin/celery"
    chmod +x "$SCRATCH/bin/celery"
    touch "$SCRATCH/configured/celeryconfig.py"
    says_at_once ''
    # Others give it an app in another way.
    for way in 'app = "tasks";' "celery_cmd = \"'$SCRATCH/bin/celery' -A x\";" \
        'include = "tasks";' "worker_dir = \"$SCRATCH/configured\";" \
        'environment = { CELERY_CONFIG_MODULE = "x"; };' \
        'worker_setup_cmd = "export APP=tasks";'; do
        echo "$way"
        [[ $way = celery_cmd* ]] ||
            way+=" celery_cmd = \"'$SCRATCH/bin/celery'\";"
        configure <<<"defaults = { queue = \"apps\"; $way };"
        run "$LAUNCH" start
        [ "$output" = 'apps: started' ]
        "$LAUNCH" kill --now
    done
}
