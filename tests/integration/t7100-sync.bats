#!/usr/bin/env bats
# bats file_tags=sanitized
# shellcheck disable=SC2016 # $ is for the shell of a setting
#
# sync, the head's part of a start: its order, what it shows, how it fails,
# what it deletes, who waits for whom.

load lib
load stand-in
load repository

setup_file() {
    begin_file
    mkdir "$SCRATCH/seen"
    git_ready
    repository_make >/dev/null
}

setup() {
    rm -rf "$REPO" "$SCRATCH/log" "$HOME/.local"
    git clone -q "$SCRATCH/remote/code.git" "$REPO"
    three
}

# three [SETTINGS]: workers that share a directory, and settings for all
three() {
    configure <<END
defaults = {
    git_sync_dir = "$REPO"; worker_dir = "$REPO/code"; stop_timeout = 30;
    $1
};
workers = (
    { queue = "one"; celery_cmd = "$(stand_in one)"; },
    { queue = "two"; celery_cmd = "$(stand_in two)"; },
    { queue = "else"; hosts = "elsewhere"; }
);
END
}

# steps: the names that sync printed
steps() {
    sed -n 's/^sync: //p' <<<"$output"
}

can_mount() {
    unshare -m true 2>/dev/null || skip "needs root, for mounts of its own"
}

@test "every step in its order, once for all workers, and its output" {
    three 'master_setup_cmd = "echo BUILT >&2; pwd";'
    touch "$REPO/code/old.pyc"
    commit 1
    run_apart "$LAUNCH" sync
    echo "$output"
    [ "$status" -eq 0 ]
    diff <(steps) - <<END
git pull --ff-only (in $REPO)
git submodule update --init --recursive (in $REPO)
deleted 1 *.pyc below $REPO/code
echo BUILT >&2; pwd
END
    [ -z "${stderr:-}" ]
    # Shown between the names of the steps, as they run.
    [[ $output = *'Fast-forward'*'submodule update'*'deleted'*BUILT*"$HOME" ]]
    [ "$(cat "$REPO/VERSION" "$REPO"/*/VERSION | sort -u)" = 1 ]
    # A worker of other nodes is the head's business too, but not another's.
    run "$LAUNCH" sync else --master-setup-cmd='echo for else'
    [[ $output = *'for else' ]]
    run "$LAUNCH" sync nobody
    [ "$status" -eq 64 ]
}

@test "--dry-run names the steps and does none" {
    "$LAUNCH" sync --dry-run --git-sync-dir= --master-setup-cmd=true
    [ ! -e "$HOME/.local" ]
    three 'master_setup_cmd = "touch ~/was-built"; remount_dir = "/none";'
    before=$(head_of "$REPO")
    touch "$REPO/code/old.pyc"
    commit 2
    run "$LAUNCH" sync --dry-run
    [ "$status" -eq 0 ]
    [ "$(steps | grep -c '^would do: ')" -eq 5 ]
    [ "$(head_of "$REPO")" = "$before" ]
    [ -e "$REPO/code/old.pyc" ]
    [ ! -e "$HOME/was-built" ]
}

@test "the first failure ends it with 69, and no worker is touched" {
    "$LAUNCH" start
    pids=$(worker_pid one)
    commit 3
    touch "$REPO/code/old.pyc"
    while IFS='|' read -r option sentence; do
        for command in sync 'restart --sync' 'start --sync' 'apply --sync'; do
            # shellcheck disable=SC2086 # words
            run_apart "$LAUNCH" $command "$option"
            echo "$command: $output $stderr"
            [ "$status" -eq 69 ]
            [[ $stderr = "celery-tmux-launch: $sentence"* ]]
        done
    done <<'END'
--git-pull-cmd=exit 3|git_pull_cmd ended with status 3
--git-submodule-update-cmd=false|git_submodule_update_cmd ended with status 1
--master-setup-cmd=exit 7|master_setup_cmd ended with status 7
--git-sync-dir=/nowhere|git_sync_dir /nowhere: No such file
--worker-dir=/nowhere/at/all|cannot look into /nowhere/at/all
END
    [ "$(worker_pid one)" = "$pids" ]
    [ "$(starts one)" -eq 1 ]
    "$LAUNCH" kill
}

