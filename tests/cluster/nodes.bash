# shellcheck shell=bash
#
# nodes.bash - for tests that run the real program on a simulated cluster:
# redis on the head, our app on the shared directory, pdsh with our module.
# Loaded behind lib.
#
# NODES is how many nodes: 5, or 20 in `make check-cluster`, which also says
# that a cluster must be possible here (CLUSTER_REQUIRED).

# cluster_ready: up, or SKIP says why not
cluster_ready() {
    export NODES=${NODES:-5} CLUSTER CLUSTER_PATH ALL SKIP
    CLUSTER=$(basename "$BATS_TEST_FILENAME" .bats)-$$
    CLUSTER_PATH=${CLUSTER_PATH:-$(dirname "$LAUNCH")}
    ALL="node[001-$(printf %03d "$NODES")]"
    if ! SKIP=$(cluster can); then
        [ -z "${CLUSTER_REQUIRED-}" ] || { echo "$SKIP"; return 1; }
        return 0
    fi
    cluster up "$NODES"
    SHARED=/proc/$(cluster pid head)/root/srv
    export SHARED
    cp -R "$APP_DIR" "$SHARED/shared/app"
    mkdir "$SHARED/modules" "$SHARED/shared/notes"
    chmod 1777 "$SHARED/shared/notes"
    cp /usr/lib/*/pdsh/*cmd.so "$(dirname "$LAUNCH")/pdsh/celerycmd.so" \
        "$SHARED/modules"
    REDIS_URL=redis://head/0
    export REDIS_URL
    cluster exec head redis-server --bind 10.77.0.1 127.0.0.1 --save '' \
        --protected-mode no --daemonize yes --dir /tmp --logfile /tmp/redis.log
    wait_for cluster exec head redis-cli -h head ping
}

cluster_down() {
    [ -n "${SKIP-}" ] || cluster down
}

# A file that needs more has its own, and calls cluster_down.
setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
}

teardown() {
    [ -n "${BATS_TEST_COMPLETED-}" ] || [ -n "${SKIP-}" ] || left_on_nodes
}

teardown_file() {
    cluster_down
    end_file
}

cluster() {
    "$BATS_TEST_DIRNAME/cluster" "$@"
}

# on_head COMMAND...: as the user, with our module for pdsh
on_head() {
    cluster exec tester@head env -C /srv/home/tester \
        PDSH_MODULE_DIR=/srv/modules PDSH_RCMD_TYPE=celery "$@"
}

# site: standard input becomes the head's configuration, in a place that
# nodes do not have
site() {
    on_head sh -c 'umask 077; cat >/tmp/site.conf'
}

# fan_out ARG...: pdsh on the head
fan_out() {
    on_head pdsh "$@"
}

# launch PDSH-OPTION... -- WORD...: the launcher on nodes, with site's file
launch() {
    local -a options=()

    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    fan_out "${options[@]}" celery-tmux-launch -c /tmp/site.conf "${@:2}"
}

# node NODE COMMAND...: there, as the user
node() {
    cluster exec "tester@$1" "${@:2}"
}

# nodes: their names
nodes() {
    seq -f 'node%03.0f' "$NODES"
}

# left_on_nodes: the user's processes there, but ssh's and tmux's servers
left_on_nodes() {
    on_head pdsh -R ssh -w "$ALL" ps -u tester -o pid=,args= 2>&1 |
        grep -v -e 'sshd[^ ]*: tester' -e 'ps -u tester' -e 'tmux' \
            -e 'sh -c ps -u' || true
}

nothing_left_on_nodes() {
    [ -z "$(left_on_nodes)" ]
}

# send [-q QUEUE] [-n COUNT] NAME [ARG]...: tasks, from the head
send() {
    on_head env -C /srv/shared/app CELERY_BROKER_URL=redis://head/0 \
        /usr/bin/python3 send.py "$@"
}

# task_hosts: on which nodes the tasks so far have run
task_hosts() {
    sort -u "$SHARED/shared/notes/hosts" 2>/dev/null
}
