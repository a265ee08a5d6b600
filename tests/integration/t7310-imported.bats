#!/usr/bin/env bats
# shellcheck disable=SC2016 # $ is for a shell elsewhere
#
# Every example of the README of StarCluster's plugin, imported and started:
# what each option did is seen in the worker.
#
# The user ubuntu, /home with his repositories, and what the examples call
# (wget, make, git, mount) exist only in mounts of the test's own, the broker
# at localhost in a network of its own.

load lib
load rabbit

program=/srv/celery-tmux-launch
config=/srv/imported.conf

setup_file() {
    begin_file
    if ! unshare -m -n true 2>/dev/null; then
        export SKIP='needs root, for a user in mounts of its own'
    elif ! rabbit_exists; then
        export SKIP='there is no rabbitmq-server here'
    else
        make_place
        start_broker
    fi
}

# make_place: a process that keeps the mounts and the network, in $KEEPER
make_place() {
    mkdir "$SCRATCH/etc" "$SCRATCH/srv"
    for file in passwd group; do
        grep -v '^ubuntu:' "/etc/$file" >"$SCRATCH/etc/$file"
    done
    echo 'ubuntu:x:7310:7310::/home/ubuntu:/bin/bash' >>"$SCRATCH/etc/passwd"
    printf '%s\n' ubuntu:x:7310: crew:x:7311:ubuntu \
        >>"$SCRATCH/etc/group"
    size_is 100m
    cp "$LAUNCH" "$ROOT/scripts/import-starcluster" "$SCRATCH/srv"
    cat >"$SCRATCH/called" <<'END'
#!/bin/sh
# Note who calls what, where, and whether the old bytecode is still there.
echo "$(id -un): ${0##*/} $* in $PWD$(
    [ ! -e /home/ubuntu/repo/code/old.pyc ] || echo ', old')" >>/srv/events
case ${0##*/} in
git) exec /usr/bin/git "$@" ;;
mount) exec /bin/mount "$@" ;;
wget) echo "saved $3"; echo data >"$3" ;;
esac
END
    cat >"$SCRATCH/mounts" <<'END'
set -e
for file in passwd group fstab; do
    mount --bind "$SCRATCH/etc/$file" "/etc/$file"
done
mount --bind "$SCRATCH/srv" /srv
mount /home
mount -t tmpfs -o mode=755 none /usr/local/bin
for name in git make mount wget; do
    install -m 755 "$SCRATCH/called" /usr/local/bin/$name
done
mount -t tmpfs -o mode=755 none /mnt
mount -t tmpfs -o mode=1777 none /tmp
install -d -o ubuntu -g ubuntu /home/ubuntu /mnt/ubuntu
ip link set lo up
: >/srv/events
chmod 666 /srv/events
install -d -o ubuntu -g ubuntu /srv/results
: >/srv/ready
exec sleep 5100
END
    unshare -m -n bash "$SCRATCH/mounts" 3>&- </dev/null &
    export KEEPER=$!
    wait_for test -e "$SCRATCH/srv/ready"
    make_repositories
}

# make_repositories: the user's, with something to pull in each
make_repositories() {
    cat >"$SCRATCH/srv/repositories" <<'END'
git() { /usr/bin/git "$@"; }
git config --global user.name ubuntu
git config --global user.email ubuntu@localhost
git config --global init.defaultBranch master
git config --global protocol.file.allow always
for name in part code caffe; do
    git init -q --bare ~/remote/$name
    git clone -q ~/remote/$name ~/made/$name
    cd ~/made/$name
    echo 1 >one
    git add .
    git commit -q -m one
    git push -q origin master
done
git push -q origin master:dev
git clone -q ~/remote/caffe ~/caffe
cd ~/made/code
mkdir -p code/my/celery
touch code/my/__init__.py code/my/celery/__init__.py
cat >code/my/celery/app.py <<'APP'
import os
from celery import Celery
# Not rpc://, with which Celery 5.6.3 connects anew every second that it waits
# for a result, and loses one that comes meanwhile (its issue 10284).
app = Celery("app", backend="file:///srv/results")
REVISION = 1
@app.task
def pid():
    return os.getpid()
@app.task
def revision():
    return REVISION
APP
git add .
git commit -q -m app
git push -q origin master
git clone -q ~/remote/code ~/repo
# What is only to come with a pull.
sed -i 's/^REVISION = 1/REVISION = 2/' code/my/celery/app.py
git submodule --quiet add ~/remote/part code/part
git add .
git commit -q -m two
git push -q origin master
cd ~/made/caffe
git checkout -q -b dev
echo 2 >two
git add .
git commit -q -m two
git push -q origin dev
touch ~/repo/code/old.pyc
/usr/bin/python3 -m venv --without-pip --system-site-packages ~/repo/venv
cat >~/repo/venv/bin/celery <<'CELERY'
#!/home/ubuntu/repo/venv/bin/python3
import os, sys
from celery.__main__ import main
with open("/srv/events", "a") as events:
    events.write("ubuntu: %s in %s\n" % (" ".join(sys.argv), os.getcwd()))
sys.exit(main())
CELERY
chmod 755 ~/repo/venv/bin/celery
END
    as ubuntu bash -e /srv/repositories
}

