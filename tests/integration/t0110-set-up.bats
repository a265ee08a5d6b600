#!/usr/bin/env bats
#
# set-up with stand-ins for dpkg-query, apt-get, sudo and id, which write down
# how they were called: no test changes the machine it runs on.

load lib

setup_file() {
    begin_file
    mkdir "$SCRATCH/bin"
    # Packages that are "installed" are the words of $INSTALLED.
    stand_in dpkg-query '
        case " $INSTALLED " in
        *" $4 "*) printf "installed " ;;
        *" $4:known "*) printf "not-installed " ;;
        *) exit 1 ;;
        esac'
    stand_in apt-get 'echo "apt-get $*" >>"$SCRATCH/calls"
        [ -z "${DURING-}" ] || . "$DURING"
        case $* in *" update"*) exit "${UPDATE-0}" ;; *) exit "${APT-0}" ;; esac'
    stand_in flock 'shift 3; exec "$@"'
    stand_in systemctl '[ -z "${CONTAINER-}" ] || exit 127
        echo "systemctl $*" >>"$SCRATCH/calls"'
    stand_in update-rc.d 'echo "update-rc.d $*" >>"$SCRATCH/calls"'
    stand_in dpkg 'case $* in *getty*) echo "systemd: it" ;; *) exit 1 ;; esac'
    stand_in id 'echo "$NUMBER"'
    stand_in sudo '[ "$SUDO" = yes ] || exit 1
        [ "$1" != -n ] || exit 0
        echo "sudo" >>"$SCRATCH/calls"; exec "$@"'
    export PATH="$SCRATCH/bin:$PATH"
}

stand_in() {
    printf '#!/bin/sh\n%s\n' "$2" >"$SCRATCH/bin/$1"
    chmod +x "$SCRATCH/bin/$1"
}

setup() {
    : >"$SCRATCH/calls"
    export SET_UP_ROOT=$SCRATCH/root
    POLICY=$SET_UP_ROOT/usr/sbin/policy-rc.d
    rm -rf "$SET_UP_ROOT"
    mkdir -p "$SET_UP_ROOT/usr/sbin" "$SET_UP_ROOT/etc/rc2.d" \
        "$SET_UP_ROOT/etc/systemd/system/multi-user.target.wants"
    export NUMBER=0 SUDO=no INSTALLED='gcc libc6-dev libconfig-dev pkgconf'
}

set_up() {
    run "$ROOT/scripts/set-up" "$@" </dev/null
}

@test "with everything there it is silent and calls nothing" {
    set_up build
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [ ! -s "$SCRATCH/calls" ]
}

@test "root installs what is missing, and nothing else" {
    export INSTALLED='gcc libc6-dev pkgconf tmux procps'
    set_up build run
    [ "$status" -eq 0 ]
    [ "$output" = 'set-up: installing celery libconfig-dev python3-celery' ]
    [ "$(cat "$SCRATCH/calls")" = "apt-get -q update
apt-get -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends install \
celery libconfig-dev python3-celery" ]
}

@test "a package that dpkg only knows by name is missing" {
    export INSTALLED='gcc libc6-dev pkgconf libconfig-dev:known'
    set_up build
    [ "$status" -eq 0 ]
    [ "$output" = 'set-up: installing libconfig-dev' ]
}

@test "lists that cannot be renewed are no reason to give up" {
    export INSTALLED='' UPDATE=100
    set_up build
    [ "$status" -eq 0 ]
    [[ $output = *'going on with old lists'* ]]
    grep -q 'install gcc libc6-dev libconfig-dev pkg-config$' "$SCRATCH/calls"
}

@test "packages that cannot be had are 69" {
    export INSTALLED='' APT=100
    set_up build
    [ "$status" -eq 69 ]
    [[ $output = *'apt-get could not install all of: gcc '* ]]
}

@test "an ordinary user installs through sudo" {
    export NUMBER=1000 SUDO=yes INSTALLED='gcc libc6-dev pkgconf'
    set_up build
    [ "$status" -eq 0 ]
    grep -qx sudo "$SCRATCH/calls"
    grep -q 'install libconfig-dev$' "$SCRATCH/calls"
}

@test "an ordinary user without sudo is told what to ask for" {
    export NUMBER=1000 INSTALLED='gcc libc6-dev'
    set_up build
    [ "$status" -eq 69 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output = *'missing here: libconfig-dev pkg-config;'* ]]
    [[ $output = *'apt-get install --no-install-recommends libconfig-dev'* ]]
    [ ! -s "$SCRATCH/calls" ]
}

