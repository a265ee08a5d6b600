#!/usr/bin/env bats
# bats file_tags=sanitized
#
# In a virtual environment, where pip puts the program beside Celery, that is
# the Celery which workers get; and an account that the C library does not
# know is one that getent(1) does.

load lib
load stand-in

setup_file() {
    begin_file
    mkdir -p "$SCRATCH/an env/bin" "$SCRATCH/other/bin"
    cp "$LAUNCH" "$SCRATCH/an env/bin/celery-tmux-launch"
    printf '#!/bin/sh\nexec %s "$@"\n' "$(stand_in beside)" \
        >"$SCRATCH/an env/bin/celery"
    chmod +x "$SCRATCH/an env/bin/celery"
    export OURS="$SCRATCH/an env/bin/celery-tmux-launch"
    export BESIDE="$SCRATCH/an env/bin/celery"
    configure <<<'defaults = { app = "x"; };'
}

# command_is WORD OPTION...: what `show` would run begins with it
command_is() {
    local word=$1

    shift
    run "$OURS" show "$@"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ ${lines[-1]} = "exec $word --app=x worker "* ]]
}

@test "the celery beside the program is the default" {
    command_is "'$BESIDE'"
    command_is "'$BESIDE'" --celery-cmd=
}

@test "what is said comes first, and so does virtualenv" {
    command_is celery --celery-cmd=celery
    command_is celery --virtualenv="$SCRATCH/other"
    command_is "'$BESIDE'" --virtualenv=
}

@test "without one it is found in PATH" {
    mv "$BESIDE" "$BESIDE.away"
    command_is celery
    cp "$BESIDE.away" "$BESIDE"
    chmod -x "$BESIDE"
    command_is celery
    mv "$BESIDE.away" "$BESIDE"
}

@test "in a directory of PATH it is PATH that decides" {
    [ "$(id -u)" -eq 0 ] || skip "only root can mount"
    needs_own_mounts
    # shellcheck disable=SC2016 # for the inner shell
    run unshare --mount --propagation private sh -c '
        mount --bind "$1" /usr/local/sbin &&
            exec /usr/local/sbin/celery-tmux-launch show' \
        sh "$SCRATCH/an env/bin"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ ${lines[-1]} = 'exec celery --app=x worker '* ]]
}

@test "a worker runs with it, and it is in the record" {
    "$OURS" start
    [ "$("$OURS" status)" = 'celery: running' ]
    grep -qF "celery_cmd = \"'$BESIDE'\"" \
        "$(run_of "$HOME"/.local/state/celery-tmux/*/celery-celery)/worker"
    # Another program's default is another: that is drift.
    run "$LAUNCH" status -v
    [[ $output = *celery_cmd* ]]
    [ "$("$OURS" status)" = 'celery: running' ]
    "$OURS" kill
}

@test "a Celery that was upgraded in the environment is drift" {
    packages="$SCRATCH/an env/lib/python3.11/site-packages"
    mkdir -p "$packages/celery-5.4.0.dist-info"
    "$OURS" start
    [ "$("$OURS" status)" = 'celery: running' ]
    run "$OURS" status -v
    [[ $output = *$'\n    Celery 5.4.0\n'* ]]
    # As long as pip is at it there is nothing to compare with.
    mv "$packages/celery-5.4.0.dist-info" "$packages/~elery-5.4.0.dist-info"
    [ "$("$OURS" status)" = 'celery: running' ]
    mkdir "$packages/celery-5.5.2.dist-info"
    [ "$("$OURS" status)" = 'celery: running (drifted)' ]
    run "$OURS" status -v
    [[ $output = *'drifted: celery from 5.4.0 to 5.5.2'* ]]
    [ "$("$OURS" status --json | jq -c .drifted)" = '["celery"]' ]
    first=$(worker_pid celery)
    "$OURS" apply
    [ "$(worker_pid celery)" != "$first" ]
    [ "$("$OURS" status)" = 'celery: running' ]
    "$OURS" kill
}

@test "getent is asked for one's own account when the C library has none" {
    [ "$(id -u)" -eq 0 ] || skip "only root can be somebody else"
    fails getent passwd 61234
    mkdir -p "$SCRATCH/asked"
    cat >"$SCRATCH/asked/getent" <<END_OF_SCRIPT
#!/bin/sh
[ "\$*" = 'passwd 61234' ] || exit 2
echo 'dora:x:61234:61234:Dora:$SCRATCH/dora:/bin/zsh'
END_OF_SCRIPT
    chmod 755 "$SCRATCH" "$SCRATCH/asked/getent"
    for other in 61234 61235; do
        run setpriv --reuid "$other" --regid "$other" --clear-groups env -i \
            PATH="$SCRATCH/asked:$PATH" "$OURS" show --app=x
        echo "$output"
        if [ "$other" = 61234 ]; then
            [ "$status" -eq 0 ]
            [[ $output = *"HOME=$SCRATCH/dora"* || $output = *"HOME='$SCRATCH/dora'"* ]]
            [[ $output = *'USER=dora'*'SHELL=/bin/zsh'* ||
                $output = *'SHELL=/bin/zsh'*'USER=dora'* ]]
        else
            [ "$status" -eq 69 ]
            [[ $output = *'user 61235 has no home directory; set HOME' ]]
        fi
    done
}
