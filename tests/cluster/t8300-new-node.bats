#!/usr/bin/env bats
#
# The head's line for cron: a node that has never seen the configuration joins,
# and is filled with the current one.  (That cron itself runs such lines is
# seen in t8200-cron.bats.)

load ../integration/lib
load nodes

setup_file() {
    begin_file
    NODES=${NODES:-3}
    cluster_ready
    [ -z "$SKIP" ] || return 0
    export NEW OLD
    NEW=$(nodes | tail -n 1)
    OLD=$((NODES - 1))
    # It has not been bought yet.
    cluster kill "$NEW"
}

# configured CONCURRENCY: on the head alone
configured() {
    site <<END
defaults = {
    app = "tasks"; worker_dir = "/srv/shared/app"; broker = "redis://head/0";
    concurrency = $1; mingle = false; pool = "threads"; stop_timeout = 20;
};
workers = (
    { queue = "celery"; },
    { name = "gpu"; queue = "video"; hosts = "$NEW"; }
);
nodes = ( { hosts = "$ALL"; worker = "celery"; nice = 3; } );
END
}

# line: what the sample has for every five minutes, less when and as whom
line() {
    sed -n 's/^\*\/5 \* \* \* \*  celery  //p' \
        "$ROOT/etc/cron.d/celery-tmux-head"
}

# cron_does: that line, by cron's shell and in its environment with what the
# file sets, on the head.  In the simulation, programs, the module and the
# configuration are where no other host finds them.
cron_does() {
    local path

    path=$(sed -n 's/^PATH=//p' "$ROOT/etc/cron.d/celery-tmux-head")
    cluster exec tester@head env -i -C /srv/home/tester LOGNAME=tester \
        HOME=/srv/home/tester SHELL=/bin/sh PATH="/srv/bin:$path" \
        PDSH_MODULE_DIR=/srv/modules CELERY_TMUX_CONFIG=/tmp/site.conf \
        /bin/sh -c "$(line)"
}

# said TEXT: how many lines of output say it of a node of their own
said() {
    grep -c "^node[0-9]*: $1\$" <<<"$output"
}

@test "the line is there, once, for the whole command" {
    [[ $(line) = 'pdsh -R celery '*' celery-tmux-launch apply --no-sync' ]]
    [ "$(line | wc -l)" -eq 1 ]
}

@test "a node that is down is named, and the others are filled, once" {
    configured 1
    run cron_does
    echo "$output"
    [ "$status" -eq 255 ]
    [ "$(said 'celery: started')" -eq "$OLD" ]
    [ "$(grep -c "^$NEW: ssh: " <<<"$output")" -eq 1 ]
    [[ ${lines[-1]} = *": $OLD done, 1 not reached ($NEW)" ]]

    run cron_does
    echo "$output"
    [ "$(grep -vc "$NEW" <<<"$output")" -eq 0 ]
}

@test "a node that joins has the current configuration after the next turn" {
    configured 2
    cluster reboot "$NEW"
    wait_for on_head ssh -o ConnectTimeout=2 "$NEW" true
    for path in /etc/celery-tmux /srv/home/tester/.config/celery-tmux \
        "/srv/home/tester/.local/state/celery-tmux/$NEW" /tmp/site.conf; do
        node "$NEW" test ! -e "$path"
    done

    run cron_does
    echo "$output"
    [ "$status" -eq 0 ]
    grep -qx "$NEW: celery: started" <<<"$output"
    grep -qx "$NEW: gpu: started" <<<"$output"
    # What has the old one is brought up to date in the same turn.
    [ "$(said 'celery: restarted (.*concurrency.*)')" -eq "$OLD" ]
    node "$NEW" ps -u tester -o ni=,args= | grep '^ *3 .*--concurrency=2'
    [ "$(send -q video --wait add 2 3)" = 5 ]

    run cron_does
    [ "$status" -eq 0 ]
    [ -z "$output" ]

    fan_out -w "$ALL" celery-tmux-launch -c /tmp/site.conf kill
    nothing_left_on_nodes
}
