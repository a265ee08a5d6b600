#!/usr/bin/env bats
# shellcheck disable=SC2016 # $ is often for a shell elsewhere
#
# The head's part of a fan-out: one pull for all nodes, on the shared
# directory, and no node contacted when it fails.

load ../integration/lib
load ../integration/stand-in
load ../integration/repository
load nodes

setup_file() {
    begin_file
    cluster_ready
    [ -z "${SKIP-}" ] || return 0
    git_ready
    repository_make >/dev/null
    unset GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM
    # The remote is local to the head, as a server would be; the clone is on
    # the directory that all nodes share.
    cp -R "$SCRATCH/remote" "$SHARED/remote"
    on_head true
    cluster exec head sh -c '
        chown -R tester /srv/remote
        mkdir /srv/shared/code /srv/shared/seen
        chown tester /srv/shared/code /srv/shared/seen
        cp -R /srv/shared/app /srv/shared/stand-in-app'
    cp "$ROOT/tests/integration/stand-in" "$SHARED/shared/stand-in"
    at_home git config --global protocol.file.allow always
    at_home git config --global user.name tester
    at_home git config --global user.email tester@head
    at_home git clone -q /srv/remote/code.git /srv/shared/code/repo
    at_home git clone -q /srv/remote/code.git /srv/home/tester/theirs
}

# at_home COMMAND...: on the head, as the user
at_home() {
    cluster exec tester@head env -C /srv/home/tester "$@"
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
    # Each pull leaves a line; the workers say what they found.
    site <<'END'
defaults = {
    git_sync_dir = "/srv/shared/code/repo";
    worker_dir = "/srv/shared/code/repo/code";
    git_pull_cmd = "date +%s.%N >>/srv/shared/seen/pulls; git pull --ff-only";
    master_setup_cmd = "hostname >>/srv/shared/seen/masters; touch /srv/shared/code/repo/built";
    git_submodule_update_cmd = "";
    worker_setup_cmd = "mkdir -p /tmp/seen; ls /srv/shared/code/repo/built && cat /srv/shared/code/repo/VERSION >/srv/shared/seen/at-$(hostname)";
    celery_cmd = "/srv/shared/stand-in /tmp/seen"; stop_timeout = 30;
};
workers = ( { queue = "celery"; } );
END
    rm -f "$SHARED"/shared/seen/*
}

# everywhere WORD...: on all nodes, with that file
everywhere() {
    fan_out -w "$ALL" celery-tmux-launch -c /tmp/site.conf "$@"
}

# publish TEXT: as VERSION, to the remote
publish() {
    at_home sh -c "cd theirs && git pull -q && echo $1 >VERSION &&
        git commit -qam $1 && git push -q"
}

lines_of() {
    wc -l <"$SHARED/shared/seen/$1" 2>/dev/null || echo 0
}

pids() {
    everywhere status --json 2>/dev/null |
        sed -n 's/^\(node[0-9]*\):.*"mainprocess": \([0-9]*\).*/\1 \2/p' | sort
}