start_broker() {
    export RABBIT_PORT=5672
    rabbit_prepare
    rabbit_begin nsenter -t "$KEEPER" -n
    wait_for -t 120 grep -q 'Server startup complete' "$RABBIT/log"
}

# size_is SIZE: what the next remount of /home makes of it
size_is() {
    echo "home /home tmpfs mode=755,size=$1 0 0" >"$SCRATCH/etc/fstab"
}

# inside COMMAND...: in those mounts, as root
inside() {
    nsenter -t "$KEEPER" -m -n -- env -i -C / HOME=/root SHELL=/bin/sh \
        PATH=/usr/bin:/bin LOGNAME=root "$@"
}

# as USER COMMAND...: the same as that user
as() {
    inside env HOME="/home/$1" setpriv --reuid "$1" --regid "$1" \
        --init-groups "${@:2}"
}

# users: the pids of those who use the mounts, apart from their keeper
users() {
    local mounts

    mounts=$(readlink "/proc/$KEEPER/ns/mnt")
    find /proc/[0-9]*/ns/mnt -lname "${mounts//[][]/?}" 2>/dev/null |
        sed 's|^/proc/||; s|/.*||' | grep -vx "$KEEPER"
}

# import: standard input is StarCluster's configuration; it is imported
import() {
    cat >"$SCRATCH/srv/starcluster"
    inside env PATH=/srv:/usr/bin:/bin /srv/import-starcluster \
        /srv/starcluster >"$SCRATCH/srv/imported.conf"
}

# plugin NAME [OPTION]...: what is typed now, as the import has it
plugin() {
    local words

    words=$(sed -n "s/^ *# starcluster runplugin $1: celery-tmux-launch //p" \
        "$SCRATCH/srv/imported.conf")
    # shellcheck disable=SC2086 # words
    inside "$program" -c "$config" $words "${@:2}"
}

# events: what was called since the last time; git -C is the program's own
events() {
    grep -v ': git -C ' "$SCRATCH/srv/events" || true
    : >"$SCRATCH/srv/events"
}

# main_of NAME: the pid of its MainProcess
main_of() {
    inside "$program" -c "$config" status --json "$1" |
        sed -n 's/.*"mainprocess": *\([0-9]*\).*/\1/p'
}

# has_word PID WORD: on its command line
has_word() {
    tr '\0' '\n' <"/proc/$1/cmdline" | grep -qxF -e "$2"
}

# has_variable PID NAME=VALUE
has_variable() {
    tr '\0' '\n' <"/proc/$1/environ" | grep -qxF -e "$2"
}

# ask: the worker itself, through the broker; answers are lines "WHAT VALUE..."
ask() {
    as ubuntu env -C /home/ubuntu/repo/code PYTHONDONTWRITEBYTECODE=1 \
        CELERY_BROKER_URL=amqp://guest@localhost// /usr/bin/python3 -c '
from my.celery.app import app, pid, revision
inspect = app.control.inspect(limit=1, timeout=30)
queues, = inspect.active_queues().values()
stats, = inspect.stats().values()
broker, pool = stats["broker"], stats["pool"]
print("queues", *[queue["name"] for queue in queues])
print("broker", broker["transport"], broker["hostname"], broker["port"],
    broker["userid"])
print("concurrency", pool["max-concurrency"])
print("strategy", pool["writes"]["strategy"])
print("tasks", pool["max-tasks-per-child"])
print("revision", revision.delay().get(20))
print("pid", pid.delay().get(20))
' >"$SCRATCH/answers"
    cat "$SCRATCH/answers"
}