# fails_with TEXT: sync, and the sentence has that in it
fails_with() {
    run_apart "$LAUNCH" sync
    echo "$output $stderr"
    [ "$status" -eq 69 ]
    [ "$(wc -l <<<"$stderr")" -eq 1 ]
    [[ $stderr = *"in $REPO: $1"* ]]
}

@test "git's troubles are a sentence each, and what it names helps" {
    # files changed by hand
    echo mine >"$REPO/VERSION"
    commit 4
    fails_with 'files there have local changes; commit, stash or discard'
    git -C "$REPO" stash -q
    "$LAUNCH" sync

    # commits of one's own
    git -C "$REPO" commit -q --allow-empty -m mine
    commit 5
    fails_with 'the branch has commits that its remote does not have'
    git -C "$REPO" reset -q --hard '@{upstream}'
    "$LAUNCH" sync

    # no remote
    mv "$SCRATCH/remote/code.git" "$SCRATCH/remote/away.git"
    fails_with 'its remote cannot be reached; check git remote -v'
    mv "$SCRATCH/remote/away.git" "$SCRATCH/remote/code.git"
    "$LAUNCH" sync

    # a lock of a git that was killed
    commit 6
    touch "$REPO/.git/index.lock"
    fails_with 'another git is running there, or one that was killed left its lock'
    [[ $output = *"$REPO/.git/index.lock"* ]]
    rm "$REPO/.git/index.lock"
    "$LAUNCH" sync

    # no branch, no tracking
    git -C "$REPO" checkout -q --detach
    fails_with 'no branch is checked out there'
    git -C "$REPO" checkout -q -b other
    fails_with 'the branch has no remote to pull from'
    git -C "$REPO" checkout -q main
    "$LAUNCH" sync
    [ "$(cat "$REPO/VERSION")" = 6 ]

    rm -rf "$REPO/.git"
    fails_with 'there is no git repository; clone it there'
}

@test "a full disk is a sentence, too" {
    can_mount
    head -c 3000000 /dev/urandom >"$SCRATCH/theirs-code/big"
    commit 7
    run_apart unshare -m sh -c '
        mount -t tmpfs -o size=2m none "$REPO" || exit
        git clone -q --depth 1 "file://$SCRATCH/remote/one.git" "$REPO" &&
        git -C "$REPO" remote set-url origin "$SCRATCH/remote/code.git" &&
        "$LAUNCH" sync --git-pull-cmd="git pull origin main --allow-unrelated-histories --no-rebase"'
    git -C "$SCRATCH/theirs-code" rm -q big
    echo "$output $stderr"
    [ "$status" -eq 69 ]
    [[ $stderr = *"in $REPO: the disk is full; make room there"* ]]
}

@test "bytecode: not behind links, not on other mounts, not in .git" {
    mkdir -p "$REPO/code/__pycache__" "$REPO/code/deep/er" "$HOME/outside" \
        "$REPO/code/mounted" "$REPO/code/dir.pyc" "$REPO/code/.git"
    touch "$REPO/code/a.pyc" "$REPO/code/__pycache__/b.cpython-311.pyc" \
        "$REPO/code/deep/er/c.pyc" "$REPO/code/d.py" "$HOME/outside/e.pyc" \
        "$HOME/f.pyc" "$REPO/code/.git/g.pyc" "$REPO/code/-h.pyc"
    ln -s "$HOME/outside" "$REPO/code/link"
    ln -s "$HOME/f.pyc" "$REPO/code/link.pyc"
    if unshare -m true 2>/dev/null; then
        run unshare -m sh -c 'mount --bind "$HOME/outside" \
            "$REPO/code/mounted" && exec "$LAUNCH" sync'
    else
        echo '# other mounts are not tried: that needs root' >&3
        run "$LAUNCH" sync
    fi
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output = *"deleted 4 *.pyc below $REPO/code"* ]]
    [ -e "$HOME/outside/e.pyc" ]
    [ -e "$HOME/f.pyc" ]
    [ -e "$REPO/code/.git/g.pyc" ]
    [ -d "$REPO/code/dir.pyc" ]
    [ -e "$REPO/code/d.py" ]
    [ -z "$(find "$REPO/code" -name '*.pyc' -type f -not -path '*/.git/*')" ]

    touch "$REPO/code/a.pyc" "$HOME/f.pyc"
    "$LAUNCH" sync --delete-pyc-files=false
    [ -e "$REPO/code/a.pyc" ]
    # A home is somebody's whole life, not the workers' code.
    # shellcheck disable=SC2088 # the program expands it
    for home in '~' '~/' '~/.' "$HOME/"; do
        "$LAUNCH" sync --worker-dir="$home"
        [ -e "$HOME/f.pyc" ]
    done
    [ -e "$REPO/code/a.pyc" ]
}

