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
defaults = { stop_timeout = 5; celery_cmd = "/srv/shared/worker"; };
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
    on_head sh -c 'set -o pipefail
        celery-tmux-launch plan --print -c /tmp/pipe.conf | "$@"' sh "$@"
}

# pipe_site CONCURRENCY: a configuration that only the head has
pipe_site() {
    on_head sh -c 'umask 077; cat >/tmp/pipe.conf; cat >/tmp/common.conf' <<END
@include "common.conf"
workers = ( { name = "piped"; queue = "pipe"; hosts = "node[001-003]"; } );
nodes = ( { hosts = "node002"; concurrency = $1; } );
END
}
