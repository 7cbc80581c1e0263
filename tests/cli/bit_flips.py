#!/usr/bin/env python3
"""Flips single bits in the files of a finished run and of a rendered run, and gives each to the commands that read the file: a wrong number with exit code 0 is
a failure, and so are a defect of ours (70), a signal and a hang.

usage: bit_flips.py TOYFARM SPEC [--flips N] [--seed K] [--only PART]
Works in the current folder. Prints per file and command how many flips were refused and how many changed nothing. --only: files whose name has PART in it.
"""
import argparse
import collections
import json
import os
import random
import re
import shutil
import subprocess
import sys

parser = argparse.ArgumentParser()
parser.add_argument("toyfarm")
parser.add_argument("spec")
parser.add_argument("--flips", type=int, default=12)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--only", default="")
args = parser.parse_args()

REFUSALS = {1, 64, 65, 66, 73, 74, 75, 76}
# What differs between two runs of a command on the same files.
CHANGING = re.compile(r"_utc$|_unix_|^pid$|^epoch$|^(wall|elapsed)_s$|^toys_per_second$|^sha256_of_lines_above$|^versions$")
SUMMARY = re.compile(r"toys/s|journal|updated")


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(inner) for key, inner in value.items() if not CHANGING.search(key)}
    return [without_times(inner) for inner in value] if isinstance(value, list) else value


def content_of(file):
    """What a file says, but for when it was written."""
    try:
        with open(file, "rb") as stream:
            data = stream.read()
    except FileNotFoundError:
        return None
    if not file.endswith(".json"):
        return data
    content = without_times(json.loads(data))
    if file == "finished/merged.out.json":
        del content["merge"]["sources"]  # which process ran how many toys
    return content


class Command:
    """A command, the files that it writes, and whether it changes the folder that it reads."""

    def __init__(self, name, words, writes=(), changes=False):
        self.name, self.words, self.writes, self.changes = name, words, writes, changes

    def run(self):
        """Exit code, and all numbers that came out: printed, and in the files written."""
        if not self.changes:
            for file in self.writes:
                if os.path.exists(file):
                    os.remove(file)
        try:
            done = subprocess.run([args.toyfarm, *self.words], capture_output=True, timeout=120)
        except subprocess.TimeoutExpired:
            return "hang", None
        if done.returncode != 0:
            return done.returncode, None
        printed = [line for line in done.stdout.decode(errors="replace").splitlines() if not SUMMARY.search(line)]
        if printed and printed[0] == "{":
            printed = without_times(json.loads(done.stdout))
        return 0, [printed] + [content_of(file) for file in self.writes]


def make_finished():
    subprocess.run([args.toyfarm, "toys", "--config", args.spec, "--n-toys", "60", "--seed", "3", "--threads", "1", "--out-dir", ".", "--run-id", "finished",
                    "--log-level", "warn"], check=True, stdout=subprocess.DEVNULL)
    of_run = ["finished/toys.h5", "finished/merged.out.json", "finished/status.json"]
    merge = Command("merge", ["merge", "--manifest", "finished/manifest.json", "--out", "m.json", "--log-level", "warn"], ["m.json", "m.toys.h5"])
    own = Command("merge onto itself", ["merge", "--manifest", "finished/manifest.json", "--out", "finished/merged.out.json"])
    collect = Command("collect", ["collect", "--manifest", "finished/manifest.json", "--out", "c.json"], ["c.json"])
    status = Command("status", ["status", "finished", "--json"])
    publish = Command("publish", ["publish", "finished", "--log-level", "warn"], of_run, changes=True)
    resume = Command("resume", ["toys", "--resume", "finished", "--threads", "1", "--log-level", "warn"], of_run, changes=True)
    return {"manifest.json": [merge, own, collect], "toys.h5": [merge, own], "merged.out.json": [own], "status.json": [status],
            "journal.toyfarm": [status, publish, resume], "spec.json": [resume]}


