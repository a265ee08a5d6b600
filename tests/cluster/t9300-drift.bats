#!/usr/bin/env bats
#
# Half of the nodes run an old commit: `status` shows two groups, and `apply`
# makes one, under load and without touching the other half.

load ../integration/lib
load nodes
load load

setup_file() {
    begin_file
    load_ready
    [ -n "${SKIP-}" ] || repository_make
}

# repository_make: a remote, and the clone on the shared home that nodes use
repository_make() {
    on_head sh -e <<'END'
git config --global user.name tester
git config --global user.email tester@localhost
git config --global init.defaultBranch main
git init -q --bare remote.git
git clone -q remote.git theirs 2>/dev/null
cp /srv/shared/app/load.py theirs
git -C theirs add load.py
git -C theirs commit -qm one
git -C theirs push -q origin main
git clone -q remote.git repo
END
}

# commit_another: somebody else does, and it is pushed
commit_another() {
    on_head sh -e <<'END'
echo "# two" >>theirs/load.py
git -C theirs commit -qam two
git -C theirs push -q origin main
END
}

# groups: what dshbak makes of status, without its rules
groups() {
    launch -w "$ALL" -- status | on_head dshbak -c | grep -v -e '^--*$'
}

@test "half on an old commit are a group of their own, and apply makes one group" {
    local half new old

    half=$((NODES / 2))
    new="node[001-$(printf %03d "$half")]"
    old="node[$(printf %03d $((half + 1)))-$(printf %03d "$NODES")]"
    WORKER_DIR=/srv/home/tester/repo configured \
        'pool = "solo"; git_sync_dir = "/srv/home/tester/repo";'
    launch -w "$ALL" -- start
    [ "$(groups)" = "$ALL"$'\ncelery: running' ]
    send_load
    wait_for -t 120 has_ended 1 10

    commit_another
    launch -f 2 -w "$new" -- restart
    groups
    [ "$(groups)" = "$new"$'\ncelery: running\n'"$old"$'\ncelery: running (drifted)' ]

    run launch -f 4 -w "$ALL" -- apply
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c ': celery: restarted' <<<"$output")" -eq $((NODES - half)) ]
    [ "$(groups)" = "$ALL"$'\ncelery: running' ]
    all_done once
    # Each node was touched once.
    [ "$(tally starts "$EVENTS" | grep -c ' 1$')" -eq "$NODES" ]
    [ "$(tally starts "$EVENTS" | wc -l)" -eq "$NODES" ]
    tell "half of $NODES nodes on an old commit, apply under $TASKS tasks:" \
        "$(tally count "$EVENTS"); two groups before, one after; $(as_loaded)"

    launch -w "$ALL" -- kill
    nothing_left_on_nodes
}
