#!/usr/bin/env python3
"""Kills questions that toys answer at random moments and resumes them: the answer must have the bytes of an uninterrupted one.

usage: question_kill.py TOYFARM MPIEXEC SPEC [--rounds N] [--seed K]
Each round asks `limit` or `interval` on 1 to 3 ranks, kills the whole job by SIGKILL or stops it by SIGTERM at a random moment, once or twice, and resumes on another number of ranks.
"""
import argparse
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("toyfarm")
parser.add_argument("mpiexec")
parser.add_argument("spec")
parser.add_argument("--rounds", type=int, default=6)
parser.add_argument("--seed", type=int, default=1)
args = parser.parse_args()
rng = random.Random(args.seed)
QUESTIONS = {
    "limit": ["--method", "toys", "--n-toys", "1500", "--grid", "0.5:3.5:6"],
    "interval": ["--n-toys", "1500", "--grid", "0:4:9", "--cl", "0.9"],
}


def start(ranks, words):
    launch = [args.mpiexec, "-np", str(ranks)] if ranks > 1 else []
    return subprocess.Popen(launch + [args.toyfarm, *words, "--threads", "1", "--log-level", "warn"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)


def end(job, allowed):
    _, said = job.communicate(timeout=300)
    if job.returncode not in allowed:
        sys.exit(f"FAILED: exit {job.returncode}, not one of {allowed}: {job.args}: {said}")
    return job.returncode


def strike(job, seconds):
    """Ends the job after a time; true if it was still there."""
    time.sleep(seconds)
    if job.poll() is not None:
        end(job, [0])
        return False
    os.killpg(job.pid, rng.choice([signal.SIGKILL, signal.SIGTERM]))
    job.communicate(timeout=300)
    return True


def main(folder):
    folder = pathlib.Path(folder)
    whole, seconds = {}, {}
    for command, words in QUESTIONS.items():
        began = time.monotonic()
        end(start(1, [command, "--config", args.spec, *words, "--out-dir", folder, "--run-id", command]), [0])
        seconds[command] = time.monotonic() - began
        whole[command] = (folder / command / f"{command}.json").read_bytes()
    n_struck = n_begun = 0
    for i in range(args.rounds):
        command = rng.choice(list(QUESTIONS))
        place = folder / f"r{i}"
        job = start(rng.randint(1, 3), [command, "--config", args.spec, *QUESTIONS[command], "--out-dir", folder, "--run-id", place.name])
        n_struck += strike(job, rng.uniform(0, 1.2 * seconds[command]))
        if not place.exists():  # killed before there was anything to go on with
            end(start(1, [command, "--config", args.spec, *QUESTIONS[command], "--out-dir", folder, "--run-id", place.name]), [0])
        else:
            n_begun += 1
            if rng.random() < 0.4:
                n_struck += strike(start(rng.randint(1, 3), [command, "--resume", place]), rng.uniform(0, seconds[command]))
            end(start(rng.randint(1, 3), [command, "--resume", place]), [0])
        if (place / f"{command}.json").read_bytes() != whole[command]:
            sys.exit(f"FAILED: {command} of round {i} is not that of an uninterrupted job")
    print(f"{args.rounds} rounds, {n_struck} ended by a signal, {n_begun} resumed: every answer the same")
    if n_begun == 0:
        sys.exit("FAILED: no question was gone on with")


with tempfile.TemporaryDirectory() as scratch:
    main(scratch)
