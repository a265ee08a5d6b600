#!/usr/bin/env bats
# shellcheck disable=SC2016 # $1 is for the user's shell
#
# The README word for word, all of it: an ordinary user of the head, in a fresh
# home with a clone of the source, installs, configures, starts, looks around,
# and starts on two nodes.

load ../integration/lib
load ../integration/readme
load nodes

setup_file() {
    begin_file
    export NODES=2
    cluster_ready
    [ -z "$SKIP" ] || return 0
    # The checkout as it is, committed or not, is what there is to clone.
    there=$SHARED/shared/celery-tmux.git
    mkdir "$SCRATCH/work"
    (cd "$ROOT" && tar -c --exclude='./build*' --exclude=./.git .) |
        tar -x -C "$SCRATCH/work"
    git -C "$SCRATCH/work" init -q
    git -C "$SCRATCH/work" add -f .
    git -C "$SCRATCH/work" -c user.name=ada -c user.email=ada@example.org \
        commit -q -m all
    git clone -q --bare "$SCRATCH/work" "$SCRATCH/celery-tmux.git"
    cp -R "$SCRATCH/celery-tmux.git" "$there"
    chown -R 7700:7700 "$there"
}

# as_user: standard input is a script for a login shell of the user's
as_user() {
    cluster exec tester@head bash -lc 'cd; unset PDSH_RCMD_TYPE; eval "$1"' \
        sh "$(cat)"
}

# here: the blocks of standard input with the addresses that hold here
here() {
    sed -e 's|redis://localhost/0|redis://head/0|' -e 's|001-020|001-002|'
}

@test "the README, from make install to a fan-out and a start that fails" {
    readme_chosen 'run user' file run 'run head' | here >"$SCRATCH/blocks"
    # A module of one's own is found as the table of Install says.
    variable='export PDSH_MODULE_DIR=~/.local/lib/pdsh'
    grep -qF "\`$variable\`" "$ROOT/README.md"
    run as_user <<<"$(project_script; echo "$variable"
        echo 'git clone -q /srv/shared/celery-tmux.git && cd celery-tmux'
        readme_script <"$SCRATCH/blocks" | when_ready)"
    # The last of them fails, as the README says.
    [ "$status" -eq 69 ]
    echo "${output//\/srv\/home\/tester//home/ada}" >"$SCRATCH/got"
    # In Celery 5.0's words.
    sed -i "s/Error: .* No module named 'porj'/The module porj was not found./" \
        "$SCRATCH/got"
    # make says much that the README leaves out.
    sed '/^\.\$ make install/a ....' "$SCRATCH/blocks" |
        readme_transcript >"$SCRATCH/expected"
    same_transcript "$SCRATCH/expected" "$SCRATCH/got"
}

@test "the program and its pages are found, and nothing is left" {
    run as_user <<'END'
export PATH=~/.local/bin:$PATH
type celery-tmux-launch
man -w 1 celery-tmux-launch
man -w 5 celery-tmux.conf
man -w 7 celery-tmux celery-tmux-starcluster pdsh-celery
celery-tmux-launch kill
make -C celery-tmux -s uninstall PREFIX=~/.local
ls .local/bin
END
    echo "$output"
    [[ $output = *'is /srv/home/tester/.local/bin/celery-tmux-launch'* ]]
    [ "$(grep -c '^/srv/home/tester/.local/share/man/' <<<"$output")" -eq 5 ]
    [[ $output != *$'\ncelery-tmux-launch' ]]
    nothing_left_on_nodes
}