@test "elsewhere than on Debian it says what is needed and does not stop" {
    mkdir "$SCRATCH/elsewhere"
    for command in sh awk cat sed sort uniq xargs tr echo; do
        ln -s "$(type -P "$command")" "$SCRATCH/elsewhere/"
    done
    PATH=$SCRATCH/elsewhere set_up build
    [ "$status" -eq 0 ]
    [[ $output = *'this is not Debian'*' libconfig-dev '* ]]
}

@test "a purpose that is none is refused" {
    set_up
    [ "$status" -eq 64 ]
    [ "$output" = 'set-up: name what for: build run check coverage analyze deb rpm rpmlint static wheel top bench' ]
    set_up build nonsense
    [ "$status" -eq 64 ]
    [ "$output" = 'set-up: no such purpose: nonsense' ]
}

# during COMMANDS: what happens while apt-get installs
during() {
    export DURING=$SCRATCH/during
    printf 'case $* in *" install "*) %s\n;; esac\n' "$*" >"$DURING"
}

@test "no service starts while packages are installed, and all may later" {
    export INSTALLED=''
    during '"$SET_UP_ROOT/usr/sbin/policy-rc.d" cron start
        echo "policy says $?" >>"$SCRATCH/calls"'
    set_up check
    [ "$status" -eq 0 ]
    grep -qx 'policy says 101' "$SCRATCH/calls"
    [ -z "$(ls -A "$SET_UP_ROOT/usr/sbin")" ]
    # Packages that cannot be had change nothing about that.
    APT=100 set_up check
    [ "$status" -eq 69 ]
    [ -z "$(ls -A "$SET_UP_ROOT/usr/sbin")" ]
}

@test "what is interrupted, or was killed, leaves no policy behind" {
    local signal

    export INSTALLED=''
    for signal in INT TERM HUP; do
        during "kill -$signal \$PPID"
        fails "$ROOT/scripts/set-up" build </dev/null
        [ -z "$(ls -A "$SET_UP_ROOT/usr/sbin")" ]
    done
    during 'kill -KILL $PPID'
    fails "$ROOT/scripts/set-up" build </dev/null
    [ -e "$POLICY" ]
    unset DURING
    # The next call has nothing to install.
    export INSTALLED='gcc libc6-dev libconfig-dev pkgconf'
    set_up build
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [ -z "$(ls -A "$SET_UP_ROOT/usr/sbin")" ]
}

@test "a policy that is there already stays as it is" {
    export INSTALLED=''
    printf '#!/bin/sh\nexit 104\n' >"$POLICY"
    cp "$POLICY" "$SCRATCH/policy"
    set_up build
    [ "$status" -eq 0 ]
    [[ $output = *'policy-rc.d decides what starts'* ]]
    cmp "$POLICY" "$SCRATCH/policy"
}

@test "what was installed does not start at the next boot; all else does" {
    local wants=$SET_UP_ROOT/etc/systemd/system/multi-user.target.wants

    export INSTALLED=''
    ln -s /lib/systemd/system/mine.service "$wants"
    ln -s ../init.d/mine "$SET_UP_ROOT/etc/rc2.d/S01mine"
    during 'w=$SET_UP_ROOT/etc/systemd/system/multi-user.target.wants
        ln -s /lib/systemd/system/cron.service "$w/cron.service"
        ln -s /lib/systemd/system/getty@.service "$w/getty@tty1.service"
        ln -s ../init.d/redis-server "$SET_UP_ROOT/etc/rc2.d/S01redis-server"'
    set_up check
    [ "$status" -eq 0 ]
    [ "$(grep -v ^apt-get "$SCRATCH/calls")" = \
        "update-rc.d redis-server disable
systemctl -q --root=$SET_UP_ROOT/ disable cron.service" ]
    [[ $output = *'set-up: not started, and not at boot: cron.service ('* ]]
}

@test "nor where there is no systemctl to say so to" {
    export INSTALLED='' CONTAINER=yes
    during 'ln -s /lib/systemd/system/cron.service \
        "$SET_UP_ROOT/etc/systemd/system/multi-user.target.wants"'
    set_up check
    [ "$status" -eq 0 ]
    [[ $output = *'set-up: not started, and not at boot: cron.service ('* ]]
    [ -z "$(find "$SET_UP_ROOT/etc/systemd" -type l)" ]
}
