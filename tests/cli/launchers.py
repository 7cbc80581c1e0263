#!/usr/bin/env python3
"""Launchers' variables, real and left over, times commands: each is right, or refused within 5 s by a message that names the variable, and then nothing was made.

usage: launchers.py TOYFARM MPIEXEC SPEC [--every K] [--hydra MPIEXEC]
--every K takes every K-th combination; --hydra adds MPICH's launcher. Faults L1, L2, L3 of jobs.
"""
import argparse
import hashlib
import itertools
import os
import shutil
import socket
import subprocess
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("toyfarm")
parser.add_argument("mpiexec")
parser.add_argument("spec")
parser.add_argument("--every", type=int, default=1)
parser.add_argument("--hydra")
args = parser.parse_args()

LAUNCHERS_WORDS = ("OMPI_", "PMIX_", "PMI_", "SLURM_", "MV2_", "JSM_", "PALS_", "ALPS_", "FLUX_", "HYDI_", "MPI_LOCAL")
TESTS_OWN = ("OMPI_ALLOW", "OMPI_MCA_rmaps", "OMPI_MCA_hwloc", "OMPI_MCA_pml", "OMPI_MCA_btl", "OMPI_MCA_odls")
clean = {k: v for k, v in os.environ.items() if not k.startswith(LAUNCHERS_WORDS) or k.startswith(TESTS_OWN)}


def words_of_a_dead_job(rank, size):
    """All that mpirun tells a rank, of a job that is over."""
    script = f'[ "$OMPI_COMM_WORLD_RANK" = {rank} ] && env -0 > dead.env; exit 0'
    subprocess.run([args.mpiexec, "-n", str(size), "bash", "-c", script], env=clean, check=True, stderr=subprocess.DEVNULL)
    with open("dead.env") as file:
        found = dict(word.split("=", 1) for word in file.read().split("\0") if "=" in word)
    return {k: v for k, v in found.items() if k.startswith(("OMPI_", "PMIX_")) and k not in clean and "ARGV" not in k}


def closed_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


