#!/usr/bin/env bats
# bats file_tags=sanitized
# shellcheck disable=SC2001,SC2016,SC2153,SC2154 # $ is for a shell elsewhere, or of users.bash
#
# The setting user: root starts a worker of somebody else, from surroundings
# like cron's.  All of its life is that user's; the user may do anything with
# it, a third one nothing, and neither can make root run anything.
#
# The users tester and third, their homes and an empty /tmp exist only in
# mounts of the test's own.

load lib
load stand-in
load users

setup_file() {
    begin_file
    make_users 7101
    [ -n "${SKIP-}" ] || redis_start
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
    site <<END
defaults = { app = "tasks"; worker_dir = "/srv/app"; broker = "$REDIS_URL";
    pool = "solo"; mingle = false; autorestart = false; };
workers = (
    { queue = "theirs"; user = "tester"; umask = "027"; },
    { queue = "roots"; }
);
END
}

teardown() {
    if [ -z "${SKIP-}" ]; then
        inside "$launch" -c "$config" kill >/dev/null 2>&1 || true
        inside "$launch" -c "$config" kill --now --queue theirs \
            --user=tester >/dev/null 2>&1 || true
    fi
    end_test
}

teardown_file() {
    if [ -z "${SKIP-}" ]; then
        end_users
    fi
    end_file
}

# main_of NAME: the pid of a worker's MainProcess, as root is told
main_of() {
    inside "$launch" -c "$config" status --json "$1" |
        sed -n 's/.*"mainprocess": \([0-9]*\).*/\1/p'
}

# ids FIELD PID: from /proc
ids() {
    awk -v field="$1:" '$1 == field { $1 = ""; print substr($0, 2) }' \
        "/proc/$2/status" | xargs
}

# has NAME=VALUE PID: in its environment
has() {
    tr '\0' '\n' <"/proc/$2/environ" | grep -qx -e "$1"
}

@test "all of a worker's life is its user's" {
    run inside "$launch" -c "$config" start
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(grep -c ': started$' <<<"$output")" -eq 2 ]
    pid=$(main_of theirs)
    [ "$(ids Uid "$pid")" = '7101 7101 7101 7101' ]
    [ "$(ids Gid "$pid")" = '7101 7101 7101 7101' ]
    [ "$(ids Groups "$pid")" = '7101 7199' ]
    [ "$(ids Umask "$pid")" = 0027 ]
    [ "$(ids CapEff "$pid")" = 0000000000000000 ]
    has 'HOME=/srv/home/tester' "$pid"
    has 'USER=tester' "$pid"
    has 'LOGNAME=tester' "$pid"
    has 'SHELL=/bin/bash' "$pid"
    fails has 'SECRET_OF_ROOT=.*' "$pid"
    [ "$(as tester tmux -S /tmp/tmux-7101/default list-sessions \
        -F '#{session_name}')" = celery-theirs ]
    [ "$(inside sh -c \
        'stat -c %U:%a /srv/home/tester/.local/state/celery-tmux/*/celery-theirs')" \
        = tester:700 ]
    [ -z "$(inside find /srv/home/tester ! -user tester)" ]
    # Every process below, from the tmux server on.
    pgrep -a -U 7101 | grep -q 'celery.* worker '
    fails pgrep -U 0 -f 'celery.* worker .*theirs[@]'
    roots=$(main_of roots)
    [ "$(ids Uid "$roots")" = '0 0 0 0' ]
    [ "$(task -q theirs main_pid)" = "$pid" ]

    # The rest of the commands, as root.
    [ "$(inside "$launch" -c "$config" status | sort)" \
        = $'roots: running\ntheirs: running' ]
    inside "$launch" -c "$config" logs theirs | grep -q 'celery@\|theirs@'
    run inside "$launch" -c "$config" restart theirs
    [ "$output" = 'theirs: restarted' ]
    # What would not start is tried as its user, by whom nothing is ended.
    pid=$(main_of theirs)
    run inside "$launch" -c "$config" restart theirs \
        --worker-setup-cmd='id -un; exit 1'
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *'theirs: was not restarted and goes on running'*'says "tester"'* ]]
    [ "$(main_of theirs)" = "$pid" ]
    inside ls -A /tmp | fails grep celery-tmux-check
    run inside "$launch" -c "$config" apply
    [ -z "$output" ]
    run inside "$launch" -c "$config" kill
    [ "$status" -eq 0 ]
    fails is_running "$pid"
    run inside "$launch" -c "$config" status
    [ "$status" -eq 3 ]
}