@test "bytecode that only another user may delete is 77" {
    local theirs=$SCRATCH/theirs mode reason

    [ "$(id -u)" -eq 0 ] || skip "only root can make another user's files"
    mkdir "$theirs"
    touch "$theirs/a.pyc"
    chown 12345 "$theirs" "$theirs/a.pyc"
    while IFS='|' read -r mode reason; do
        chmod "$mode" "$theirs"
        run_apart setpriv --inh-caps=-all --bounding-set=-all "$LAUNCH" sync \
            --git-sync-dir= --worker-dir="$theirs"
        echo "$output $stderr"
        [ "$status" -eq 77 ]
        [ "$stderr" = "celery-tmux-launch: cannot delete $theirs/a.pyc: \
$reason; correct that, or set delete_pyc_files = false" ]
    done <<'END'
755|Permission denied
1777|Operation not permitted
END
}

@test "--if-changed: 10 until git brings something, or a sync was cut off" {
    three 'master_setup_cmd = "echo >>~/built; ! [ -e ~/fail ]";'
    built() { [ "$(wc -l <"$HOME/built")" -eq "$1" ]; }
    rm -f "$HOME/built"
    run "$LAUNCH" sync --if-changed     # the first one knows of none before
    [ "$status" -eq 0 ]
    built 1
    run "$LAUNCH" sync --if-changed
    [ "$status" -eq 10 ]
    [ -z "$output" ]                    # or cron has a mail of it
    built 1
    "$LAUNCH" sync
    built 2
    commit 8
    touch "$HOME/fail"
    run "$LAUNCH" sync --if-changed
    [ "$status" -eq 69 ]
    [[ $output = *'sync: git pull --ff-only (in '*'master_setup_cmd ended with status 1'* ]]
    built 3
    rm "$HOME/fail"
    run "$LAUNCH" sync --if-changed     # pulled, but never built
    [ "$status" -eq 0 ]
    built 4
    run "$LAUNCH" sync --if-changed
    [ "$status" -eq 10 ]
    # a submodule that follows its own branch
    git -C "$SCRATCH/theirs-one" pull -q
    echo ahead >"$SCRATCH/theirs-one/VERSION"
    git -C "$SCRATCH/theirs-one" commit -qam ahead
    git -C "$SCRATCH/theirs-one" push -q
    run "$LAUNCH" sync --if-changed --git-submodule-update-cmd='git submodule update --remote'
    [ "$status" -eq 0 ]
    built 5
}

@test "in a hook of another repository's git, sync pulls its own" {
    other=$SCRATCH/other
    git clone -q "$SCRATCH/remote/code.git" "$other"
    before=$(head_of "$other")
    after=$(commit 31)
    run env GIT_DIR="$other/.git" "$LAUNCH" sync
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(head_of "$REPO")" = "$after" ]
    [ "$(head_of "$other")" = "$before" ]
    [ -z "$(git -C "$other" status --porcelain)" ]
    # Nor is it asked what is new.
    run env GIT_DIR="$other/.git" GIT_WORK_TREE="$other" GIT_PREFIX= \
        GIT_INDEX_FILE="$other/.git/index" "$LAUNCH" sync --if-changed
    echo "$output"
    [ "$status" -eq 10 ]
}

