#!/usr/bin/env python3
"""Puts odd numbers and wrong types into every field of valid specs and runs the program on each: it must answer, soon, and never by a fault of its own.

usage: odd_specs.py PROGRAM FOLDER_OF_SPECS [--share N]   (one in N cases; the same ones each time)
"""
import argparse
import concurrent.futures
import copy
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import zlib

ALLOWED = {0, 1, 64, 65, 66}
SECONDS = 5  # of one case
NUMBERS = [1e308, -1e308, 1.7976931348623157e308, 1e300, -9e299, 1e200, -1e154, 1e-308, 5e-324, -5e-324, 1e-200, 0, -0.0, -1, 1e18]
DEEP = json.loads("[" * 70 + "]" * 70)
OTHERS = [None, "", "x", "A" * 2000, "\x1b[2J\u202e", [], {}, [1], [[]], {"x": 1}, True, 7, DEEP]


def places(node, path=()):
    """Paths to every value of a document, the document itself left out."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield path + (key,)
        yield from places(value, path + (key,))


def at(document, path):
    for key in path:
        document = document[key]
    return document


def changed(document, path, value):
    """A copy with `value` at `path`; with it gone if that is ... (Ellipsis)."""
    document = copy.deepcopy(document)
    parent = at(document, path[:-1])
    if value is ...:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return document


def cases(document):
    for path in places(document):
        numeric = isinstance(at(document, path), (int, float)) and not isinstance(at(document, path), bool)
        yield path, ...
        for value in (NUMBERS if numeric else []) + OTHERS:
            yield path, value
    # One number of all, so that checks of one against another do not hide what comes after them.
    numbers = [p for p in places(document) if isinstance(at(document, p), float)]
    for lists in {p[:-1] for p in numbers if isinstance(p[-1], int)}:
        for factor in (1e290, 1e-290, 1e-305, 1e307):
            yield lists, [factor * v for v in at(document, lists)]


def events(document, folder):
    """Data for every channel: a few rows inside the windows of the spec as it was. Returns the options that name them."""
    words = []
    rng = random.Random(1)
    for i, channel in enumerate(document["channels"]):
        windows = [o["bounds"] for o in channel["observables"]]
        rows = [[rng.uniform(*w) for w in windows] for _ in range(40)]
        file = folder / f"events_{i}.csv"
        head = ",".join(o["name"] for o in channel["observables"])
        file.write_text("\n".join([head] + [",".join(map(repr, row)) for row in rows]) + "\n")
        words += ["--data", f"{channel['name']}={file}"]
    return words


def run(program, command, file, text, data):
    """What is wrong with the program's answer to a spec; nothing if it is all right."""
    file.write_text(text)
    words = [program, *command, "--config", str(file), *data]
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return f"still runs after {SECONDS} s"
    said = done.stderr.decode(errors="replace")
    if done.returncode not in ALLOWED:
        return f"exit {done.returncode}: {said[-300:]}"
    if any(word in said for word in ("internal error", "terminate called", "contract", "runtime error")):
        return said[-300:]
    if done.returncode > 1 and not said.strip():
        return f"exit {done.returncode} without a word"
    if max((len(line) for line in said.splitlines()), default=0) > 6000 or "\x1b" in said or "\u202e" in said:
        return "prints what is in the spec as it is"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--share", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    commands = [["nll"], ["fit"], ["toys", "--n-toys", "2", "-o", "-"]]
    failures = []
    n = 0
    with tempfile.TemporaryDirectory() as name, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        folder = pathlib.Path(name)
        waiting = []
        for spec in sorted(options.folder.glob("*.json")) + sorted(options.folder.glob("mixes/*.json")):
            document = json.loads(spec.read_text())
            (folder / spec.stem).mkdir()
            data = events(document, folder / spec.stem)
            problem = run(options.program, ["fit"], folder / "whole.json", json.dumps(document), data)
            if problem:
                failures.append(f"{spec.name} as it is: {problem}")
            for path, value in cases(document):
                shown = "gone" if value is ... else json.dumps(value)[:60]
                for command in commands:
                    label = f"{spec.name} {command[0]} /{'/'.join(map(str, path))} = {shown}"
                    if zlib.crc32(label.encode()) % options.share:
                        continue
                    n += 1
                    text = json.dumps(changed(document, path, value))
                    file = folder / f"case_{n}.json"
                    waiting.append((label, pool.submit(run, options.program, command, file, text, data)))
        for label, case in waiting:
            if case.result():
                failures.append(f"{label}: {case.result()}")
    for failure in failures:
        print("FAILED:", failure)
    print(f"{n} cases, {len(failures)} failed")
    sys.exit(1 if failures or n < 100 else 0)


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    main()
