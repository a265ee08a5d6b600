#!/usr/bin/env bats
#
# The lock of a sync lies in a clone that others may read, and perhaps write:
# they can neither hold a sync up with it nor have it do something else.

load lib
load repository

setup_file() {
    begin_file
    git_ready
    git init -q "$REPO"
    git -C "$REPO" commit -q --allow-empty -m 0
    configure <<END
defaults = { git_sync_dir = "$REPO"; worker_dir = "$REPO"; git_pull_cmd = "";
    git_submodule_update_cmd = ""; start_timeout = 1; stop_timeout = 1; };
END
    LOCK=$REPO/.git/celery-tmux.sync
    export LOCK
}

mode() {
    stat -c %a "$1"
}

# is_refused: in a moment, with a sentence about the file
is_refused() {
    run within 20 timeout 30 "$LAUNCH" sync
    echo "$status: $output"
    [ "$status" -eq 77 ]
    [[ $output = *"$LOCK is not a file of yours"* ]]
}

@test "who may read the clone cannot hold its sync up" {
    umask 002
    "$LAUNCH" sync
    [ "$(mode "$LOCK")" = 600 ]
    # What an earlier version left there is closed to others, too.
    chmod 664 "$LOCK"
    "$LAUNCH" sync
    [ "$(mode "$LOCK")" = 600 ]
}

@test "another user has no way to lock it" {
    [ "$(id -u)" -eq 0 ] || skip "only root can be somebody else"
    "$LAUNCH" sync
    chmod 755 "$SCRATCH" "$HOME" "$REPO" "$REPO/.git"
    run setpriv --reuid=nobody --clear-groups flock -n "$LOCK" true
    echo "$output"
    [ "$status" -ne 0 ]
    [[ $output = *"ermission denied"* ]]
    # It is a sync's own business with whom it shares the lock.
    flock -n "$LOCK" true
}

@test "a pipe, a link, a directory, a stranger's file: a sentence at once" {
    rm -f "$LOCK"
    mkfifo "$LOCK"
    is_refused
    rm "$LOCK"
    ln -s "$SCRATCH/aim" "$LOCK"
    is_refused
    [ ! -e "$SCRATCH/aim" ]
    rm "$LOCK"
    mkdir "$LOCK"
    is_refused
    rmdir "$LOCK"
    if [ "$(id -u)" -eq 0 ]; then
        : >"$LOCK"
        chown nobody "$LOCK"
        is_refused
        rm "$LOCK"
    fi
    "$LAUNCH" sync
}

@test "root leaves the lock to whom the clone belongs" {
    [ "$(id -u)" -eq 0 ] || skip "only root can do that"
    rm -f "$LOCK"
    chown -R nobody "$REPO"
    git config --global safe.directory '*'
    "$LAUNCH" sync
    [ "$(stat -c '%U %a' "$LOCK")" = 'nobody 600' ]
    "$LAUNCH" sync
    chown -R root "$REPO"
}

@test "root gives nothing of its own away, and empties none of it" {
    [ "$(id -u)" -eq 0 ] || skip "only root can do that"
    rm -f "$LOCK"
    chown -R nobody "$REPO"
    # The clone's owner may move what root has in a directory of theirs.
    (umask 077 && echo secret >"$LOCK")
    is_refused
    [ "$(stat -c '%U %a' "$LOCK")" = 'root 600' ]
    [ "$(cat "$LOCK")" = secret ]
    rm "$LOCK"
    echo secret >"$SCRATCH/linked"
    ln "$SCRATCH/linked" "$LOCK"
    is_refused
    [ "$(cat "$SCRATCH/linked")" = secret ]
    rm "$LOCK"
    "$LAUNCH" sync
    chown -R root "$REPO"
}

@test "what a sync came to is on the disk, and empty while it works" {
    rm -f "$LOCK"
    strace -qq -y -e trace=ftruncate,pwrite64,fsync -o "$SCRATCH/calls" \
        "$LAUNCH" sync
    sed -E '/celery-tmux.sync/!d; s/\(.*//' "$SCRATCH/calls" >"$SCRATCH/did"
    cat "$SCRATCH/calls"
    diff - "$SCRATCH/did" <<'END'
ftruncate
pwrite64
fsync
ftruncate
pwrite64
fsync
END
}

@test "a clone by two names is one, and nobody waits for itself" {
    ln -sfn "$REPO" "$SCRATCH/by-link"
    for name in "$REPO/" "$SCRATCH/by-link" "$HOME/../home/repo"; do
        git -C "$REPO" commit -q --allow-empty -m 1
        cat >"$SCRATCH/two.conf" <<END
defaults = { git_pull_cmd = "echo pulled"; git_submodule_update_cmd = "";
    start_timeout = 1; stop_timeout = 1; delete_pyc_files = false; };
workers = (
    { queue = "one"; git_sync_dir = "$REPO"; },
    { queue = "two"; git_sync_dir = "$name"; }
);
END
        run within 20 timeout 30 "$LAUNCH" -c "$SCRATCH/two.conf" sync
        echo "$name: $status: $output"
        [ "$status" -eq 0 ]
        [[ $output != *waiting* ]]
        run "$LAUNCH" -c "$SCRATCH/two.conf" sync --if-changed
        echo "$status: $output"
        [ "$status" -eq 10 ]
        # Others still wait.
        flock "$LOCK" "$LAUNCH" -c "$SCRATCH/two.conf" sync \
            >"$SCRATCH/waited" 2>&1 || [ $? -eq 75 ]
        grep -q 'another sync has held' "$SCRATCH/waited"
    done
}

@test "a directory of state by two names is one, too" {
    ln -sfn "$SCRATCH/state" "$SCRATCH/state-link"
    mkdir "$SCRATCH/state"
    cat >"$SCRATCH/two.conf" <<END
defaults = { start_timeout = 1; stop_timeout = 1; };
workers = (
    { queue = "one"; state_dir = "$SCRATCH/state";
        master_setup_cmd = "true"; },
    { queue = "two"; state_dir = "$SCRATCH/state-link";
        master_setup_cmd = "true"; }
);
END
    run within 20 timeout 30 "$LAUNCH" -c "$SCRATCH/two.conf" sync
    echo "$status: $output"
    [ "$status" -eq 0 ]
    [[ $output != *waiting* ]]
}

@test "a link from one clone's lock to another's is refused as ever" {
    # It comes behind "repo", which is held by then.
    git init -q "$HOME/zother"
    git -C "$HOME/zother" commit -q --allow-empty -m 0
    ln -s "$LOCK" "$HOME/zother/.git/celery-tmux.sync"
    cat >"$SCRATCH/two.conf" <<END
defaults = { git_pull_cmd = ""; git_submodule_update_cmd = ""; };
workers = (
    { queue = "one"; git_sync_dir = "$REPO"; },
    { queue = "two"; git_sync_dir = "$HOME/zother"; }
);
END
    run "$LAUNCH" -c "$SCRATCH/two.conf" sync
    echo "$status: $output"
    [ "$status" -eq 77 ]
    [[ $output = *'is not a file of yours'* ]]
}
