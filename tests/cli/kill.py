#!/usr/bin/env python3
"""Kills runs at random moments and resumes them: no row that was safe on disk may be lost, none run twice, and the end must be that of an uninterrupted run.

usage: kill.py TOYFARM MPIEXEC SPEC [--rounds N] [--seed K]
Each round kills, by SIGKILL, a worker rank, rank 0, the whole job, or the job while it publishes; then resumes on another number of ranks, sometimes killed again.
Prints a table of what was killed and what the journal held then.
"""
import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("toyfarm")
parser.add_argument("mpiexec")
parser.add_argument("spec")
parser.add_argument("--rounds", type=int, default=12)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--n-toys", type=int, default=8000)
args = parser.parse_args()
rng = random.Random(args.seed)
kinds = ["worker", "rank 0", "whole job", "publish"]


def run_line(ranks, *words):
    launch = [args.mpiexec, "-np", str(ranks)] if ranks > 1 else []
    return launch + [args.toyfarm, "toys", *words, "--threads", "1", "--checkpoint-interval", "0.05", "--log-level", "warn"]


def digest(folder):
    with open(f"{folder}/toys.h5", "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def document(folder, name):
    """A JSON document of a run, which is replaced while we look: never torn."""
    try:
        with open(f"{folder}/{name}.json") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def ranks_of(job):
    """Process ids of the ranks of a job, rank 0 first."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                environment = dict(word.split(b"=", 1) for word in file.read().split(b"\0") if b"=" in word)
            if environment.get(b"TOYFARM_KILL_TEST") == job.encode() and os.path.realpath(f"/proc/{pid}/exe") == os.path.realpath(args.toyfarm):
                found[int(environment.get(b"OMPI_COMM_WORLD_RANK", b"0"))] = int(pid)
        except (OSError, ValueError):
            continue
    return [found[rank] for rank in sorted(found)]


def kill(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def start(line, tag):
    return subprocess.Popen(line, env={**os.environ, "TOYFARM_KILL_TEST": tag}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def interrupt(process, folder, kind, tag):
    """Kills at a random moment; returns whether the run was alive and not complete."""
    if kind == "publish":
        while process.poll() is None and document(folder, "status").get("state") != "publishing":
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.04))
    else:
        while process.poll() is None and document(folder, "status").get("state") != "running":
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.9))
    pids = ranks_of(tag)
    alive = process.poll() is None and bool(pids)
    if kind == "worker" and len(pids) > 1:
        kill([rng.choice(pids[1:])])
    elif kind == "rank 0":
        kill(pids[:1])
    else:
        kill([process.pid] + pids)
    try:
        process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        kill([process.pid] + ranks_of(tag))
        sys.exit(f"{folder}: after a kill of {kind} the job did not end within 60 s")
    while ranks_of(tag):  # what mpirun leaves ends a moment later
        time.sleep(0.01)
    return alive


def fail(folder, what):
    sys.exit(f"FAILED: {folder}: {what}")


def resume(folder, ranks, acknowledged):
    """Finishes a run; returns how many of its toys the journal held."""
    done = subprocess.run(run_line(ranks, "--resume", folder), capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        fail(folder, f"resume: exit {done.returncode}: {done.stderr}")
    manifest = document(folder, "manifest")
    held, computed = manifest["n_toys_from_journal"], manifest["n_toys_computed"]
    if held + computed != args.n_toys or not manifest["complete"]:
        fail(folder, f"{held} toys of the journal and {computed} computed are not {args.n_toys}")
    if held < acknowledged:
        fail(folder, f"{acknowledged} toys were said to be safe on disk, {held} were there")
    if digest(folder) != want:
        fail(folder, "toys.h5 differs from that of an uninterrupted run")
    return held


study = ["--config", args.spec, "--n-toys", str(args.n_toys), "--engine", "eventwise", "--out-dir", "kills"]
subprocess.run(run_line(1, *study, "--run-id", "reference"), check=True, stdout=subprocess.DEVNULL)
want = digest("kills/reference")
counts = {kind: [] for kind in kinds}
n_kills = 0
attempt = 0
while n_kills < args.rounds:
    kind = kinds[attempt % len(kinds)]
    attempt += 1
    tag = f"{os.getpid()}-{attempt}"
    folder = f"kills/run{attempt}"
    ranks = rng.choice([2, 3]) if kind == "worker" else rng.choice([1, 2, 3])
    if not interrupt(start(run_line(ranks, *study, "--run-id", f"run{attempt}"), tag), folder, kind, tag):
        shutil.rmtree(folder, ignore_errors=True)
        continue
    n_kills += 1
    if not os.path.exists(f"{folder}/journal.toyfarm"):
        fail(folder, "a run directory without a journal")
    again = rng.random() < 0.4
    if again:  # the resume is killed as well
        before = document(folder, "status").get("n_acknowledged", 0)
        other = rng.choice(kinds[1:3])
        if interrupt(start(run_line(rng.choice([1, 2, 3]), "--resume", folder), tag + "b"), folder, other, tag + "b"):
            n_kills += 1
        if document(folder, "status").get("n_acknowledged", 0) < before:
            fail(folder, "a resume knows of fewer safe toys than the run before it")
    held = resume(folder, rng.choice([1, 2, 3]), document(folder, "status").get("n_acknowledged", 0))
    counts[kind].append(held)
    shutil.rmtree(folder)

print(f"{n_kills} kills by SIGKILL, {args.n_toys} toys each; every run complete, with the bytes of an uninterrupted one")
print(f"{'killed':<10} {'runs':>5} {'toys in the journal: least':>27} {'mean':>7} {'most':>7}")
for kind, held in counts.items():
    if held:
        print(f"{kind:<10} {len(held):>5} {min(held):>27} {sum(held) / len(held):>7.0f} {max(held):>7}")
