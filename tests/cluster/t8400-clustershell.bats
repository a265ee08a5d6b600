#!/usr/bin/env bats
#
# etc/clustershell: groups of ClusterShell are the workers of the head's
# configuration; and clush, or GNU parallel, takes that to the nodes.

load ../integration/lib
load nodes

setup_file() {
    begin_file
    NODES=${NODES:-3}
    cluster_ready
    [ -z "$SKIP" ] || return 0
    export LAST
    LAST=$(nodes | tail -n 1)
    cp "$ROOT/etc/clustershell/celery.conf" \
        "${SHARED%/srv}/etc/clustershell/groups.conf.d"
    on_head sh -c 'umask 077; mkdir -p ~/.config/celery-tmux
        cat >~/.config/celery-tmux/celery-tmux.conf' <<END
defaults = { stop_timeout = 30; celery_cmd = "/srv/shared/worker"; };
workers = (
    { queue = "celery"; },
    { name = "gpu"; queue = "video,image"; hosts = "node[001-002]"; },
    { name = "gpu"; queue = "video"; hosts = "$LAST"; },
    { queue = "beat"; hosts = "node002"; }
);
nodes = ( { hosts = "$ALL"; nice = 1; } );
END
    cp "$ROOT/tests/integration/stand-in" "$SHARED/shared"
    cat >"$SHARED/shared/worker" <<'END'
#!/bin/sh
exec /srv/shared/stand-in "$(mktemp -d)" "$@"
END
    chmod 755 "$SHARED/shared/worker"
}

@test "@celery:NAME is the worker's nodes" {
    for name in celery gpu beat; do
        # As pdsh -W has them.
        diff <(on_head celery-tmux-launch hosts --worker "$name") \
            <(on_head nodeset -S '\n' -e "@celery:$name")
    done
    [ "$(on_head nodeset -S ' ' -e @celery:beat)" = node002 ]
    [ "$(on_head nodeset -S ' ' -e @celery:gpu)" = "node001 node002 $LAST" ]
    [ "$(on_head nodeset -f @celery:celery)" = \
        "$(on_head nodeset -f "$ALL")" ]
}

@test "the workers are listed, and all their nodes are there" {
    [ "$(on_head nodeset -l -s celery)" = \
        $'@celery:beat\n@celery:celery\n@celery:gpu' ]
    [ "$(on_head nodeset -f -a -s celery)" = \
        "$(on_head nodeset -f "$ALL")" ]
    # Which workers are on that node?
    [ "$(on_head nodeset -l -s celery node002)" = \
        $'@celery:beat\n@celery:celery\n@celery:gpu' ]
    [ "$(on_head nodeset -l -s celery "$LAST")" = \
        $'@celery:celery\n@celery:gpu' ]
}

@test "a worker that is none is an error, not every node" {
    run on_head nodeset -f @celery:gpus
    echo "$output"
    [ "$status" -ne 0 ]
    [[ $output = *'there is no worker gpus in '* ]]
}

@test "clush asks the nodes of a worker for its status, and ends it" {
    fan_out -w "$ALL" celery-tmux-launch start celery gpu
    run on_head clush -w @celery:gpu celery-tmux-launch status gpu
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(sort <<<"$output")" = "node001: gpu: running
node002: gpu: running
$LAST: gpu: running" ]

    # All workers there, equal nodes together.
    run on_head clush -L -bw @celery:gpu celery-tmux-launch status
    echo "$output"
    [ "$(grep -c 'gpu: running' <<<"$output")" -ge 1 ]
    [ "$(grep -c 'beat: stopped' <<<"$output")" -eq 1 ]

    on_head clush -w @celery:gpu celery-tmux-launch kill gpu
    run on_head clush -S -w @celery:celery celery-tmux-launch status gpu
    [ "$status" -eq 3 ]
    [ "$(grep -c ': gpu: stopped$' <<<"$output")" -eq 3 ]
    # It does not belong on the others.
    [ "$(grep -c 'does not belong on' <<<"$output")" -eq $((NODES - 3)) ]
    on_head clush -a -s celery celery-tmux-launch kill
    nothing_left_on_nodes
}