@test "root may wait for a line of it as long as --timeout says" {
    inside "$launch" -c "$config" start theirs --log-keep=1M
    # With these a call that is to end by itself would have 15 s.
    run inside "$launch" -c "$config" logs theirs --until 'no such line' \
        --timeout 17 --start-timeout=1 --stop-timeout=1
    echo "$output"
    [ "$status" -eq 75 ]
    [[ $output != *'did not end in its time'* ]]
    inside "$launch" -c "$config" kill theirs
}

@test "its user may attach and kill; a third user neither" {
    inside "$launch" -c "$config" start theirs
    pid=$(main_of theirs)
    run as third "$launch" -c "$config" kill theirs
    echo "$output"
    [ "$status" -eq 77 ]
    [[ $output = *'theirs belongs to user tester and you are third; use root, or sudo -u tester celery-tmux-launch --config=/srv/etc/site.conf kill theirs' ]]
    # As the import of another user's workers leaves it.
    run as third sh -c 'mkdir -p ~/.config/celery-tmux && cp /srv/etc/site.conf \
        ~/.config/celery-tmux/celery-tmux.conf && exec "$0" kill theirs' \
        "$launch"
    echo "$output"
    [ "$status" -eq 77 ]
    [[ $output = *'you are third; have root move '*' to /etc/celery-tmux/celery-tmux.conf, then use root, or sudo -u tester celery-tmux-launch kill theirs' ]]
    as third sh -c 'rm -r ~/.config/celery-tmux'
    run as third "$launch" -c "$config" attach theirs
    [ "$status" -eq 77 ]
    run as third "$launch" kill --queue theirs
    [ "$output" = 'theirs: not running' ]
    fails as third tmux -S /tmp/tmux-7101/default kill-server
    fails as third kill -TERM "$pid"
    fails as third sh -c 'ls /srv/home/tester/.local/state/celery-tmux/*/celery-theirs'
    [ "$(main_of theirs)" = "$pid" ]

    run as tester "$launch" -c "$config" status
    [[ $output = *'theirs: running'* ]]
    tmux new-session -d -s seat -x 100 -y 30 \
        "nsenter -t $KEEPER -m -- env -i -C / HOME=/srv/home/tester \
        PATH=/usr/bin:/bin TERM=$TERM setpriv --reuid tester --regid tester \
        --init-groups $launch -c $config attach theirs; sleep 1000"
    wait_for eval 'screen seat | grep -q "ready\."'
    wait_for eval '[ "$(as tester tmux -S /tmp/tmux-7101/default list-clients | wc -l)" = 1 ]'
    # Root's own terminal is not the user's to read; the way out works.
    run inside "$launch" -c "$config" attach theirs
    echo "$output"
    [ "$status" -eq 77 ]
    [[ $output = *"; use su --pty - tester -c 'tmux attach -rt '\''=celery-theirs:'\''', or logs"* ]]
    way_out=$(sed "s/.*; use \(su .*'\), or logs.*/\1/" <<<"$output")
    tmux new-session -d -s roots-seat -x 100 -y 30 \
        "nsenter -t $KEEPER -m -- env -i -C / HOME=/srv/root TERM=$TERM \
        PATH=/usr/bin:/bin $way_out; sleep 1000"
    wait_for eval 'screen roots-seat | grep -q "ready\."'
    wait_for eval '[ "$(as tester tmux -S /tmp/tmux-7101/default list-clients | wc -l)" = 2 ]'
    tmux kill-session -t =seat:
    tmux kill-session -t =roots-seat:
    run as tester "$launch" kill --queue theirs
    [ "$output" = 'theirs: killed' ]
    fails is_running "$pid"
}

