#!/usr/bin/env bats
# bats file_tags=long,soak
#
# etc/slurm: a job of a real Slurm, if there is one, with two nodes on this
# machine: the head's configuration reaches both, and the job ends with its
# workers.

load lib
load stand-in

setup_file() {
    begin_file
    SKIP=
    for program in slurmctld slurmd munged srun; do
        type -P "$program" >/dev/null || SKIP="there is no $program"
    done
    [ "$(id -u)" -eq 0 ] || SKIP="needs root, for namespaces"
    export SKIP
}

@test "a job starts the workers on its nodes, and ends when they do" {
    [ -z "$SKIP" ] || skip "$SKIP"
    needs_own_mounts
    stand_in one >/dev/null
    touch "$(seen one busy)"
    configure <<END
defaults = { stop_timeout = 1; };
workers = ( { queue = "celery"; hosts = "n[1-2]"; nice = 1;
    celery_cmd = "$(stand_in one | sed 's/"/\\"/g')"; } );
END
    cat >"$SCRATCH/inside" <<'END'
set -eu
# Of its own: the network, with an address that counts, names and /run.
ip link set lo up
ip link add bridge type bridge
ip address add 10.77.9.1/24 dev bridge
ip link set bridge up
hostname machine
printf '127.0.0.1 localhost\n10.77.9.1 machine\n' >"$SCRATCH/hosts"
mount --bind "$SCRATCH/hosts" /etc/hosts
mount -t tmpfs run /run
mount -t tmpfs -o mode=1777 tmp /mnt
mkdir -m 755 /run/munge
mkdir /mnt/state /mnt/n1 /mnt/n2
(umask 077 && head -c 1024 /dev/urandom >/mnt/key)
munged --key-file=/mnt/key --socket=/run/munge/munge.socket.2 --force \
    --pid-file=/mnt/munged.pid --log-file=/mnt/munged.log --seed-file=/mnt/seed
cat >/mnt/slurm.conf <<CONF
ClusterName=test
FirstJobId=$((RANDOM + 10000))
SlurmctldHost=machine(10.77.9.1)
SlurmUser=root
SlurmdUser=root
StateSaveLocation=/mnt/state
SlurmdSpoolDir=/mnt/%n
SlurmctldPidFile=/mnt/slurmctld.pid
SlurmdPidFile=/mnt/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_res
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName=n[1-2] NodeHostname=machine NodeAddr=10.77.9.1 Port=[17001-17002] State=UNKNOWN
PartitionName=all Nodes=n[1-2] Default=YES State=UP
CONF
export SLURM_CONF=/mnt/slurm.conf
slurmctld -D >/mnt/slurmctld.log 2>&1 &
slurmd -D -N n1 >/mnt/n1.log 2>&1 &
slurmd -D -N n2 >/mnt/n2.log 2>&1 &
# until_for COMMAND...: for some minutes at most
until_for() {
    local left=1200
    until "$@" >/dev/null 2>&1; do
        [ $((left -= 1)) -gt 0 ] || { echo "in vain: $*"; cat /mnt/*.log /mnt/*.out; exit 1; }
        sleep 0.1
    done
}
idle() { [ "$(sinfo -h -t idle -o %D)" = 2 ]; }
count() { [ "$(grep -c "^$1" "/mnt/slurm-$job.out")" -eq 2 ]; }
over() { [ -z "$(squeue -h)" ]; }
until_for idle
cd /mnt
job=$(sbatch --parsable --nodes=2 "$ROOT/etc/slurm/celery-tmux.sbatch")
until_for count 'celery: started'
ls -d /tmp/celery-tmux-"$job"-n[12]/machine/celery-celery | wc -l
pgrep -fc 'stand-in.*worker --queues=celery'
# While tasks run the job lasts, and is not cut off.
scancel --batch --signal=USR1 "$job"
until_for grep -q 'after 1 s' "/mnt/slurm-$job.out"
squeue -h -o %T
rm "$BUSY"
until_for over
ls -d /tmp/celery-tmux-"$job"-* 2>/dev/null || echo nothing
pgrep -fc 'stand-in.*worker --queues=celery' || :
cat "/mnt/slurm-$job.out"
END
    run env BUSY="$(seen one busy)" unshare --mount --propagation private \
        --net --uts --ipc --pid --fork --kill-child --mount-proc \
        bash "$SCRATCH/inside"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(head -n 5 <<<"$output")" = $'2\n2\nRUNNING\nnothing\n0' ]
    [[ $output != *[Kk]illed* && $output != *aborted* ]]
}
