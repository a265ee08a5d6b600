# shellcheck shell=bash
# shellcheck disable=SC2034 # for the files that load this
#
# users.bash - root and the users whose workers root starts, for tests of the
# setting user.  Loaded behind lib.
#
# The users tester and third, their homes and an empty /tmp exist only in
# mounts of the test file's own.

# make_users UID: a process that keeps the mounts, in $KEEPER; tester has the
# uid, third the next; without root there can be none, and $SKIP says so
make_users() {
    export TESTER=$1 THIRD=$(($1 + 1))
    if ! unshare -m true 2>/dev/null; then
        export SKIP='needs root, for users in mounts of its own'
        return 0
    fi
    mkdir "$SCRATCH/etc"
    cp /etc/passwd /etc/group /etc/shadow "$SCRATCH/etc"
    cat >>"$SCRATCH/etc/passwd" <<END
tester:x:$TESTER:$TESTER::/srv/home/tester:/bin/bash
third:x:$THIRD:$THIRD::/srv/home/third:/bin/sh
END
    printf '%s:*:20000::::::\n' tester third >>"$SCRATCH/etc/shadow"
    cat >>"$SCRATCH/etc/group" <<END
tester:x:$TESTER:
third:x:$THIRD:
crew:x:7199:tester
END
    cat >"$SCRATCH/mounts" <<'END'
set -e
mount --make-rprivate /
mount --bind "$SCRATCH/etc/passwd" /etc/passwd
mount --bind "$SCRATCH/etc/group" /etc/group
mount --bind "$SCRATCH/etc/shadow" /etc/shadow
mount -t tmpfs -o mode=755 none /srv
mkdir -p /srv/home/tester /srv/home/third /srv/root /srv/etc /srv/bin
cp "$LAUNCH" /srv/bin/celery-tmux-launch
cp -R "$APP_DIR" /srv/app
chown $TESTER:$TESTER /srv/home/tester
chown $THIRD:$THIRD /srv/home/third
chmod 700 /srv/root
mount -t tmpfs -o mode=755 none /usr/local/sbin
cat >/usr/local/sbin/mount <<'WRAPPER'
#!/bin/sh
echo "$(id -un) $*" >>/srv/root/mounted
exec /bin/mount "$@"
WRAPPER
chmod 755 /usr/local/sbin/mount
mount -t tmpfs -o mode=1777 none /tmp
touch /srv/ready
exec sleep 5100
END
    unshare -m bash "$SCRATCH/mounts" 3>&- </dev/null &
    export KEEPER=$!
    wait_for inside test -e /srv/ready
}

# inside COMMAND...: in those mounts, from surroundings like cron's as root
inside() {
    nsenter -t "$KEEPER" -m -- env -i -C / HOME=/srv/root SHELL=/bin/sh \
        PATH=/usr/bin:/bin LOGNAME=root SECRET_OF_ROOT=x setsid -w "$@" \
        </dev/null
}

# as USER COMMAND...: the same as that user
as() {
    nsenter -t "$KEEPER" -m -- env -i -C / HOME="/srv/home/$1" \
        SHELL=/bin/sh PATH=/usr/bin:/bin TERM=xterm setpriv --reuid "$1" \
        --regid "$1" --init-groups "${@:2}"
}

launch=/srv/bin/celery-tmux-launch
config=/srv/etc/site.conf

# site: standard input becomes the configuration, which all may read
site() {
    nsenter -t "$KEEPER" -m -- sh -c 'umask 022; cat >/srv/etc/site.conf'
}

# nobody_is_left: no process of the two users in those mounts; another run of
# the tests may have users of the same numbers
nobody_is_left() {
    fails pgrep --ns "$KEEPER" --nslist mnt -U "$TESTER,$THIRD"
}

# end_users: at the end of a file; nothing of theirs may be left
end_users() {
    local user

    for user in tester third; do
        as "$user" tmux kill-server 2>/dev/null || true
    done
    inside tmux kill-server 2>/dev/null || true
    wait_for nobody_is_left
    kill "$KEEPER"
}

# root_begins COMMAND...: in the background, as root in those mounts; it is the
# one child of $begun
root_begins() {
    in_background "$SCRATCH/root" nsenter -t "$KEEPER" -m -- env -i -C / \
        --default-signal=INT HOME=/srv/root PATH=/usr/bin:/bin "$@"
    # shellcheck disable=SC2154 # stand-in.bash says it
    begun=$background
}