@test "root's tend looks after workers that root started as others" {
    inside "$launch" -c "$config" start theirs
    run inside "$launch" tend
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    kill -KILL "$(main_of theirs)"
    wait_for eval 'inside "$launch" -c "$config" status theirs | grep -q dead'
    run inside "$launch" tend
    [ "$status" -eq 0 ]
    [[ $output = 'theirs: started ('* ]]
    wait_for eval 'inside "$launch" -c "$config" status theirs | grep -q running'
    [ "$(ids Uid "$(main_of theirs)")" = '7101 7101 7101 7101' ]
    # What its user ended stays down.
    as tester "$launch" kill --queue theirs
    run inside "$launch" tend
    [ -z "$output" ]
    # One that is configured no longer is stopped by apply.
    inside "$launch" -c "$config" start theirs
    site <<<'workers = ( { queue = "roots"; hosts = "elsewhere"; } );'
    run inside "$launch" -c "$config" apply
    echo "$output"
    [[ $output = *'theirs: stopped (no longer configured)'* ]]
}

@test "root's kill --all ends also what its configuration does not have any more" {
    inside "$launch" -c "$config" start theirs
    pid=$(main_of theirs)
    inside sh -c 'echo "workers = ( { queue = \"own\"; } );" >/srv/other.conf'
    run inside "$launch" -c /srv/other.conf status --all
    echo "$output"
    [[ $output = *'own: stopped'*$'\n''theirs: running'* ]]
    is_running "$pid"
    run inside "$launch" -c /srv/other.conf kill --all
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output = *$'\n''theirs: killed' ]]
    fails is_running "$pid"
}

@test "root_setup_cmd and remount_dir come before, as root, once" {
    site <<END
defaults = { app = "tasks"; worker_dir = "/srv/app"; broker = "$REDIS_URL";
    pool = "solo"; mingle = false; user = "tester"; remount_dir = "/srv/mnt";
    autorestart = false;
    root_setup_cmd = "id -un >>/srv/root/ran; env >/srv/root/env"; };
workers = ( { queue = "theirs"; }, { queue = "more"; } );
END
    inside sh -c 'mkdir -p /srv/mnt && mount -t tmpfs -o size=1m none /srv/mnt'
    run inside "$launch" -c "$config" start
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(inside cat /srv/root/ran)" = root ]
    inside grep -qx HOME=/root /srv/root/env
    fails inside grep -q SECRET /srv/root/env
    [ "$(inside cat /srv/root/mounted)" = 'root -o remount /srv/mnt' ]
    [ "$(inside stat -c %Y /srv/root/mounted)" -le \
        "$(inside stat -c %Y /srv/root/ran)" ]
    # Not for what runs on; again for what begins; by tend too.
    inside "$launch" -c "$config" start --kill-existing=false
    [ "$(inside cat /srv/root/ran)" = root ]
    inside "$launch" -c "$config" restart more
    [ "$(inside cat /srv/root/ran | wc -l)" -eq 2 ]
    kill -KILL "$(main_of more)"
    wait_for eval 'inside "$launch" -c "$config" status more | grep -q dead'
    inside "$launch" tend
    [ "$(inside cat /srv/root/ran | wc -l)" -eq 3 ]

    # A failure: nothing is touched.
    pid=$(main_of theirs)
    run inside "$launch" -c "$config" restart theirs \
        --root-setup-cmd='echo no docker here; exit 4'
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *'theirs: root_setup_cmd ended with status 4, and nothing was started: no docker here'* ]]
    run inside "$launch" -c "$config" restart theirs --remount-dir=/nowhere
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *'theirs: remount_dir ended with status 32'*'/nowhere'* ]]
    [ "$(main_of theirs)" = "$pid" ]
}

