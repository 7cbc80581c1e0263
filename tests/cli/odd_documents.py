#!/usr/bin/env python3
"""Gives every command that reads a JSON document of ours documents of the wrong kind, and good ones with odd values in them.

usage: odd_documents.py PROGRAM SPEC [--share N]   (one in N of the good ones with odd values; the same ones each time). Works in the current folder.
"""
import argparse
import concurrent.futures
import copy
import json
import os
import pathlib
import shutil
import subprocess
import sys
import zlib

WRONG = {1, 64, 65, 66, 73, 75, 76}
SECONDS = 10
DEEP = "[" * 100_000 + "]" * 100_000
DOCUMENTS = [
    "", " ", "{}", "[]", "3", '"x"', "null", "true", "{", "\x00", "PAR1", '{"a": NaN}', "[1, 2", '{"schema_version": 1}', '{"schema_version": null}', '{"schema_version": []}',
    '{"schema_version": {"a": 1}}', '{"schema_version": "nextstat.pf32_shard_sweep.v1"}', '{"schema_version": "nextstat.cpu_farm_unbinned_fit_toys_run.v1", "uuid": 3}',
    '{"uuid": "x"}', '{"results": 3}', '{"results": {"rows": 3}, "study": 3}', '{"results": [3]}', '{"stats": 3}', '{"stats": [3, {"host": 3}]}', '{"state": 3}', '{"mu": {"a": [1]}}',
    '{"mu": "\\u001b[2J\\u202e"}', '{"\\u001b[2J": 1}', '{"mu": ' + DEEP + "}", DEEP, '{"schema_version": ' + DEEP + "}", '{"mu": "' + "A" * 3_000_000 + '"}', '{"' + "A" * 3_000_000 + '": 1}',
]
ODD = [None, "", "x", "A" * 100_000, "\x1b[2J\u202e", [], {}, [1], {"x": 1}, True, 0, -1, 7, 1e308, -1e308, 5e-324, 2**64, 2**63, 0.5]


def places(node, path=()):
    items = list(node.items()) if isinstance(node, dict) else list(enumerate(node))[:2] if isinstance(node, list) else ()
    for key, value in items:
        yield path + (key,)
        yield from places(value, path + (key,))


def changed(document, path, value):
    document = copy.deepcopy(document)
    parent = document
    for key in path[:-1]:
        parent = parent[key]
    if value is ...:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return document


def problem_of(words, folder, allowed):
    try:
        done = subprocess.run(words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, env={**os.environ, "PATH": "/nowhere"})
    except subprocess.TimeoutExpired:
        return f"still runs after {SECONDS} s"
    said = done.stderr.decode(errors="replace")
    if done.returncode not in allowed:
        return f"exit {done.returncode}: {said[-300:]}"
    if any(word in said for word in ("internal error", "terminate called", "contract", "runtime error")):
        return said[-300:]
    if done.returncode > 1 and done.returncode != 76 and not said.strip() and not done.stdout.strip():  # collect's table says it
        return f"exit {done.returncode} without a word"
    if max((len(line) for line in said.splitlines()), default=0) > 6000:
        return "prints much of what is in the file"
    return None


def prepare(program, spec, folder):
    """Good documents of every kind, made by the program itself."""
    def run(*words):
        subprocess.run([program, *words], cwd=folder, check=True, capture_output=True, timeout=60)
    study = ["--config", spec, "--n-toys", "4"]
    run("toys", *study, "--run-id", "whole", "--threads", "1")
    run("toys", *study, "--shard", "0/2", "-o", "shard_0.out.json", "--threads", "1")
    run("render", *study, "--scheduler", "slurm", "--shards", "2", "--run-id", "rendered", "--threads", "1")
    run("sweep", "render", *study, "--scheduler", "slurm", "--shards-list", "1,2", "--out-root", "sweeps", "--sweep-id", "s", "--threads", "1")
    run("sweep", "run", "--sweep-json", "sweeps/s.sweep.json")
    (folder / "point.json").write_text('{"mu": 1.0}')
    (folder / "hosts.json").write_text(json.dumps({"schema_version": "nextstat.cpu_farm_preflight.v1", "created_at_utc": "x", "hosts_file": None, "stats": [
        {"host": "a", "ok": True, "ssh_target": "a", "hostname": "a", "logical_cores": 2, "physical_cores": 2, "cpu_model": "c", "error": None, "isa": "avx2", "numa_domains": 1, "memory_bytes": 1e9, "toys_per_s": 3.5}]}))
    (folder / "hosts.txt").write_text("a\n")
    (folder / "old.out.json").write_text(json.dumps({"input_schema_version": "nextstat_unbinned_spec_v0", "parameter_names": ["mu"], "poi_index": 0,
        "gen": {"point": "init", "params": [1.0], "overrides": {}, "seed": 1, "n_toys": 2},
        "results": {"n_toys": 2, "converged": [True, True], "poi_hat": [1.0, 1.1], "poi_sigma": [0.1, 0.1], "nll": [1.0, 2.0]}}))