# pipe COMMAND...: on the head, `plan --print` of /tmp/pipe.conf before it
pipe() {
    on_head bash -c 'set -o pipefail
        celery-tmux-launch plan --print -c /tmp/pipe.conf | "$@"' bash "$@"
}

# record NODE: the file with the settings of the worker there
record() {
    (cd "$SHARED/home/tester" &&
        echo "$(run_of ".local/state/celery-tmux/$1/celery-pipe")/worker")
}

# pipe_site CONCURRENCY: a configuration that only the head has, in two files
pipe_site() {
    on_head sh -c 'umask 077; cat >/tmp/common.conf' <<END
defaults = { stop_timeout = 30; celery_cmd = "/srv/shared/worker"; };
END
    on_head sh -c 'umask 077; cat >/tmp/pipe.conf' <<END
@include "common.conf"
workers = ( { name = "piped"; queue = "pipe"; hosts = "node[001-003]"; } );
nodes = ( { hosts = "node002"; concurrency = $1; } );
END
}

@test "clush takes the head's configuration to the nodes, and an included file" {
    pipe_site 3
    run pipe clush -q -bw "$ALL" celery-tmux-launch --config=- start
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c '^piped: started$' <<<"$output")" -eq 1 ]
    for name in node001 node002 node003; do
        node "$name" celery-tmux-launch status --all --json |
            jq -e '.worker == "piped" and .state == "running"'
    done
    on_head grep 'concurrency = "3"' "$(record node002)"
    # It says itself that there is nothing to do.
    run pipe clush -q -bw "$ALL" celery-tmux-launch --config=- apply
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    # One that is wrong is none, and starts nothing.
    on_head sh -c 'echo "workers = ( { colour = 1; } );" >/tmp/pipe.conf'
    run pipe clush -q -S -bw "$ALL" celery-tmux-launch --config=- start
    echo "$output"
    [ "$status" -eq 78 ]
    [[ $output = *'pipe.conf:1: '*colour* ]]
    [ "$(grep -c 'standard input is empty' <<<"$output")" -eq "$NODES" ]
    [[ $output != *started* ]]
}

@test "in tree mode, through gateways" {
    pipe_site 4
    cat >"${SHARED%/srv}/etc/clustershell/topology.conf" <<END
[routes]
head: node001
node001: node[002-003]
END
    run pipe clush -d -w 'node[002-003]' celery-tmux-launch --config=- apply
    rm "${SHARED%/srv}/etc/clustershell/topology.conf"
    echo "$output"
    [ "$status" -eq 0 ]
    # It went by the gateway, and what is only there has changed.
    [[ $output = *'gateway node001'* ]]
    [ "$(grep -c '^node002: piped: restarted' <<<"$output")" -eq 1 ]
    [ "$(grep -c '^node003: piped:' <<<"$output")" -eq 0 ]
    on_head grep 'concurrency = "4"' "$(record node002)"
}

@test "clush names nodes to a command of its own alone" {
    pipe_site 4
    run pipe clush -q -S -w 'node[001-003]' celery-tmux-launch --config=- \
        --node=%host status
    echo "$output"
    [ "$status" -eq 64 ]
    [ "$(grep -c 'clush puts one there only with -R exec' <<<"$output")" -eq 3 ]
    # These are called otherwise in the configuration than by themselves.
    on_head sh -c 'sed "s/node\[001-003\]/10.77.1.[2-4]/" /tmp/pipe.conf \
        >/tmp/common.new && mv /tmp/common.new /tmp/pipe.conf'
    run pipe clush -q -S -R exec -w '10.77.1.[2-4]' ssh %host \
        celery-tmux-launch --config=- --node=%host status
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c ': piped: running' <<<"$output")" -eq 3 ]
}

@test "GNU parallel does it, too" {
    on_head sh -c 'command -v parallel' || skip "GNU parallel is not here"
    on_head parallel --tee --version >/dev/null 2>&1 ||
        skip "this GNU parallel has no --tee"
    pipe_site 4
    # shellcheck disable=SC2046 # names
    run pipe parallel -j0 --pipe --tee --tag ssh {} celery-tmux-launch \
        --config=- --node={} kill ::: $(nodes)
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c $'^node00[123]\tpiped: killed' <<<"$output")" -eq 3 ]
    nothing_left_on_nodes
}
