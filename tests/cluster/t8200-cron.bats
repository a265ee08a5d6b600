#!/usr/bin/env bats
# shellcheck disable=SC2016 # $ is often for a shell elsewhere
#
# The samples for cron, run by Debian's cron on a node that boots: what ran
# comes back, once, and mail comes when there is something to say.

load ../integration/lib
load nodes

setup_file() {
    begin_file
    export NODES=1
    cluster_ready
    [ -z "$SKIP" ] || return 0
    export CRON_D=${SHARED%/srv}/etc/cron.d
    # The outside has lines of its own, which are not to be run in here.  Only
    # in the cluster's own layer may they be taken away.
    cluster exec head sh -ec 'test "$(stat -f -c %T /etc)" = overlayfs
        rm -f /etc/crontab /etc/cron.d/*'
    mkdir -m 1777 "$SHARED/shared/mails" "$SHARED/shared/seen"
    cp "$ROOT/tests/integration/stand-in" "$SHARED/shared"
    # A mail is among the mails when it is whole.
    cat >"$SHARED/shared/sendmail" <<'END'
#!/bin/sh
mail=$(mktemp /srv/shared/seen/mail.XXXXXX)
cat >"$mail"
mv "$mail" /srv/shared/mails
END
    chmod 755 "$SHARED/shared/sendmail"
}

setup() {
    local name

    [ -z "${SKIP-}" ] || skip "$SKIP"
    for name in one two three; do
        install -d -m 1777 "$SHARED/shared/seen/$name"
    done
    node node001 sh -c 'umask 077; mkdir -p ~/.config/celery-tmux
        cat >~/.config/celery-tmux/celery-tmux.conf' <<'END'
defaults = { stop_timeout = 30; autorestart = false; };
workers = (
    { queue = "one"; celery_cmd = "/srv/shared/stand-in /srv/shared/seen/one"; },
    { queue = "two"; celery_cmd = "/srv/shared/stand-in /srv/shared/seen/two"; },
    { queue = "three"; celery_cmd = "/srv/shared/stand-in /srv/shared/seen/three"; }
);
END
    node node001 celery-tmux-launch start
    node node001 celery-tmux-launch stop three
}

teardown() {
    [ -z "${SKIP-}" ] || return 0
    [ -n "${BATS_TEST_COMPLETED-}" ] || look
    cluster reboot node001
    # By the paths that they have in the cluster, and by those alone.
    cluster exec head sh -c 'rm -rf /etc/cron.d/celery-tmux \
        /srv/shared/mails/* /srv/shared/seen/* /srv/home/tester/.local'
    cluster exec node001 rm -f /var/spool/cron/crontabs/tester
}

# For the report of a failed test.
look() {
    cluster exec node001 ps axf -o pid,user,args || true
    node node001 celery-tmux-launch status || true
    head -n 50 "$SHARED"/shared/mails/* || true
}

# for_tester: a file for cron, for our user and with less patience
for_tester() {
    sed -e 's/  celery  /  tester  /' -e 's/--splay 20/--splay 1/'
}

# in_cron_d: the sample is installed, as its first lines say
in_cron_d() {
    for_tester <"$ROOT/etc/cron.d/celery-tmux" >"$CRON_D/celery-tmux"
}

# in_manual: the user's crontab that celery-tmux-launch(1) shows
in_manual() {
    sed -n '/^\.Ss A crontab/,/^\.Ed/{/^\.Bd/,/^\.Ed/{/^\./d; p}}' \
        "$ROOT/launcher/celery-tmux-launch.1"
}

# boot [COMMAND]: the node loses power and comes up, with COMMAND done before
# cron.  Programs are where `make install` puts them.  A minute of cron's, and
# of nobody else's, has 3 seconds.
boot() {
    local before

    before=$(node node001 cat /proc/sys/kernel/random/boot_id)
    cluster reboot node001
    INIT=$(cluster pid node001)
    [ "$(node node001 cat /proc/sys/kernel/random/boot_id)" != "$before" ]
    node node001 test ! -e /tmp/tmux-7700
    cluster exec node001 sh -ec '
        test "$(stat -f -c %T /var)" = overlayfs
        find /var/spool/cron/crontabs -type f ! -name tester -delete
        mount --bind /srv/bin /usr/local/bin
        mkdir -p /run/sbin/upper /run/sbin/work
        mount -t overlay -o lowerdir=/usr/sbin,upperdir=/run/sbin/upper \
            -o workdir=/run/sbin/work sbin /usr/sbin
        cp /srv/shared/sendmail /usr/sbin'
    [ $# -eq 0 ] || cluster exec node001 "$@"
    # A minute has just begun there: else its line may come beside @reboot's
    # and start what that has not come to.
    # The command faketime itself would stay, and wait.
    cluster exec node001 env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        LD_PRELOAD="$(faketime -f +0 printenv LD_PRELOAD)" \
        FAKETIME="+$((61 - 10#$(date +%S))) x20" cron </dev/null
}

# there ARG...: pgrep, about the node
there() {
    pgrep --ns "$INIT" --nslist pid "$@"
}

# minute: the line for it was run by cron.  That it waits a while makes it
# visible, though not each time on a machine that has more to do.
minute() {
    wait_for -t 120 tends
    wait_for fails tends
}

tends() {
    there -f '^celery-tmux-launch tend --splay'
}

# mails COUNT, for wait_for
mails() {
    [ "$(find "$SHARED/shared/mails" -type f | wc -l)" -eq "$1" ]
}

# is NAME STATE, for wait_for
is() {
    [ "$(node node001 celery-tmux-launch status "$1")" = "$1: $2" ]
}

# starts NAME COUNT: so many lives it has had
starts() {
    [ "$(wc -l <"$SHARED/shared/seen/$1/starts")" -eq "$2" ]
}

# what_ran_runs: one and two do, by one runner each, in a second life; three,
# that was stopped, does not
what_ran_runs() {
    wait_for is one running
    wait_for is two running
    is three stopped
    starts one 2
    starts two 2
    starts three 1
    [ "$(node node001 tmux ls -F '#{session_name}')" = $'celery-one\ncelery-two' ]
    [ "$(there -cf '^[^ ]*celery-tmux-launch run ')" -eq 2 ]
    [ "$(there -cf 'stand-in /srv')" -eq 2 ]
    # Nobody of cron's waits for what was started.
    wait_for fails there -P "$(there -o -x cron)"
}

@test "after a boot the sample brings back what ran, once, and mails nothing" {
    in_cron_d
    boot
    what_ran_runs
    minute
    minute
    what_ran_runs
    mails 0

    # What dies later comes back with a mail.
    kill -KILL "$(there -f 'stand-in /srv/shared/seen/one')"
    wait_for -t 40 mails 1
    grep -qx 'one: started (it ended by signal 9 (Killed))' \
        "$SHARED"/shared/mails/*
    minute
    wait_for is one running
    starts one 3
    mails 1
}

@test "the manual's crontab does the same for a user" {
    in_manual | for_tester >"$SCRATCH/crontab"
    grep -q '^@reboot' "$SCRATCH/crontab"
    cluster exec node001 crontab -u tester - <"$SCRATCH/crontab"
    boot
    what_ran_runs
    minute
    what_ran_runs
    mails 0
}

@test "a worker that cannot start is mailed once" {
    in_cron_d
    echo 1 >"$SHARED/shared/seen/two/fail"
    boot
    wait_for -t 40 mails 1
    grep -qx 'two: started (it ended with status 1)' "$SHARED"/shared/mails/*
    minute
    minute
    mails 1
    is one running
    is two dead
    starts one 2
}

@test "what is missing for all is mailed once" {
    in_cron_d
    boot mount --bind /dev/null /usr/bin/tmux
    minute
    minute
    mails 1
    [ "$(grep -c 'cannot run tmux' "$SHARED"/shared/mails/*)" -eq 2 ]
}

# bare COMMAND: by cron's shell, in its environment, and without HOME
bare() {
    node node001 env -i PATH=/usr/local/bin:/usr/bin:/bin SHELL=/bin/sh \
        LOGNAME=tester /bin/sh -c "$1"
}

@test "the lines do without HOME, the nightly one too, and say nothing" {
    local line count=0

    boot
    while read -r line; do
        echo "$line"
        run bare "$line"
        echo "$output"
        [ "$status" -eq 0 ]
        [ -z "$output" ]
        count=$((count + 1))
        [ "$count" -ne 1 ] || what_ran_runs
    done < <(for_tester <"$ROOT/etc/cron.d/celery-tmux" |
        sed -n 's/^#\{0,1\}[@0-9*].*  tester  //p')
    [ "$count" -eq 3 ]
    # That was a restart of all.
    starts one 3
    starts three 2
    is three running
}
