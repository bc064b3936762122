#!/bin/sh
# A whole Slurm on this one machine: munge, controller and daemon, in a folder of its own. `slurm.sh start DIR` prints
# the file for SLURM_CONF; `slurm.sh stop DIR` ends what it started. Needs root and Debian's slurmctld, slurmd,
# slurm-client and munge. No accounting, no cgroups: jobs are followed through /proc.
set -eu
dir=$2

stop() {
  for name in slurmd slurmctld munged; do
    [ -s "$dir/$name.pid" ] || continue
    pid=$(cat "$dir/$name.pid")
    kill "$pid" 2>/dev/null || continue
    # It writes its state before it ends.
    for _ in $(seq 100); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
  done
}
if [ "$1" = stop ]; then
  stop
  exit 0
fi

host=$(hostname -s)
# Ports that no Slurm of another folder uses.
port=$((20000 + $$ % 20000))
mkdir -p "$dir/spool" "$dir/state"
chmod 755 "$dir"
head -c 1024 /dev/urandom >"$dir/munge.key"
chmod 600 "$dir/munge.key"
munged --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" --pid-file="$dir/munged.pid" \
  --log-file="$dir/munged.log" --seed-file="$dir/munge.seed" >/dev/null 2>&1
cat >"$dir/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_min_interval=200000,sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
KillWait=2
MinJobAge=60
NodeName=$host NodeAddr=127.0.0.1 CPUs=8 RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
SLURM_CONF=$dir/slurm.conf
export SLURM_CONF
slurmctld -c >/dev/null 2>&1
slurmd -c >/dev/null 2>&1
for _ in $(seq 100); do
  if sinfo -h -o %T 2>/dev/null | grep -q '^idle$'; then
    echo "$SLURM_CONF"
    exit 0
  fi
  sleep 0.1
done
tail -n 20 "$dir/slurmctld.log" "$dir/slurmd.log" >&2 || true
stop
exit 1