@test "without root: sudo, or 77 and the way out" {
    inside sh -c 'cat >/srv/bin/sudo <<"END" && chmod 755 /srv/bin/sudo
#!/bin/sh
printf "%s\n" "$*" >>/srv/sudo.log
case $(cat /srv/sudo.mode) in
refuses) echo "sudo: a password is required" >&2; exit 1 ;;
esac
END'
    with_sudo() {
        as tester env PATH=/srv/bin:/usr/bin:/bin "$@"
    }
    inside sh -c 'echo refuses >/srv/sudo.mode; >/srv/sudo.log; chmod 666 /srv/sudo.log'
    for row in '--remount-dir=/srv/mnt|sudo -n mount -o remount /srv/mnt' \
        '--root-setup-cmd=true|sudo -n /bin/bash -c true'; do
        run with_sudo "$launch" -c "$config" start theirs "${row%|*}"
        echo "$output"
        [ "$status" -eq 77 ]
        [[ $output = *"needs root, and \"${row#*|}\" is not permitted (sudo: a password is required); use root, have it allowed in sudoers with NOPASSWD"* ]]
    done
    run as tester "$launch" -c "$config" start theirs --remount-dir=/srv/mnt
    if command -v sudo >/dev/null; then
        echo '# sudo is here, so its absence is not tried' >&3
    else
        [ "$status" -eq 77 ]
        [[ $output = *'there is no sudo'* ]]
    fi
    # What the command says of sudo is no refusal of sudo's.
    inside sh -c 'echo works >/srv/sudo.mode; echo "exec \"\$2\" \"\$3\" \"\$4\"" >>/srv/bin/sudo'
    run with_sudo "$launch" -c "$config" start theirs \
        --root-setup-cmd='echo no sudo: here; nosuch-command'
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *'ended with status 127, and nothing was started'* ]]
    sed -i '$d' "/proc/$KEEPER/root/srv/bin/sudo"
    run as tester "$launch" -c "$config" status theirs
    [ "$output" = 'theirs: stopped' ]
    inside sh -c 'echo works >/srv/sudo.mode; >/srv/sudo.log'
    run with_sudo "$launch" -c "$config" start theirs --remount-dir=/srv/mnt
    [ "$status" -eq 0 ]
    [ "$(inside cat /srv/sudo.log)" = '-n mount -o remount /srv/mnt' ]
    # Not when kill_existing is false: StarCluster ignored it then.
    as tester "$launch" -c "$config" kill theirs
    inside sh -c '>/srv/sudo.log'
    run with_sudo "$launch" -c "$config" start theirs --remount-dir=/srv/mnt \
        --kill-existing=false
    [ "$status" -eq 0 ]
    [ -z "$(inside cat /srv/sudo.log)" ]
}

@test "the head's part of a fan-out is done as each user" {
    site <<'END'
defaults = { master_setup_cmd = "id -un >>/srv/heads"; };
workers = ( { queue = "theirs"; user = "tester"; }, { queue = "roots"; } );
END
    inside sh -c '>/srv/heads; chmod 666 /srv/heads'
    run inside "$launch" plan -- -c "$config" start
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(inside cat /srv/heads)" = $'root\ntester' ]
    # What fails for one of them has no plan.
    run inside "$launch" plan -- -c "$config" start \
        --master-setup-cmd='[ "$(id -u)" -eq 0 ] || exit 3'
    echo "$output"
    [ "$status" -eq 69 ]
    [[ $output = *"the head's part failed, so no node is contacted" ]]
}

@test "^C while root does its part ends that, and the call, with 75" {
    root_begins "$launch" -c "$config" start theirs \
        --root-setup-cmd='touch /srv/root/began; sleep 3117'
    wait_for inside test -e /srv/root/began
    kill -INT "$(pgrep -P "$begun")"
    wait_for ended "$SCRATCH/root"
    cat "$SCRATCH/root"
    [ "$(cat "$SCRATCH/root.status")" -eq 75 ]
    grep -q 'was interrupted and has ended; try again' "$SCRATCH/root"
    fails pgrep -f 'sleep 3117'
    run inside "$launch" -c "$config" status theirs
    [ "$output" = 'theirs: stopped' ]
}

@test "a call that its user has stopped does not hold up root" {
    root_begins "$launch" -c "$config" start theirs \
        --worker-setup-cmd='sleep 30'
    wait_for pgrep -P "$begun" -f "^$launch"
    root=$(pgrep -P "$begun")
    wait_for pgrep -P "$root" -U 7101 -f -- '--for-root='
    kill -STOP "$(pgrep -P "$root" -U 7101)"
    kill -TERM "$root"
    wait_for ended "$SCRATCH/root"
    [ "$(cat "$SCRATCH/root.status")" -eq 75 ]
    inside "$launch" -c "$config" kill --now theirs
}

