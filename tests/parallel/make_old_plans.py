#!/usr/bin/env python3
"""Writes old_plans.hpp: python3 tests/parallel/make_old_plans.py > tests/parallel/old_plans.hpp

The old launcher's rules: threads by host, then by policy; weight by host, then by mode; largest remainder in doubles, ties to the
lower index; hosts without toys dropped and indices renumbered. Six cases are ties that exact arithmetic breaks otherwise.
"""
import math
import random
import shlex
from fractions import Fraction


def read_hosts(text):
    hosts = []
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        host = {"host": words[0], "weight": None, "threads": None}
        for word in words[1:]:
            key, equals, value = word.partition("=")
            if not equals:
                host["weight"] = float(word)
            elif key == "weight":
                host["weight"] = float(value)
            else:
                host["threads"] = int(value)
        hosts.append(host)
    return hosts


def threads_of(host, policy, cores):
    if host["threads"]:
        return host["threads"]
    if policy.isdigit():
        return int(policy)
    return cores[host["host"]][0 if policy == "physical" else 1]


def weight_of(host, mode, cores):
    if host["weight"] is not None:
        return host["weight"]
    return 1.0 if mode == "uniform" else float(cores[host["host"]][0 if mode == "physical" else 1])


def share_out(weights, n):
    total = 0.0
    for weight in weights:  # not sum(), which rounds once in new Pythons
        total += weight
    raw = [(weight / total) * n for weight in weights]
    shares = [math.floor(r) for r in raw]
    order = sorted(range(len(raw)), key=lambda i: (-(raw[i] - shares[i]), i))
    for i in order[:n - sum(shares)]:
        shares[i] += 1
    return shares


def share_out_exactly(weights, n):
    raw = [Fraction(weight * n, sum(weights)) for weight in weights]
    shares = [math.floor(r) for r in raw]
    order = sorted(range(len(raw)), key=lambda i: (-(raw[i] - shares[i]), i))
    for i in order[:n - sum(shares)]:
        shares[i] += 1
    return shares


def plan(text, cores, n, seed, policy, mode):
    hosts = read_hosts(text)
    weights = [weight_of(host, mode, cores) for host in hosts]
    lines, start = [], 0
    for host, weight, share in zip(hosts, weights, share_out(weights, n)):
        if share:
            lines.append(f"{len(lines)} {host['host']} {start} {share} {(seed + start) % 2**64} "
                         f"{threads_of(host, policy, cores)} {weight:.17g}")
        start += share
    return lines


THREE = {"node01": (16, 32), "node02": (48, 48), "node03": (32, 64)}
CASES = [
    ("node01\nnode02\nnode03\n", dict.fromkeys(["node01", "node02", "node03"], (4, 4)), 10, 42, "physical", "physical"),
    ("node01\nnode02\nnode03\nnode04\nnode05\n", {f"node0{i}": (2, 2) for i in range(1, 6)}, 3, 42, "physical", "physical"),
    ("node01 weight=128\nnode02 2\nnode03 weight=28\nnode04 28\nnode05 weight=48\n", {}, 4392, 42, "1", "physical"),
    ("node01\nnode02\nnode03\nnode04 1\nnode05 1\n", {**THREE, "node04": (8, 16), "node05": (8, 8)}, 1000, 7, "physical", "physical"),
    ("node01\nnode02\nnode03\n", THREE, 1000, 7, "logical", "logical"),
    ("node01\nnode02\nnode03\n", THREE, 1000, 7, "logical", "physical"),
    ("node01\nnode02\nnode03\n", THREE, 1000, 7, "physical", "logical"),
    ("node01\nnode02\nnode03\n", THREE, 1000, 7, "physical", "uniform"),
    ("node01\nnode02\nnode03\n", {}, 20, 42, "1", "uniform"),
    ("node01\nnode02\nnode03\nnode04\n", {}, 10, 0, "007", "uniform"),
    ("node01 threads=3\nnode02\n", {"node01": (8, 16), "node02": (8, 16)}, 101, 1, "physical", "physical"),
    ("node01 threads=3\nnode02 threads=5 weight=2\nnode03\n", {"node03": (8, 16)}, 101, 1, "12", "uniform"),
    ("node01 weight=0.1\nnode02 weight=0.2\nnode03 weight=0.3\n", {}, 10, 42, "2", "uniform"),
    ("node01 weight=1e-9 threads=1\nnode02\n", {"node02": (64, 128)}, 1000000, 42, "physical", "physical"),
    ("node01 1\nnode02 1\n", {}, 1, 42, "1", "uniform"),
    ("node01 1\nnode02 1\n", {}, 3, 2**64 - 2, "1", "uniform"),
    ("node01\n", {"node01": (48, 96)}, 1000000000, 42, "logical", "physical"),
    ("node01 # the old one\n\nnode02 weight=3#x\nnode03 48\n", {"node01": (16, 16)}, 1001, 5, "4", "physical"),
    ("node01 5 weight=7\nnode02 weight=2 weight=5\n", {}, 12, 42, "1", "physical"),
    ("node01 2.5\nnode02 2.5\nnode03 5\n", {}, 6, 42, "1", "uniform"),
    ("node01 2.5\nnode02 2.5\nnode03 5\n", {}, 7, 42, "1", "uniform"),
    ("node01 3\nnode02 3\nnode03 3\nnode04 1\n", {}, 5, 42, "1", "uniform"),
    ("node01 1e300\nnode02 1e300\nnode03 1\n", {}, 9, 42, "1", "uniform"),
]


def add_ties(n_ties):
    source = random.Random(5)
    while n_ties:
        weights = [source.choice([2, 4, 8, 12, 16, 24, 28, 32, 48, 64, 96, 128]) for _ in range(source.randint(3, 6))]
        n = source.randint(100, 5000)
        if share_out([float(w) for w in weights], n) != share_out_exactly(weights, n):
            names = [f"node0{i + 1}" for i in range(len(weights))]
            cores = {name: (w, 2 * w) for name, w in zip(names, weights)}
            CASES.append(("\n".join(names) + "\n", cores, n, 42, "physical", "physical"))
            n_ties -= 1


def quoted(text):
    return '"' + text.replace("\n", "\\n") + '"'


add_ties(6)
print("""#pragma once
// Made by make_old_plans.py.
#include <cstdint>
#include <string>
#include <vector>

namespace toyfarm::parallel {

/// Cores of a host in a preflight file.
struct OldCores {
  char const* host;
  int physical;
  int logical;
};

/// What the old launcher was given, and the plans[] of its manifest: index, host, first toy, toys,
/// seed, threads, weight.
struct OldPlan {
  char const* hosts;
  std::vector<OldCores> cores;
  std::uint64_t n_toys;
  std::uint64_t seed;
  char const* threads;
  char const* weight_mode;
  char const* lines;
};

inline std::vector<OldPlan> old_plans() {
  return {""")
for text, cores, n, seed, policy, mode in CASES:
    table = ", ".join(f'{{"{host}", {physical}, {logical}}}' for host, (physical, logical) in cores.items())
    lines = "\n".join(quoted(line + "\n") for line in plan(text, cores, n, seed, policy, mode))
    print(f'{{{quoted(text)}, {{{table}}}, {n}, {seed}U, "{policy}", "{mode}",\n{lines}}},')
print("""  };
}

}  // namespace toyfarm::parallel""")