@test "one fan-out pulls once, and every node has what was pulled" {
    for command in start restart apply; do
        publish "by-$command"
        rm -f "$SHARED"/shared/seen/*
        run everywhere "$command"
        echo "$output"
        [ "$status" -eq 0 ]
        [ "$(lines_of pulls)" -eq 1 ]
        [ "$(cat "$SHARED/shared/seen/masters")" = head ]
        [ "$(cat "$SHARED"/shared/seen/at-* | uniq -c | xargs)" \
            = "$NODES by-$command" ]
        grep -q '^sync: ' <<<"$output"
        fails grep -q '^node.*: sync: ' <<<"$output"
    done
    # --sync is the head's word: nodes do not do it again.
    rm -f "$SHARED"/shared/seen/*
    everywhere restart --sync
    [ "$(lines_of pulls)" -eq 1 ]
    # Other commands have no head's part, and --dry-run does nothing.
    rm -f "$SHARED"/shared/seen/*
    everywhere status
    everywhere restart --dry-run
    everywhere restart --no-sync
    [ "$(lines_of pulls)" -eq 0 ]
}

@test "a pull that fails contacts no node and restarts nothing" {
    everywhere start
    before=$(pids)
    [ "$(wc -l <<<"$before")" -eq "$NODES" ]
    at_home sh -c 'echo mine >/srv/shared/code/repo/VERSION'
    publish conflicting
    rm -f "$SHARED"/shared/seen/*
    contacted=$(connections)
    for command in start restart apply; do
        run everywhere "$command"
        echo "$output"
        [ "$status" -eq 69 ]
        [[ $output = *'git_pull_cmd ended with status 1 in /srv/shared/code/repo: files there have local changes'* ]]
        fails grep -q '^node' <<<"$output"
    done
    [ "$(connections)" -eq "$contacted" ]
    [ "$(pids)" = "$before" ]
    # What it named helps.
    at_home git -C /srv/shared/code/repo checkout -q VERSION
    run everywhere restart
    [ "$status" -eq 0 ]
    [ "$(cat "$SHARED"/shared/seen/at-* | uniq -c | xargs)" \
        = "$NODES conflicting" ]
    everywhere kill
}

# connections: how many the head has opened so far
connections() {
    cluster exec head sh -c 'cat /proc/net/snmp' |
        awk '/^Tcp:/ { if (seen++) print $6 }'
}

@test "^C while the head works: nothing left there, no node touched" {
    everywhere start
    before=$(pids)
    [ "$(wc -w <<<"$before")" -eq $((2 * NODES)) ]
    site <<'END'
defaults = { worker_dir = "/srv/shared/app";
    master_setup_cmd = "echo WORKING; setsid sleep 5201 & sleep 5202"; };
workers = ( { queue = "celery"; } );
END
    tmux new-session -d -s seat -x 200 -y 30 \
        bash --norc -c 'trap : INT; "$@"; echo STATUS $?; sleep 1000' bash \
        "$BATS_TEST_DIRNAME/cluster" exec tester@head \
        env -C /srv/home/tester PDSH_MODULE_DIR=/srv/modules \
        PDSH_RCMD_TYPE=celery pdsh -w "$ALL" celery-tmux-launch \
        -c /tmp/site.conf restart
    wait_for eval 'screen seat | grep -qx WORKING'
    wait_for pgrep -f 'sleep 520[1]'
    tmux send-keys -t =seat: C-c
    wait_for eval 'screen seat | grep -q "STATUS [1-9]"'
    wait_for fails pgrep -f 'sleep 520[12]'
    wait_for eval 'screen seat | grep -q "was interrupted and has ended"'
    setup
    [ "$(pids)" = "$before" ]
    everywhere kill
}

@test "syncs of one directory on several machines take turns" {
    turns='master_setup_cmd = "hostname >>/srv/shared/seen/turns; sleep 0.4; hostname >>/srv/shared/seen/turns";'
    for name in $(nodes | head -n 3) head; do
        cluster exec "tester@$name" sh -c 'umask 077; cat >/tmp/turns.conf' \
            <<<"defaults = { git_sync_dir = \"/srv/shared/code/repo\";
            worker_dir = \"/srv/shared/code/repo/code\"; $turns
            git_submodule_update_cmd = \"\"; };"
        in_background "$SCRATCH/sync-$name" cluster exec "tester@$name" \
            celery-tmux-launch -c /tmp/turns.conf sync
    done
    for name in $(nodes | head -n 3) head; do
        wait_for ended "$SCRATCH/sync-$name"
        cat "$SCRATCH/sync-$name"
        [ "$(cat "$SCRATCH/sync-$name.status")" -eq 0 ]
    done
    # Each machine's name twice in a row, never another between.
    [ "$(uniq -c "$SHARED/shared/seen/turns" | awk '$1 != 2' | wc -l)" -eq 0 ]
    [ "$(sort -u "$SHARED/shared/seen/turns" | wc -l)" -eq 4 ]
}