left_over = {
    "nothing": {},
    "OMPI rank 3": {"OMPI_COMM_WORLD_RANK": "3"},
    "OMPI 0 of 1": {"OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "1"},
    "dead mpirun, 1 of 2": words_of_a_dead_job(1, 2),
    "dead mpirun, 0 of 1": words_of_a_dead_job(0, 1),
    "PMIX rank 2": {"PMIX_RANK": "2"},
    "PMIX, no server": {"PMIX_RANK": "1", "PMIX_NAMESPACE": "slurm.pmix.7.0", "PMIX_SERVER_URI3": f"slurm.pmix.7.0;tcp4://127.0.0.1:{closed_port()}"},
    "PMI 1 of 4": {"PMI_RANK": "1", "PMI_SIZE": "4"},
    "PMI with a descriptor": {"PMI_RANK": "0", "PMI_SIZE": "2", "PMI_FD": "77"},
    "srun, 0 of 4": {"SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "4", "SLURM_JOB_ID": "7", "SLURM_STEP_ID": "0", "SLURM_NTASKS": "4"},
    "srun, 2 of 4": {"SLURM_PROCID": "2", "SLURM_STEP_NUM_TASKS": "4", "SLURM_JOB_ID": "7", "SLURM_JOBID": "7", "SLURM_STEP_ID": "0", "SLURM_STEPID": "0"},
    "a batch script": {"SLURM_PROCID": "0", "SLURM_NTASKS": "4", "SLURM_JOB_ID": "7", "SLURM_NNODES": "1"},
    "MVAPICH 3 of 8": {"MV2_COMM_WORLD_RANK": "3", "MV2_COMM_WORLD_SIZE": "8"},
    "jsrun 0 of 6": {"JSM_NAMESPACE_RANK": "0", "JSM_NAMESPACE_SIZE": "6"},
    "PALS rank 1": {"PALS_RANKID": "1"},
    "no numbers": {"OMPI_COMM_WORLD_RANK": "x", "PMI_RANK": "-1", "PMI_SIZE": "", "SLURM_STEP_NUM_TASKS": "1e3"},
}
real = {"alone": [], "mpirun -n 1": [args.mpiexec, "-n", "1"], "mpirun -n 2": [args.mpiexec, "-n", "2"]}
if args.hydra:
    real["hydra -n 1"] = [args.hydra, "-n", "1"]
    real["hydra -n 3"] = [args.hydra, "-n", "3"]
toys = ["toys", "--config", args.spec, "--n-toys", "6", "--seed", "5", "--threads", "1", "--log-level", "warn"]
commands = {
    "toys": toys + ["--out-dir", "out", "--run-id", "r"],
    "toys -o": toys + ["-o", "out/r.json"],
    "dry run": toys + ["--dry-run"],
    "preflight": ["preflight"],
    "bench": ["bench", "--config", args.spec, "--n-toys", "5", "--threads", "1"],
    "status": ["status", "finished"],
    "version": ["--version"],
}
COLLECTIVE = {"toys", "toys -o", "preflight"}


def digest(file):
    with open(file, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def run(line, variables):
    start = time.monotonic()
    done = subprocess.run(line, env={**clean, **variables}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr, time.monotonic() - start


subprocess.run([args.toyfarm] + toys + ["--out-dir", ".", "--run-id", "finished"], env=clean, check=True, stdout=subprocess.DEVNULL)
rows = digest("finished/toys.h5")


def fault(how, left, command):
    """What is wrong with a combination, or None, and whether it was refused."""
    shutil.rmtree("out", ignore_errors=True)
    os.mkdir("out")
    launch, variables = real[how], left_over[left]
    if how.startswith("mpirun"):  # which such words hinder before toyfarm starts
        variables = {k: v for k, v in variables.items() if not k.startswith("PMIX_") and (not k.startswith("OMPI_") or k.startswith("OMPI_COMM_WORLD_"))}
        variables |= {"OMPI_MCA_plm": "^slurm", "OMPI_MCA_ras": "^slurm"}
    code, out, err, seconds = run(launch + [args.toyfarm] + commands[command], variables)
    made = sorted(os.listdir("out"))
    processes = int(how.split()[-1]) if launch else 1
    if code != 0:
        named = [name for name in variables if name in err] or [name for name in ("PMI_SIZE", "PMI_RANK") if how.startswith("hydra") and name in err]
        if command not in COLLECTIVE:
            return f"exit {code}: {err.strip()}", False
        if not named:
            return f"exit {code}, no variable is named: {err.strip()}", True
        if seconds > 5:
            return f"refused after {seconds:.1f} s", True
        return (f"left {made}" if made else None), True
    if command == "toys" and (made != ["r"] or digest("out/r/toys.h5") != rows):
        return f"made {made}", False
    if command == "toys -o" and made != ["r.json"]:
        return f"made {made}", False
    marks = {"version": "toyfarm ", "status": "finished", "dry run": "toys", "bench": "toys"}
    if command in marks and sum(marks[command] in line for line in out.splitlines()) < processes:
        return f"{processes} processes printed: {out}", False
    return None, False


tried = refused = 0
failures = []
for i, (how, left, command) in enumerate(itertools.product(real, left_over, commands)):
    if i % args.every != 0 and not (left == "nothing"):
        continue
    tried += 1
    try:
        wrong, was_refused = fault(how, left, command)
    except subprocess.TimeoutExpired:
        wrong, was_refused = "hangs", False
    refused += was_refused
    if wrong:
        failures.append(f"{how} / {left} / {command}: {wrong}")
        print("FAILED:", failures[-1], flush=True)
print(f"{tried} combinations: {refused} refused by name, {len(failures)} wrong")
sys.exit(1 if failures else 0)