# answered LINE
answered() {
    grep -qxF -e "$1" "$SCRATCH/answers"
}

setup() {
    [ -z "${SKIP-}" ] || skip "$SKIP"
}

teardown_file() {
    if [ -z "${SKIP-}" ]; then
        inside "$program" -c "$config" kill --now || true
        as ubuntu tmux kill-server || true
        wait_for fails users || users | xargs kill -KILL
        rabbit_stop
        kill "$KEEPER"
    fi
    end_file
}

@test "all options of both plugins" {
    import <<'END'
[plugin start_celery_worker]
setup_class = celery_worker.StartCeleryWorker
git_sync_dir = ~/repo
worker_dir = ~/repo/code
app = my.celery.app
queue = celery
concurrency =
kill_existing = True
delete_pyc_files = True
worker_setup_cmd = cd /mnt/ubuntu; f=file.npy; wget http://example.com/$f -O $f
master_setup_cmd = cd ~/caffe; git pull origin dev; make clean; make all; make pycaffe
celery_cmd = ../venv/bin/celery
remount_dir = /home
broker = amqp://guest@localhost//
ld_library_paths = /usr/local/lib:/some/other/path
heartbeat_interval = 5
maxtasksperchild = 1
Ofair = True
loglevel = info
user = ubuntu
tmux_history_limit = 10000

[plugin kill_celery_worker]
setup_class = celery_worker.KillCeleryWorker
queue = celery
user = ubuntu
END
    # A remount takes what stands there now.
    size_is 200m
    run plugin start_celery_worker --sync
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${lines[-1]}" = 'celery: started' ]
    ask
}

@test "the order of events" {
    events >"$SCRATCH/events"
    cat "$SCRATCH/events"
    diff - <(sed 's/\(celery --app=[^ ]*\) .* in/\1 in/' "$SCRATCH/events") <<'END'
root: mount -o remount /home in /, old
ubuntu: git pull origin master in /home/ubuntu/repo, old
ubuntu: git submodule init in /home/ubuntu/repo, old
ubuntu: git submodule update in /home/ubuntu/repo, old
ubuntu: git pull origin dev in /home/ubuntu/caffe
ubuntu: make clean in /home/ubuntu/caffe
ubuntu: make all in /home/ubuntu/caffe
ubuntu: make pycaffe in /home/ubuntu/caffe
ubuntu: wget http://example.com/file.npy -O file.npy in /mnt/ubuntu
ubuntu: ../venv/bin/celery --app=my.celery.app in /home/ubuntu/repo/code
END
}

@test "remount_dir: the file system is as a remount makes it" {
    inside findmnt -n -o OPTIONS /home | grep -q 'size=204800k'
}

@test "git_sync_dir and master_setup_cmd: the newest code, and submodules" {
    answered 'revision 2'
    inside test -e /home/ubuntu/repo/code/part/one
    inside test -e /home/ubuntu/caffe/two
}

@test "worker_setup_cmd: in the session, as the user" {
    [ "$(inside stat -c %U /mnt/ubuntu/file.npy)" = ubuntu ]
    as ubuntu tmux capture-pane -p -S -100 -t celery-celery |
        grep -qx 'saved file.npy'
}

@test "worker_dir, app, queue, celery_cmd, loglevel, heartbeat_interval" {
    pid=$(main_of celery)
    [ "$(readlink "/proc/$pid/cwd")" = /home/ubuntu/repo/code ]
    for word in /home/ubuntu/repo/venv/bin/python3 ../venv/bin/celery \
        --app=my.celery.app --queues=celery --loglevel=INFO \
        --heartbeat-interval=5 --max-tasks-per-child=1 --without-gossip; do
        has_word "$pid" "$word"
    done
    fails grep -q -e concurrency "/proc/$pid/cmdline"
    answered 'queues celery'
    as ubuntu tmux capture-pane -p -S -100 -t celery-celery |
        grep -q 'INFO/MainProcess'
}