def readers(spec, sweep_run):
    """Every document, and the command lines that read it."""
    return [
        ("sweeps/s.sweep.json", [["sweep", "summarize", "--sweep-json", "sweeps/s.sweep.json"], ["sweep", "collect", "--sweep-json", "sweeps/s.sweep.json"],
                                 ["sweep", "merge", "--sweep-json", "sweeps/s.sweep.json"], ["sweep", "submit", "--sweep-json", "sweeps/s.sweep.json"]]),
        (f"{sweep_run}/merged.out.json", [["sweep", "summarize", "--sweep-json", "sweeps/s.sweep.json"]]),
        (f"{sweep_run}/manifest.json", [["sweep", "summarize", "--sweep-json", "sweeps/s.sweep.json"], ["collect", "--manifest", f"{sweep_run}/manifest.json", "--out", "c.json"]]),
        (f"{sweep_run}/shard_0.manifest.json", [["collect", "--manifest", f"{sweep_run}/manifest.json", "--out", "c.json"]]),
        ("runs/rendered/manifest.json", [["collect", "--manifest", "runs/rendered/manifest.json", "--out", "c.json"], ["merge", "--manifest", "runs/rendered/manifest.json", "--out", "m.json", "--force"], ["submit", "runs/rendered"]]),
        ("runs/rendered/submit_meta.json", [["submit", "runs/rendered"]]),
        ("runs/whole/manifest.json", [["merge", "--manifest", "runs/whole/manifest.json", "--out", "m.json", "--force"], ["merge", "runs/whole", "--out", "m.json", "--force"]]),
        ("runs/whole/status.json", [["status", "runs/whole"], ["status", "runs/whole", "--json"]]),
        ("shard_0.out.json", [["merge", "--input", "shard_0.out.json", "--out", "m.json", "--allow-partial", "--force"]]),
        ("old.out.json", [["merge", "--input", "old.out.json", "--out", "m.json", "--accept-unverified", "--force"]]),
        ("point.json", [["nll", "--config", spec, "--at", "point.json"], ["fit", "--config", spec, "--start", "point.json"]]),
        ("hosts.json", [["plan", "--config", spec, "--hosts-file", "hosts.txt", "--preflight-json", "hosts.json"]]),
        ("toys.study", [["toys", "--study", "toys.study"], ["fit", "--config", spec, "--toy", "toys.study"], ["toys", "--config", "toys.study"]]),
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("spec")
    parser.add_argument("--share", type=int, default=1)
    options = parser.parse_args()
    base = pathlib.Path.cwd() / "base"
    base.mkdir()
    prepare(options.program, options.spec, base)
    sweep_run = next(p.parent.relative_to(base).as_posix() for p in sorted(base.glob("sweeps/*/manifest.json")))

    def each(share_of):
        """Cases of half of the documents, in a folder of their own: they run one after the other."""
        folder = pathlib.Path.cwd() / f"part_{share_of}"
        shutil.copytree(base, folder)
        failures, n = [], 0
        for i, (name, commands) in enumerate(readers(options.spec, sweep_run)):
            if i % 2 != share_of:
                continue
            file = folder / name
            good = file.read_text() if file.exists() else None
            # Some are looked at for a detail only, and their rows stand in other files.
            allowed = WRONG | {0} if name.endswith(("merged.out.json", "shard_0.manifest.json", "runs/whole/manifest.json")) else WRONG
            texts = [(f"as {text[:60]!r}", text, allowed) for text in DOCUMENTS]
            if good is not None:
                document = json.loads(good)
                for path in places(document):
                    for value in [..., *ODD]:
                        label = f"/{'/'.join(map(str, path))} = {'gone' if value is ... else json.dumps(value)[:40]}"
                        if zlib.crc32((name + label).encode()) % options.share == 0:
                            texts.append((label, json.dumps(changed(document, path, value)), WRONG | {0}))
            for label, text, allowed in texts:
                file.write_text(text)
                for words in commands:
                    n += 1
                    problem = problem_of([options.program, *words], folder, allowed)
                    if problem:
                        failures.append(f"{name} {label}: toyfarm {' '.join(words[:2])}: {problem}")
            if good is None:
                file.unlink()
            else:
                file.write_text(good)
        return failures, n

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        parts = list(pool.map(each, range(2)))
    failures = [failure for part in parts for failure in part[0]]
    n = sum(part[1] for part in parts)
    for failure in failures:
        print("FAILED:", failure)
    print(f"{n} cases, {len(failures)} failed")
    sys.exit(1 if failures or n < 300 else 0)


if __name__ == "__main__":
    main()
