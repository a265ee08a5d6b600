#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2088 # ~ and $ are for the user's shell
#
# What the README says to whoever has no root, word for word: an ordinary user
# of the head installs, looks around, starts, and starts on two nodes.

load ../integration/lib
load nodes

setup_file() {
    begin_file
    export NODES=2
    cluster_ready
    [ -z "$SKIP" ] || return 0
    home=$SHARED/home/tester
    mkdir "$home/celery-tmux"
    (cd "$ROOT" && tar -c --exclude='./build*' --exclude=./.git .) |
        tar -x -C "$home/celery-tmux"
    chown -R 7700:7700 "$home/celery-tmux"
}

# says WORDS...: the README has them, and so they are what the user types
says() {
    for words; do
        grep -qF -e "$words" "$ROOT/README.md" || {
            echo "the README does not say: $words"
            return 1
        }
        echo "$words" >>"$SCRATCH/typed"
    done
}

# typed: all that was typed, by a login shell of the user's in the checkout
typed() {
    run cluster exec tester@head bash -lc \
        'cd ~/celery-tmux && set -e && eval "$1"' sh \
        "unset PDSH_RCMD_TYPE; $(cat "$SCRATCH/typed")"
    rm "$SCRATCH/typed"
    echo "$output"
}

@test "without root: install, check, start, man, and a fan-out to two nodes" {
    says 'make install PREFIX=~/.local'
    typed
    [ "$status" -eq 0 ]
    # The cluster has a program of its own in PATH; ours is to come first.
    says 'export PATH=~/.local/bin:$PATH' 'cp -R scripts/demo-app ~/app' \
        'mkdir -p ~/.config/celery-tmux'
    echo 'type celery-tmux-launch' >>"$SCRATCH/typed"
    typed
    [ "$status" -eq 0 ]
    [[ $output = *'is /srv/home/tester/.local/bin/celery-tmux-launch' ]]
    conf=.config/celery-tmux/celery-tmux.conf
    awk -v mark="<!-- file $conf -->" '$0 == mark { wanted = 1; next }
        /^```/ { open = !open; on = open && wanted; wanted = wanted && on; next }
        on' "$ROOT/README.md" | cluster exec tester@head sh -c "
            umask 77; cat >/srv/home/tester/$conf"

    says 'export PATH=~/.local/bin:$PATH' 'celery-tmux-launch check --dry-run'
    typed
    [ "$output" = "ok: /srv/home/tester/$conf: celery, media" ]
    says 'export PATH=~/.local/bin:$PATH' 'celery-tmux-launch start' \
        'celery-tmux-launch status'
    typed
    [ "$status" -eq 0 ]
    [ "$output" = 'celery: started
media: started
celery: running
media: running' ]
    says 'export PATH=~/.local/bin:$PATH'
    for page in 1:celery-tmux-launch 5:celery-tmux.conf 7:pdsh-celery; do
        echo "man -w ${page%:*} ${page#*:}" >>"$SCRATCH/typed"
    done
    typed
    [ "$status" -eq 0 ]
    [ "$(grep -c '^/srv/home/tester/.local/share/man/' <<<"$output")" -eq 3 ]

    says 'export PDSH_MODULE_DIR=~/.local/lib/pdsh' \
        'pdsh -R celery -w node[001-020] ~/.local/bin/celery-tmux-launch start'
    sed -i 's/001-020/001-002/' "$SCRATCH/typed"
    typed
    [ "$status" -eq 0 ]
    [ "$(grep '^node' <<<"$output" | sort)" = 'node001: celery: started
node001: media: started
node002: celery: started
node002: media: started' ]
    says 'export PDSH_MODULE_DIR=~/.local/lib/pdsh'
    says 'export PATH=~/.local/bin:$PATH'
    echo "pdsh -R celery -w 'node[001-002]' ~/.local/bin/celery-tmux-launch kill
        celery-tmux-launch kill" >>"$SCRATCH/typed"
    typed
    [ "$status" -eq 0 ]
    [ "$(grep -c ': killed$' <<<"$output")" -eq 6 ]
    nothing_left_on_nodes
}