@test "nohup stays with a call for a user" {
    root_begins env --ignore-signal=HUP \
        "$launch" -c "$config" sync --delete-pyc-files=false theirs \
        --master-setup-cmd='touch ~/went; until [ -e ~/go ]; do sleep 0.05; done'
    wait_for inside test -e /srv/home/tester/went
    kill -HUP "$(pgrep -P "$begun")"
    as tester touch /srv/home/tester/go
    wait_for ended "$SCRATCH/root"
    cat "$SCRATCH/root"
    [ "$(cat "$SCRATCH/root.status")" -eq 0 ]
}

# clone_of DIRECTORY USER: a new clone of a repository with one commit
clone_of() {
    inside sh -ec 'export HOME=/srv/root GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a
        export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a
        rm -rf "$1" "$1.git" "$1.other"
        git init -q --bare -b main "$1.git"
        git clone -q "$1.git" "$1.other" 2>/dev/null
        cd "$1.other"
        git checkout -qb main
        git commit -q --allow-empty -m 0
        git push -q origin main
        git clone -q "$1.git" "$1"
        chown -R "$2:" "$1" "$1.git"
        git config --global safe.directory "*"' sh "$1" "$2"
}

# commit_to DIRECTORY: something that its next pull brings
commit_to() {
    inside env GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a \
        GIT_COMMITTER_EMAIL=a sh -ec 'cd "$1.other"
        git commit -q --allow-empty -m 1
        git push -q origin main
        chown -R --reference="$1" "$1.git"' sh "$1"
}

# answers STATUS: of sync --if-changed, as root
answers() {
    run inside "$launch" -c "$config" sync --if-changed
    echo "$output"
    [ "$status" -eq "$1" ]
}

@test "--if-changed: a change for root or for a user is a change" {
    clone_of /srv/home/tester/code tester
    clone_of /srv/root/code root
    site <<'END'
workers = (
    { queue = "theirs"; user = "tester"; git_sync_dir = "~/code"; },
    { queue = "roots"; git_sync_dir = "/srv/root/code"; }
);
END
    answers 0
    answers 10
    commit_to /srv/home/tester/code
    answers 0
    answers 10
    commit_to /srv/root/code
    answers 0
    answers 10
    # What goes wrong for one counts more.
    inside mv /srv/home/tester/code /srv/home/tester/away
    commit_to /srv/root/code
    answers 69
}

@test "--if-changed: a user's repository alone is enough" {
    clone_of /srv/home/tester/code tester
    site <<'END'
workers = (
    { queue = "theirs"; user = "tester"; git_sync_dir = "~/code"; },
    { queue = "roots"; worker_dir = "/srv/app";
        master_setup_cmd = "echo >>/srv/root/built"; }
);
END
    answers 0
    answers 10
    [ -z "$output" ]
    commit_to /srv/home/tester/code
    answers 0
    answers 10
    # Without git nothing tells that roots' is to be built.
    inside test ! -e /srv/root/built
    site <<'END'
workers = ( { queue = "theirs"; user = "tester"; }, { queue = "roots"; } );
END
    answers 78
}

@test "a user who is not there is a sentence" {
    site <<<'workers = ( { queue = "theirs"; user = "nobody-here"; } );'
    for command in start status sync check; do
        run inside "$launch" -c "$config" "$command"
        echo "$output"
        [ "$status" -eq 69 ]
        [[ $output = *'there is no user nobody-here '* ]]
    done
}

@test "so is one without a home directory" {
    echo 'homeless:x:7199:7199:::/bin/sh' >>"$SCRATCH/etc/passwd"
    site <<<'workers = ( { queue = "theirs"; user = "homeless"; } );'
    for command in start status sync check; do
        run inside "$launch" -c "$config" "$command"
        echo "$output"
        [ "$status" -eq 69 ]
        [[ $output = *'user homeless has no home directory on this machine; '\
'set one with usermod -d'* ]]
    done
}