def make_rendered():
    subprocess.run([args.toyfarm, "render", "--scheduler", "slurm", "--config", args.spec, "--n-toys", "60", "--seed", "3", "--shards", "2", "--threads", "1",
                    "--toyfarm-bin", args.toyfarm, "--out-dir", ".", "--run-id", "rendered"], check=True, stdout=subprocess.DEVNULL)
    for shard in "0", "1":
        subprocess.run(["bash", "rendered/run_one_shard.sh", shard], check=True)
    subprocess.run([args.toyfarm, "merge", "--manifest", "rendered/manifest.json", "--out", "rendered/merged.out.json"], check=True, stdout=subprocess.DEVNULL)
    collect = Command("collect", ["collect", "--manifest", "rendered/manifest.json", "--out", "c.json"], ["c.json"])
    merge = Command("merge", ["merge", "--manifest", "rendered/manifest.json", "--out", "m.json", "--log-level", "warn"], ["m.json", "m.toys.h5"])
    again = Command("merge of the result", ["merge", "--input", "rendered/merged.out.json", "--out", "m.json", "--log-level", "warn"], ["m.json", "m.toys.h5"])
    readers = {name: [collect, merge] for name in sorted(os.listdir("rendered"))}
    readers["merged.out.json"] = readers["toys.h5"] = [again]
    for name in "spec.json", "shard_0.stdout", "shard_0.stderr", "shard_1.stdout", "shard_1.stderr", "run_one_shard.sh", "slurm_array_job.sh":
        del readers[name]  # which none of these commands reads
    return readers


def flip(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def verdict(code, numbers, right):
    if code == 0:
        return "the same" if numbers == right else "WRONG NUMBERS"
    return "refused" if code in REFUSALS else f"EXIT {code}".upper()


def try_file(folder, name, commands, right, rng):
    """Counts of verdicts by command, of flips all over a file."""
    place = f"{folder}/{name}"
    with open(place, "rb") as stream:
        data = stream.read()
    counts = {command.name: collections.Counter() for command in commands}
    for _ in range(args.flips if data else 0):
        bit = rng.randrange(8 * len(data))
        for command in commands:
            with open(place, "wb") as stream:
                stream.write(flip(data, bit))
            code, numbers = command.run()
            said = verdict(code, numbers, right[command.name])
            counts[command.name][said] += 1
            if said.isupper():
                print(f"FAILED: {place}, bit {bit % 8} of byte {bit // 8}, {command.name}: {said}")
            if command.changes:
                shutil.rmtree(folder)
                shutil.copytree(f"whole/{folder}", folder)
    with open(place, "wb") as stream:
        stream.write(data)
    return counts


def try_folder(folder, readers, rng):
    shutil.copytree(folder, f"whole/{folder}")
    right = {}
    for command in {command.name: command for commands in readers.values() for command in commands}.values():
        code, right[command.name] = command.run()
        if code != 0 and (folder, command.name) != ("finished", "collect"):
            sys.exit(f"FAILED: {command.name} of an undamaged {folder} run: exit {code}")
        if command.changes:
            shutil.rmtree(folder)
            shutil.copytree(f"whole/{folder}", folder)
    n_bad = 0
    for name, commands in readers.items():
        if args.only not in f"{folder}/{name}":
            continue
        for command, counts in try_file(folder, name, commands, right, rng).items():
            print(f"{folder + '/' + name:32}  {command:20}  " + ", ".join(f"{said} {n}" for said, n in sorted(counts.items())), flush=True)
            n_bad += sum(n for said, n in counts.items() if said.isupper())
    return n_bad


rng = random.Random(args.seed)
n_bad = try_folder("finished", make_finished(), rng) + try_folder("rendered", make_rendered(), rng)
if n_bad:
    sys.exit(f"FAILED: {n_bad} flips")
print("bit flips: no wrong number with exit code 0")