@test "--if-changed: what git traces is no change" {
    "$LAUNCH" sync
    run env GIT_TRACE=1 "$LAUNCH" sync --if-changed
    echo "$output"
    [ "$status" -eq 10 ]
    [ -z "$output" ]
}

# tabled: $REPO with references in tables; before git 2.45 with their place
# alone, and a git that knows where they are
tabled() {
    rm -rf "$REPO"
    git clone -q --ref-format=reftable "$SCRATCH/remote/code.git" "$REPO" \
        2>/dev/null && return
    git clone -q "$SCRATCH/remote/code.git" "$REPO"
    cp -R "$REPO/.git" "$SCRATCH/refs.git"
    echo 'ref: refs/heads/.invalid' >"$REPO/.git/HEAD"
    mkdir "$SCRATCH/bin"
    cat >"$SCRATCH/bin/git" <<END
#!/bin/sh
export GIT_DIR='$SCRATCH/refs.git' GIT_WORK_TREE='$REPO'
exec $(command -v git) "\$@"
END
    chmod +x "$SCRATCH/bin/git"
    PATH=$SCRATCH/bin:$PATH
}

@test "--if-changed where git keeps its references in tables" {
    three 'git_submodule_update_cmd = "";'
    tabled
    grep -qx 'ref: refs/heads/.invalid' "$REPO/.git/HEAD"
    "$LAUNCH" sync
    for change in 41 42; do
        run "$LAUNCH" sync --if-changed
        echo "$output"
        [ "$status" -eq 10 ]
        PATH=${PATH#"$SCRATCH/bin:"} commit "$change"
        run "$LAUNCH" sync --if-changed
        echo "$output"
        [ "$status" -eq 0 ]
    done
}

@test "--if-changed without a repository is an error, also in a home that is one" {
    git init -q "$HOME"
    git -C "$HOME" commit -q --allow-empty -m dotfiles
    rm -f "$HOME/built"
    run "$LAUNCH" sync --if-changed --git-sync-dir= --worker-dir='~' \
        --master-setup-cmd='echo >>~/built'
    [ "$status" -eq 78 ]
    [ "$output" = 'celery-tmux-launch: --if-changed needs git_sync_dir, which no worker has; set it to the clone of your code, or leave --if-changed out' ]
    [ ! -e "$HOME/built" ]
    rm -rf "$HOME/.git"
}

@test "--if-changed shows what a git that fails has said" {
    three 'git_pull_cmd = "echo BEFORE; exit 3";'
    run "$LAUNCH" sync --if-changed
    [ "$status" -eq 69 ]
    [[ $output = *'BEFORE'*'git_pull_cmd ended with status 3'* ]]
}

@test "no password in what sync says" {
    run "$LAUNCH" sync --master-setup-cmd='true https://me:geheim@git.example/x'
    [ "$status" -eq 0 ]
    [[ $output = *'sync: true https://me:****@git.example/x'* ]]
}

@test "two syncs of one repository: one waits for the other" {
    three 'master_setup_cmd = "echo begin >>~/turns; sleep 0.3; echo end >>~/turns";'
    rm -f "$HOME/turns"
    for i in 1 2 3 4; do
        in_background "$SCRATCH/sync$i" "$LAUNCH" sync
    done
    for i in 1 2 3 4; do
        wait_for ended "$SCRATCH/sync$i"
        [ "$(cat "$SCRATCH/sync$i.status")" -eq 0 ]
    done
    [ "$(uniq "$HOME/turns" | paste -sd' ')" \
        = 'begin end begin end begin end begin end' ]
    grep -q "^sync: waiting for another sync of $REPO\$" "$SCRATCH"/sync?
    # One that takes too long.
    rm -f "$HOME/go"
    in_background "$SCRATCH/long" "$LAUNCH" sync \
        --master-setup-cmd='touch ~/began; until [ -e ~/go ]; do sleep 0.05; done'
    wait_for test -e "$HOME/began"
    run_apart "$LAUNCH" sync --start-timeout=1 --stop-timeout=0
    [ "$status" -eq 75 ]
    [[ $stderr = *"another sync has held $REPO/.git/celery-tmux.sync for 1 s"* ]]
    touch "$HOME/go"
    wait_for ended "$SCRATCH/long"
    [ "$(cat "$SCRATCH/long.status")" -eq 0 ]
}

# at_prompt: the shell in the pane has ended the command
at_prompt() {
    screen typing | grep -q "^STATUS"
}

@test "^C in a long master_setup_cmd: shown while it runs, nothing left" {
    three 'master_setup_cmd = "setsid sleep 5001 & sh -c \"trap : INT TERM; sleep 5002 & wait; sleep 5003\" & echo BUILDING; sleep 5004";'
    "$LAUNCH" start
    pid=$(worker_pid one)
    for command in sync 'restart --sync' 'plan -- restart'; do
        tmux new-session -d -s typing -x 300 -y 40 \
            "bash --norc -c 'trap : INT; \"$LAUNCH\" $command; echo STATUS \$?; sleep 1000'"
        wait_for eval 'screen typing | grep -qx BUILDING'
        wait_for pgrep -f 'sleep 500[1]'
        tmux send-keys -t =typing: C-c
        wait_for at_prompt
        screen typing
        screen typing | grep -q 'was interrupted and has ended; try again'
        screen typing | grep -qx 'STATUS 75'
        fails pgrep -f 'sleep 500[1234]'
        [ "$(worker_pid one)" = "$pid" ]
        tmux kill-session -t =typing:
    done
    "$LAUNCH" kill
}

@test "signals that the caller blocks do not hold it up" {
    # The command closes its output long before its end.
    run timeout -s KILL 20 env --block-signal=CHLD,TERM,INT,HUP "$LAUNCH" \
        sync --git-pull-cmd='exec >&- 2>&-; sleep 1'
    echo "$output"
    [ "$status" -eq 0 ]
    # And they end it.
    in_background "$SCRATCH/blocked" timeout -s KILL 20 \
        env --block-signal=CHLD,TERM "$LAUNCH" sync \
        --git-pull-cmd='touch ~/pulls; sleep 3119'
    wait_for test -e "$HOME/pulls"
    # shellcheck disable=SC2154 # lib.bash says it
    kill -TERM "$(pgrep -P "$(pgrep -P "$background")")"
    wait_for ended "$SCRATCH/blocked"
    cat "$SCRATCH/blocked"
    [ "$(cat "$SCRATCH/blocked.status")" -eq 75 ]
}

@test "nohup holds for what sync runs, too" {
    while read -r name; do
        rm -f "$HOME/began" "$HOME/go"
        # A group of its own, as a shell's job has.
        in_background "$SCRATCH/kept" timeout -s KILL 30 setsid -w \
            env --default-signal=INT,HUP --ignore-signal="$name" "$LAUNCH" \
            sync --git-pull-cmd='echo $$ >~/pid; mv ~/pid ~/began
                until [ -e ~/go ]; do sleep 0.05; done'
        wait_for test -e "$HOME/began"
        group=$(ps -o pgid= -p "$(cat "$HOME/began")" | xargs)
        kill -"$name" -- "-$group"
        touch "$HOME/go"
        wait_for ended "$SCRATCH/kept"
        cat "$SCRATCH/kept"
        [ "$(cat "$SCRATCH/kept.status")" -eq 0 ]
    done <<'END'
HUP
INT
END
}

@test "SIGKILL at every step: the next sync does it all" {
    three 'master_setup_cmd = "echo >>~/built";'
    for step in git bytecode setup; do
        commit "at $step"
        rm -f "$HOME/built"
        touch "$REPO/code/old.pyc"
        run env CELERY_TMUX_DIE_AT="$step" "$DYING" sync
        [ "$status" -eq 137 ]
        [ ! -e "$HOME/built" ]
        run "$LAUNCH" sync --if-changed
        echo "$output"
        [ "$status" -eq 0 ]
        [ -e "$HOME/built" ]
        [ ! -e "$REPO/code/old.pyc" ]
        [ "$(cat "$REPO/VERSION")" = "at $step" ]
    done
}