@test "nothing of a user's making is run by root" {
    # A record, a configuration, tmux's, a shell's, links in the way.
    as tester sh -c '
        cd
        bad="touch /srv/root/owned; id -u >>/tmp/owned-by"
        echo "run-shell \"$bad\"" >.tmux.conf
        for file in .profile .bashrc .bash_profile .gitconfig; do
            echo "$bad" >$file
        done
        mkdir -p .config/celery-tmux
        echo "workers = ( { queue = \"theirs\"; root_setup_cmd = \"$bad\"; } );" \
            >.config/celery-tmux/celery-tmux.conf'
    inside "$launch" -c "$config" start theirs
    # A record that says what root is to run.
    as tester sh -c '
        cd ~/.local/state/celery-tmux/*/celery-theirs
        cd "runs/$(head -c 8 current)"
        sed -e "s#^ *queue = .*#& root_setup_cmd = \"touch /srv/root/owned\";#" \
            -e "/^# sum/d" worker >copy
        mv copy worker
        grep -q "root_setup_cmd = .touch" worker'
    kill -KILL "$(main_of theirs)"
    wait_for eval 'inside "$launch" -c "$config" status theirs | grep -q dead'
    run inside "$launch" tend
    echo "$output"
    [[ $output = 'theirs: started ('* ]]
    inside "$launch" -c "$config" restart theirs
    # One that says it is root's.
    as tester sh -c '
        cd ~/.local/state/celery-tmux/*/celery-theirs
        cd "runs/$(head -c 8 current)"
        sed -i "s/user = .tester./user = \"root\"/" worker
        grep -q "user = .root" worker'
    kill -KILL "$(main_of theirs)"
    inside "$launch" tend || true
    # Its whole state turned into a link to root's.
    as tester sh -c 'rm -rf ~/.local/state; ln -s /srv/root ~/.local/state'
    inside "$launch" -c "$config" start theirs || true
    inside "$launch" -c "$config" kill theirs || true
    inside "$launch" tend || true
    # The baits were taken, but by nobody else.
    grep -qx 7101 "/proc/$KEEPER/root/tmp/owned-by"
    [ ! -e "/proc/$KEEPER/root/srv/root/owned" ]
    fails grep -qx 0 "/proc/$KEEPER/root/tmp/owned-by"
    # Root asks nobody else either: a request for what is not configured.
    inside sh -c 'rm -rf /srv/home/tester/.local /srv/home/tester/.tmux.conf'
    # A configuration that a user could have written is refused.
    inside sh -c "cp $config /srv/home/tester/own.conf
        chown tester /srv/home/tester/own.conf"
    run inside "$launch" -c /srv/home/tester/own.conf start
    [ "$status" -eq 77 ]
    run inside "$launch" -c "$config" start --for-root=x
    [ "$status" -ne 0 ] || [[ $output != *started* ]]
}

@test "what root has taken out of its configuration, root does not run again" {
    site <<'END'
workers = ( { queue = "theirs"; user = "tester"; celery_cmd = "sh -c 'exec sleep 3118'";
    root_setup_cmd = "echo >>/srv/root/set-up"; } );
END
    inside "$launch" -c "$config" start --no-wait
    [ "$(inside sh -c 'wc -l </srv/root/set-up')" -eq 1 ]
    site <<<'workers = ( { queue = "roots"; hosts = "elsewhere"; } );'
    run inside "$launch" -c "$config" apply
    echo "$output"
    [ "$status" -eq 0 ]
    as tester sh -c 'cd ~/.local/state/celery-tmux/*/celery-theirs
        sed -i "s/^wanted .*/wanted up/; /^# sum/d" wanted'
    run inside "$launch" tend
    echo "$output"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [ "$(inside sh -c 'wc -l </srv/root/set-up')" -eq 1 ]
}

@test "apply waits for the tasks of one that root has taken out of its configuration" {
    site <<'END'
workers = ( { queue = "theirs"; user = "tester";
    celery_cmd = "sh -c 'trap \"sleep 12; exit\" TERM; >~/up; while :; do sleep 0.1; done'"; } );
END
    inside rm -f /srv/home/tester/up
    inside "$launch" -c "$config" start --no-wait
    wait_for inside test -e /srv/home/tester/up
    site <<<'workers = ( { queue = "roots"; hosts = "elsewhere"; } );'
    run inside "$launch" -c "$config" apply
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output = 'theirs: stopped (no longer configured'* ]]
}

