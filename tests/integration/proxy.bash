# shellcheck shell=bash
#
# proxy.bash - a broker behind a proxy that can fall silent (proxy.py).
# Loaded behind lib.  Its directory is not below $SCRATCH, so that it is never
# taken for something that a worker left.

# proxy_start PORT: to this port of 127.0.0.1; exports PROXY, its directory,
# and PROXY_PORT
proxy_start() {
    local pid

    PROXY=$(mktemp -d "${TMPDIR:-/tmp}/celery-tmux proxy XXXXXX")
    env -i "$PYTHON" -IS "$ROOT/tests/integration/proxy.py" "$PROXY" "$1" \
        >"$PROXY/log" 2>&1 3>&- </dev/null &
    pid=$!
    disown "$pid"
    echo "$pid" >"$PROXY/pid"
    wait_for [ -s "$PROXY/port" ]
    PROXY_PORT=$(cat "$PROXY/port")
    export PROXY PROXY_PORT
}

# proxy_do ORDER: silence, mute, speak or cut; done when this returns
proxy_do() {
    : >"$PROXY/$1"
    wait_for fails [ -e "$PROXY/$1" ]
}

proxy_stop() {
    local pid

    pid=$(cat "$PROXY/pid" 2>/dev/null) || return 0
    kill "$pid" 2>/dev/null || true
    wait_for fails is_running "$pid"
    rm -rf "$PROXY"
}