@test "concurrency left blank, Ofair, maxtasksperchild: in the pool" {
    answered "concurrency $(nproc)"
    answered 'strategy fair'
    answered 'tasks 1'
    # A process ends with its task.
    wait_for fails is_running "$(sed -n 's/^pid //p' "$SCRATCH/answers")"
}

@test "broker, ld_library_paths, user: in the environment and the process" {
    pid=$(main_of celery)
    has_variable "$pid" CELERY_BROKER_URL=amqp://guest@localhost//
    has_variable "$pid" LD_LIBRARY_PATH=/usr/local/lib:/some/other/path
    has_variable "$pid" HOME=/home/ubuntu
    answered 'broker amqp 127.0.0.1 5672 guest'
    [ "$(awk '/^(Uid|Gid|Groups):/ { printf "%s ", $2 }' \
        "/proc/$pid/status")" = '7310 7310 7310 ' ]
    grep -q '^Groups:.*7311' "/proc/$pid/status"
}

@test "tmux_history_limit: of the pane" {
    [ "$(as ubuntu tmux list-panes -a -F \
        '#{session_name} #{history_limit}')" = 'celery-celery 10000' ]
}

@test "kill_existing: a second start restarts it, and remounts first" {
    pid=$(main_of celery)
    events >"$SCRATCH/before"
    size_is 300m
    [ "$(plugin start_celery_worker)" = 'celery: restarted' ]
    [ "$(main_of celery)" != "$pid" ]
    inside findmnt -n -o OPTIONS /home | grep -q 'size=307200k'
    # It is tried before, with its setup.
    [ "$(events | cut -d ' ' -f 1,2)" = 'root: mount
ubuntu: wget
ubuntu: ../venv/bin/celery
ubuntu: wget
ubuntu: ../venv/bin/celery' ]
}

@test "KillCeleryWorker: nothing of it is left" {
    users >"$SCRATCH/users"
    [ "$(plugin kill_celery_worker)" = 'celery: killed' ]
    fails as ubuntu tmux has-session -t celery-celery
    wait_for fails users
}

@test "two plugins with other values; kill_existing = False leaves alone" {
    import <<'END'
[plugin start_gpu_celery_worker]
setup_class = celery_worker.StartCeleryWorker
git_sync_dir =
worker_dir = ~/repo/code
app = my.celery.app
broker = amqp://guest@localhost//
celery_cmd = ../venv/bin/celery
queue = video,image
concurrency = 1
kill_existing = False
delete_pyc_files = False
remount_dir = /home
loglevel =
heartbeat_interval = 7
gossip = True
tmux_history_limit = 1234
[plugin start_cpu_celery_worker']
setup_class = celery_worker.StartCeleryWorker
worker_dir = ~/repo/code
app = my.celery.app
broker = amqp://guest@localhost//
celery_cmd = ../venv/bin/celery
concurrency = 1
END
    [ "$(plugin start_gpu_celery_worker)" = 'video,image: started' ]
    [ "$(plugin "start_cpu_celery_worker'")" = 'celery: started' ]
    [ "$(as ubuntu tmux list-sessions -F '#{session_name}' | sort)" = \
        "$(printf '%s\n' celery-celery celery-video,image)" ]
    pid=$(main_of video,image)
    has_word "$pid" --queues=video,image
    has_word "$pid" --concurrency=1
    has_word "$pid" --max-tasks-per-child=1024
    has_word "$pid" --loglevel=WARNING
    has_word "$pid" --heartbeat-interval=7
    fails has_word "$pid" --without-gossip
    [ "$(as ubuntu tmux display-message -p -t =celery-video,image: \
        '#{history_limit}')" = 1234 ]
    has_variable "$pid" LD_LIBRARY_PATH=/usr/local/lib
    inside touch /home/ubuntu/repo/code/new.pyc
    events >"$SCRATCH/before"
    fails grep mount "$SCRATCH/before"
    run plugin start_gpu_celery_worker --sync
    echo "$output"
    [ "${lines[-1]}" = 'video,image: already running' ]
    [ "$(main_of video,image)" = "$pid" ]
    inside test -e /home/ubuntu/repo/code/new.pyc
    # The head's remount is done all the same, a node's is not.
    [ "$(events)" = 'root: mount -o remount /home in /' ]
    run plugin start_gpu_celery_worker
    [ "$output" = 'video,image: already running' ]
    [ -z "$(events)" ]
}