# kept: root's copies with the broker's password
kept() {
    inside grep -rlF "$password" /srv/root/.local/state/celery-tmux |
        sed 's,.*/\.users/,,' | sort | xargs
}

@test "root forgets the settings of what it has ended" {
    password=word$SRANDOM$SRANDOM
    site <<END
defaults = { user = "tester"; celery_cmd = "sh -c 'exec sleep 3119'";
    broker = "redis://:$password@localhost/0"; };
workers = ( { queue = "theirs"; }, { queue = "more"; } );
END
    for act in stop kill 'kill --now'; do
        inside "$launch" -c "$config" start --no-wait
        # shellcheck disable=SC2086 # two words
        inside "$launch" -c "$config" $act --dry-run theirs
        [ "$(kept)" = \
            'tester/celery-more/worker tester/celery-theirs/worker' ]
        # shellcheck disable=SC2086
        inside "$launch" -c "$config" $act theirs
        [ "$(kept)" = tester/celery-more/worker ]
        # shellcheck disable=SC2086
        inside "$launch" -c "$config" $act
        [ -z "$(kept)" ]
        run inside "$launch" tend
        [ "$status $output" = '0 ' ]
    done
}

# all_are_killed, for wait_for: of the tester's processes none is left.  On a
# busy machine a runner may call its successor between two of the kills.
all_are_killed() {
    local pids

    pids=$(pgrep --ns "$KEEPER" --nslist mnt -U "$TESTER") || return 0
    # shellcheck disable=SC2086 # a pid each
    kill -KILL $pids
    return 1
}

# copy_is COMMAND: what becomes of root's copy of theirs, as $copy, when all
# of it is killed; root's tend tells that, and has started it
copy_is() {
    inside "$launch" -c "$config" start theirs
    inside sh -c "copy=$copy; $1"
    wait_for all_are_killed
    wait_for eval 'inside "$launch" -c "$config" status theirs | grep -q dead'
    # Who only looks is told each time, and takes nothing from tend.
    for _ in 1 2; do
        run inside "$launch" tend --dry-run
        echo "$1: $status $output"
        [ "$status" -eq 69 ]
        [[ $output = *"$copy/worker is missing, empty, damaged"* ]]
        [[ $output = *'theirs: would be started ('* ]]
    done
    run inside "$launch" tend
    echo "$1: $status $output"
    [ "$status" -eq 69 ]
    [[ $output = *"$copy/worker is missing, empty, damaged"* ]]
    [ "$(grep -c celery-tmux-launch: <<<"$output")" -eq 1 ]
    [[ $output = *'theirs: started ('* ]]
    # It is told as seldom as tend would try.
    run inside "$launch" tend
    [ "$status $output" = '0 ' ]
}

@test "root's copy that is lost or damaged is told, and the user tended" {
    inside mkdir -p -m 1777 /srv/seen
    inside rm -rf /srv/seen/theirs /srv/seen/more
    as tester mkdir /srv/seen/theirs /srv/seen/more
    install -m 755 "$ROOT/tests/integration/stand-in" \
        "/proc/$KEEPER/root/srv/bin/stand-in"
    site <<'END'
workers = ( { queue = "theirs"; user = "tester"; celery_cmd = "/srv/bin/stand-in /srv/seen/theirs"; },
    { queue = "more"; user = "tester"; celery_cmd = "/srv/bin/stand-in /srv/seen/more"; } );
END
    inside "$launch" -c "$config" start theirs
    copy=$(inside sh -c 'echo /srv/root/.local/state/celery-tmux/*/.users/tester/celery-theirs')
    copy_is 'rm $copy/worker'
    copy_is ': >$copy/worker'
    # Nor does it keep another worker's own part from being done.
    inside "$launch" -c "$config" start more
    copy_is 'head -c 60 $copy/worker >$copy/half; mv $copy/half $copy/worker'
    copy_is 'cp $copy/../celery-more/worker $copy/worker'
    # A start makes it anew; what was ended is no longer missed.
    inside "$launch" -c "$config" start theirs
    inside grep -q '^# sum' "$copy/worker"
    inside rm "$copy/worker"
    inside "$launch" -c "$config" kill --now
    run inside "$launch" tend
    [ "$status $output" = '0 ' ]
    inside "$launch" -c "$config" start theirs
    inside rm "$copy/worker"
    site <<<'workers = ( { queue = "roots"; hosts = "elsewhere"; } );'
    inside "$launch" -c "$config" apply
    run inside "$launch" tend
    [ "$status $output" = '0 ' ]
}

