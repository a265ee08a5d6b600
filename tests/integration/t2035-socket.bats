#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2153 # $ is for a shell elsewhere
#
# Another user was there first: the directory of tmux's default socket is
# theirs, and the server in it has whoever calls it write a file.  It is not
# called, by no command, by root neither.  Nor is a state directory of theirs
# used.
#
# The users prey and crook, their homes and an empty /tmp exist only in mounts
# of the test's own.

load lib
load stand-in

launch=/srv/bin/celery-tmux-launch
fresh=--state-dir=/srv/seen/none

setup_file() {
    begin_file
    if ! unshare -m true 2>/dev/null; then
        export SKIP='needs root, for users in mounts of its own'
        return 0
    fi
    mkdir "$SCRATCH/etc"
    cp /etc/passwd /etc/group "$SCRATCH/etc"
    echo 'prey:x:7201:7201::/srv/home/prey:/bin/sh
crook:x:7202:7202::/srv/home/crook:/bin/sh' >>"$SCRATCH/etc/passwd"
    printf 'prey:x:7201:\ncrook:x:7202:\n' >>"$SCRATCH/etc/group"
    cat >"$SCRATCH/mounts" <<'END'
set -e
mount --make-rprivate /
mount --bind "$SCRATCH/etc/passwd" /etc/passwd
mount --bind "$SCRATCH/etc/group" /etc/group
mount -t tmpfs -o mode=755 none /srv
mkdir -p /srv/home/prey /srv/home/crook /srv/root /srv/bin /srv/trap
cp "$LAUNCH" /srv/bin/celery-tmux-launch
cp "$ROOT/tests/integration/stand-in" /srv/bin
mkdir -m 1777 /srv/seen
chmod 1777 /srv/trap
chown 7201:7201 /srv/home/prey
chown 7202:7202 /srv/home/crook
mount -t tmpfs -o mode=1777 none /tmp
touch /srv/ready
exec sleep 2035
END
    unshare -m bash "$SCRATCH/mounts" 3>&- </dev/null &
    export KEEPER=$!
    wait_for inside test -e /srv/ready
    for user in root prey; do
        as "$user" sh -c 'umask 022; mkdir -p /srv/seen/$(id -u) \
            .config/celery-tmux; cat >.config/celery-tmux/celery-tmux.conf' \
            <<END
workers = ( { queue = "celery";
    celery_cmd = "/srv/bin/stand-in /srv/seen/$(id -u "$user" 2>/dev/null ||
            echo 7201)"; } );
END
    done
}

# inside COMMAND...: in those mounts
inside() {
    nsenter -t "$KEEPER" -m -- "$@"
}

# as USER COMMAND...: the same as that user, at home
as() {
    local home=/srv/home/$1

    [ "$1" != root ] || home=/srv/root
    inside env -i -C "$home" HOME="$home" PATH=/usr/bin:/bin \
        TERM=xterm ASAN_OPTIONS=detect_leaks=0 setpriv --reuid "$1" \
        --regid "$1" --init-groups "${@:2}"
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
}

teardown_file() {
    if [ -z "${SKIP-}" ]; then
        for uid in 0 7201; do
            as crook tmux -S "/tmp/tmux-$uid/default" kill-server || true
        done
        as prey tmux -S /srv/home/prey/socket kill-server 2>/dev/null || true
        wait_for nobody_is_left
        kill "$KEEPER"
    fi
    end_file
}

nobody_is_left() {
    fails pgrep -U 7201,7202
}

# lay_trap UID: crook's server where that user's default one would be
lay_trap() {
    as crook sh -s "$1" <<'END'
mkdir /tmp/tmux-$1
: >aliases
i=100
for word in display-message list-panes capture-pane kill-session kill-pane \
    new-session attach-session select-pane set-option; do
    echo "set -s command-alias[$i] '$word=save-buffer -b trap /srv/trap/$word'"
    i=$((i + 1))
done >aliases
tmux -S /tmp/tmux-$1/default -f /dev/null new-session -d -s celery-celery \
    'exec sleep 2036' \; set-buffer -b trap pwned \; source-file aliases
tmux -S /tmp/tmux-$1/default server-access -a prey || :    # since 3.3
chmod 755 /tmp/tmux-$1
chmod 777 /tmp/tmux-$1/default
END
    victim=$(pgrep -U 7202 -nf 'sleep 2036')
}

# worker_died USER: it should run, and went with its server and its runner
worker_died() {
    as "$1" "$launch" start
    as "$1" cp -a .local/state .local/kept
    as "$1" tmux kill-server
    wait_for eval "as '$1' '$launch' status | grep -q ': stopped'"
    as "$1" sh -c 'rm -rf /tmp/tmux-$(id -u) .local/state
        mv .local/kept .local/state'
}

# refused USER WORDS...: 77, and the sentence has the way out
refused() {
    run as "$1" "$launch" "${@:2}"
    echo "$1 ${*:2}: $status $output"
    [ "$status" -eq 77 ]
    [[ $output = *"set tmux_socket or TMUX_TMPDIR"*"have an administrator remove"* ]]
}

untouched() {
    inside ls /srv/trap >"$SCRATCH/trapped"
    cat "$SCRATCH/trapped"
    [ ! -s "$SCRATCH/trapped" ]
    is_running "$victim"
}

@test "a server of another user is not called, by any command" {
    for user in prey root; do
        worker_died "$user"
        lay_trap "$([ "$user" = root ] && echo 0 || echo 7201)"
        socket=/tmp/tmux-$([ "$user" = root ] && echo 0 || echo 7201)/default

        # It is as harmful as it is meant to be.  Before 3.1 it was the server
        # that wrote, and for itself alone.
        if ! tmux_is_before 3.1; then
            as "$user" tmux -S "$socket" display-message
            inside cat /srv/trap/display-message | grep pwned
            inside rm /srv/trap/display-message
        fi

        # Of a worker that it remembers it knows that the screen is gone.
        for words in tend start restart check "logs $fresh" \
            "logs -f $fresh" kill 'kill --now --queue celery'; do
            # shellcheck disable=SC2086 # words
            refused "$user" $words
            untouched
        done
        run as "$user" script -qec "$launch attach $fresh" /dev/null
        echo "$output"
        [ "$status" -eq 77 ]
        untouched
        run as "$user" "$launch" status
        [ "$status" -ne 77 ]
        untouched
    done
}

@test "with a socket of one's own it goes on" {
    run as prey "$launch" start --tmux-socket=/srv/home/prey/socket
    echo "$output"
    [ "$output" = 'celery: started' ]
    wait_for eval 'as prey "$launch" logs | grep "stand-in is ready"'
    run as prey "$launch" kill
    [ "$output" = 'celery: killed' ]
    # Where anybody may make a file, the next server may be anybody's.
    run as prey "$launch" start --tmux-socket=/tmp/socket
    [ "$status" -eq 77 ]
    [[ $output = *'others can create files in /tmp'* ]]
    untouched
}

# What crook has made where the state directory is to be; $1 is a record in it.
# shellcheck disable=SC2016 # crook's shell
MADE=('mkdir -p $1' 'mkdir -p $1; chmod -R 777 /tmp/state'
    'mkdir -p mine/${1#/tmp/state/}; ln -s $PWD/mine /tmp/state'
    'mkfifo /tmp/state' 'ln -s /tmp/state /tmp/state')

@test "a state directory that another user made is not used" {
    local made user words record

    record=/tmp/state/$(uname -n)/celery-celery/runs
    for made in "${MADE[@]}"; do
        inside rm -rf /tmp/state /srv/home/crook/mine
        as crook sh -c "umask 022; $made" sh "$record"
        for user in prey root; do
            for words in start status stop apply 'kill --now'; do
                # shellcheck disable=SC2086 # words
                run as "$user" timeout 20 "$launch" $words \
                    --state-dir=/tmp/state \
                    --tmux-socket="/srv/$([ "$user" = root ] && echo root ||
                        echo home/prey)/socket"
                echo "$made: $user $words: $status $output"
                # In a pipe and a link to itself there is no record.
                case $made in
                mkfifo*|'ln -s /tmp'*)
                    [ "$status" -lt 124 ]
                    [ "$words" != start ] || [ "$status" -ge 69 ] ;;
                *)
                    [ "$status" -eq 77 ]
                    [[ $output = *'/tmp/state belongs to user 7202'* ]] ;;
                esac
            done
        done
        inside find /tmp/state /srv/home/crook ! -user crook >"$SCRATCH/found"
        fails grep . "$SCRATCH/found"
    done
    inside rm -rf /tmp/state /srv/home/crook/mine
}

@test "a process of another user in one's own server is not signalled" {
    tmux new-session -d -s celery-celery \
        'exec setpriv --reuid 7202 --clear-groups sleep 2037'
    wait_for pgrep -U 7202 -f 'sleep 2037'
    run "$LAUNCH" kill --queue celery --now
    echo "$output"
    [ "$status" -eq 77 ]
    [[ $output = *'belongs to another user'* ]]
    pgrep -U 7202 -f 'sleep 2037'
    tmux kill-server
    wait_for fails pgrep -U 7202 -f 'sleep 2037'
}