@test "root's copy is on the disk before the call for its user" {
    site <<<'workers = ( { queue = "theirs"; user = "tester"; celery_cmd = "sh -c \"exec sleep 3120\""; } );'
    # LeakSanitizer cannot run under strace.
    inside strace -qq -y -E ASAN_OPTIONS=detect_leaks=0 \
        -e trace=fsync,fdatasync,rename,clone,clone3,fork,vfork \
        -o /srv/root/calls "$launch" -c "$config" start --no-wait
    inside sed -n 's,^fsync.*celery-theirs>.*,sync-directory,p
        s,^f[a-z]*sync.*/celery-theirs/\([a-z]*\).*,sync \1,p
        s,^rename.*/celery-theirs/\([a-z]*\)").*,rename \1,p
        s,^v*\(fork\|clone\).*,fork,p' /srv/root/calls >"$SCRATCH/did"
    cat "$SCRATCH/did"
    diff - <(sed -n '/^sync worker/,/^fork/p' "$SCRATCH/did") <<'END'
sync worker
rename worker
sync origin
rename origin
sync-directory
fork
END
}

@test "on a kernel that lacks what is newer root acts for its users, too" {
    local all=pidfd_open,pidfd_send_signal,close_range,openat2,clone3,getrandom
    local names

    "${CC:-cc}" -o "/proc/$KEEPER/root/srv/bin/no-syscalls" \
        "$ROOT/tests/integration/no-syscalls.c"
    cp "$ROOT/tests/integration/stand-in" "/proc/$KEEPER/root/srv/bin/"
    as tester mkdir -p /srv/home/tester/seen
    site <<'END'
workers = ( { queue = "theirs"; user = "tester"; root_setup_cmd = "true";
    autorestart = false;
    celery_cmd = "/srv/bin/stand-in /srv/home/tester/seen"; } );
END
    for names in ${all//,/ } "$all,keyctl"; do
        echo "without $names"
        without() {
            inside timeout 20 /srv/bin/no-syscalls "$names" -- "$launch" "$@"
        }
        without -c "$config" start
        kill -KILL "$(main_of theirs)"
        wait_for eval '[[ $(without tend) = "theirs: started ("* ]]'
        without -c "$config" stop
        without -c "$config" start
        [ "$(without -c "$config" kill --now)" = 'theirs: killed' ]
    done
}

# of_follower: the user's processes in root's logs -f
of_follower() {
    pgrep --ns "$KEEPER" --nslist mnt -U "$TESTER" -f -- \
        '(--for-root=|attach-session)'
}

@test "root's logs -f of a user's worker ends with who reads it" {
    install -m 755 "$ROOT/tests/integration/stand-in" \
        "/proc/$KEEPER/root/srv/bin/stand-in"
    as tester mkdir -p /srv/home/tester/seen
    site <<'END'
workers = ( { queue = "theirs"; user = "tester";
    celery_cmd = "/srv/bin/stand-in /srv/home/tester/seen"; } );
END
    inside "$launch" -c "$config" start theirs
    rm -f "$SCRATCH/root"
    mkfifo "$SCRATCH/root"
    cat "$SCRATCH/root" >"$SCRATCH/read" 3>&- &
    reader=$!
    root_begins "$launch" -c "$config" logs -f theirs
    wait_for grep -q 'stand-in is ready' "$SCRATCH/read"
    of_follower
    # The worker prints nothing more, so no write fails.
    kill "$reader"
    wait_for ended "$SCRATCH/root"
    rm "$SCRATCH/root"
    [ "$(cat "$SCRATCH/root.status")" -eq 0 ]
    wait_for fails of_follower
}
