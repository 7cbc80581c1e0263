#pragma once
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
  return {
      {"node01\nnode02\nnode03\n",
       {{"node01", 4, 4}, {"node02", 4, 4}, {"node03", 4, 4}},
       10,
       42U,
       "physical",
       "physical",
       "0 node01 0 4 42 4 4\n"
       "1 node02 4 3 46 4 4\n"
       "2 node03 7 3 49 4 4\n"},
      {"node01\nnode02\nnode03\nnode04\nnode05\n",
       {{"node01", 2, 2}, {"node02", 2, 2}, {"node03", 2, 2}, {"node04", 2, 2}, {"node05", 2, 2}},
       3,
       42U,
       "physical",
       "physical",
       "0 node01 0 1 42 2 2\n"
       "1 node02 1 1 43 2 2\n"
       "2 node03 2 1 44 2 2\n"},
      {"node01 weight=128\nnode02 2\nnode03 weight=28\nnode04 28\nnode05 weight=48\n",
       {},
       4392,
       42U,
       "1",
       "physical",
       "0 node01 0 2402 42 1 128\n"
       "1 node02 2402 37 2444 1 2\n"
       "2 node03 2439 526 2481 1 28\n"
       "3 node04 2965 526 3007 1 28\n"
       "4 node05 3491 901 3533 1 48\n"},
      {"node01\nnode02\nnode03\nnode04 1\nnode05 1\n",
       {{"node01", 16, 32},
        {"node02", 48, 48},
        {"node03", 32, 64},
        {"node04", 8, 16},
        {"node05", 8, 8}},
       1000,
       7U,
       "physical",
       "physical",
       "0 node01 0 163 7 16 16\n"
       "1 node02 163 490 170 48 48\n"
       "2 node03 653 327 660 32 32\n"
       "3 node04 980 10 987 8 1\n"
       "4 node05 990 10 997 8 1\n"},
      {"node01\nnode02\nnode03\n",
       {{"node01", 16, 32}, {"node02", 48, 48}, {"node03", 32, 64}},
       1000,
       7U,
       "logical",
       "logical",
       "0 node01 0 222 7 32 32\n"
       "1 node02 222 333 229 48 48\n"
       "2 node03 555 445 562 64 64\n"},
      {"node01\nnode02\nnode03\n",
       {{"node01", 16, 32}, {"node02", 48, 48}, {"node03", 32, 64}},
       1000,
       7U,
       "logical",
       "physical",
       "0 node01 0 167 7 32 16\n"
       "1 node02 167 500 174 48 48\n"
       "2 node03 667 333 674 64 32\n"},
      {"node01\nnode02\nnode03\n",
       {{"node01", 16, 32}, {"node02", 48, 48}, {"node03", 32, 64}},
       1000,
       7U,
       "physical",
       "logical",
       "0 node01 0 222 7 16 32\n"
       "1 node02 222 333 229 48 48\n"
       "2 node03 555 445 562 32 64\n"},
      {"node01\nnode02\nnode03\n",
       {{"node01", 16, 32}, {"node02", 48, 48}, {"node03", 32, 64}},
       1000,
       7U,
       "physical",
       "uniform",
       "0 node01 0 334 7 16 1\n"
       "1 node02 334 333 341 48 1\n"
       "2 node03 667 333 674 32 1\n"},
      {"node01\nnode02\nnode03\n",
       {},
       20,
       42U,
       "1",
       "uniform",
       "0 node01 0 7 42 1 1\n"
       "1 node02 7 7 49 1 1\n"
       "2 node03 14 6 56 1 1\n"},
      {"node01\nnode02\nnode03\nnode04\n",
       {},
       10,
       0U,
       "007",
       "uniform",
       "0 node01 0 3 0 7 1\n"
       "1 node02 3 3 3 7 1\n"
       "2 node03 6 2 6 7 1\n"
       "3 node04 8 2 8 7 1\n"},
      {"node01 threads=3\nnode02\n",
       {{"node01", 8, 16}, {"node02", 8, 16}},
       101,
       1U,
       "physical",
       "physical",
       "0 node01 0 51 1 3 8\n"
       "1 node02 51 50 52 8 8\n"},
      {"node01 threads=3\nnode02 threads=5 weight=2\nnode03\n",
       {{"node03", 8, 16}},
       101,
       1U,
       "12",
       "uniform",
       "0 node01 0 25 1 3 1\n"
       "1 node02 25 51 26 5 2\n"
       "2 node03 76 25 77 12 1\n"},
      {"node01 weight=0.1\nnode02 weight=0.2\nnode03 weight=0.3\n",
       {},
       10,
       42U,
       "2",
       "uniform",
       "0 node01 0 2 42 2 0.10000000000000001\n"
       "1 node02 2 3 44 2 0.20000000000000001\n"
       "2 node03 5 5 47 2 0.29999999999999999\n"},
      {"node01 weight=1e-9 threads=1\nnode02\n",
       {{"node02", 64, 128}},
       1000000,
       42U,
       "physical",
       "physical",
       "0 node02 0 1000000 42 64 64\n"},
      {"node01 1\nnode02 1\n", {}, 1, 42U, "1", "uniform", "0 node01 0 1 42 1 1\n"},
      {"node01 1\nnode02 1\n",
       {},
       3,
       18446744073709551614U,
       "1",
       "uniform",
       "0 node01 0 2 18446744073709551614 1 1\n"
       "1 node02 2 1 0 1 1\n"},
      {"node01\n",
       {{"node01", 48, 96}},
       1000000000,
       42U,
       "logical",
       "physical",
       "0 node01 0 1000000000 42 96 48\n"},
      {"node01 # the old one\n\nnode02 weight=3#x\nnode03 48\n",
       {{"node01", 16, 16}},
       1001,
       5U,
       "4",
       "physical",
       "0 node01 0 239 5 4 16\n"
       "1 node02 239 45 244 4 3\n"
       "2 node03 284 717 289 4 48\n"},
      {"node01 5 weight=7\nnode02 weight=2 weight=5\n",
       {},
       12,
       42U,
       "1",
       "physical",
       "0 node01 0 7 42 1 7\n"
       "1 node02 7 5 49 1 5\n"},
      {"node01 2.5\nnode02 2.5\nnode03 5\n",
       {},
       6,
       42U,
       "1",
       "uniform",
       "0 node01 0 2 42 1 2.5\n"
       "1 node02 2 1 44 1 2.5\n"
       "2 node03 3 3 45 1 5\n"},
      {"node01 2.5\nnode02 2.5\nnode03 5\n",
       {},
       7,
       42U,
       "1",
       "uniform",
       "0 node01 0 2 42 1 2.5\n"
       "1 node02 2 2 44 1 2.5\n"
       "2 node03 4 3 46 1 5\n"},
      {"node01 3\nnode02 3\nnode03 3\nnode04 1\n",
       {},
       5,
       42U,
       "1",
       "uniform",
       "0 node01 0 2 42 1 3\n"
       "1 node02 2 2 44 1 3\n"
       "2 node03 4 1 46 1 3\n"},
      {"node01 1e300\nnode02 1e300\nnode03 1\n",
       {},
       9,
       42U,
       "1",
       "uniform",
       "0 node01 0 5 42 1 1.0000000000000001e+300\n"
       "1 node02 5 4 47 1 1.0000000000000001e+300\n"},
      {"node01\nnode02\nnode03\n",
       {{"node01", 64, 128}, {"node02", 12, 24}, {"node03", 2, 4}},
       1875,
       42U,
       "physical",
       "physical",
       "0 node01 0 1538 42 64 64\n"
       "1 node02 1538 289 1580 12 12\n"
       "2 node03 1827 48 1869 2 2\n"},
      {"node01\nnode02\nnode03\n",
       {{"node01", 24, 48}, {"node02", 28, 56}, {"node03", 8, 16}},
       1293,
       42U,
       "physical",
       "physical",
       "0 node01 0 517 42 24 24\n"
       "1 node02 517 603 559 28 28\n"
       "2 node03 1120 173 1162 8 8\n"},
      {"node01\nnode02\nnode03\nnode04\n",
       {{"node01", 32, 64}, {"node02", 48, 96}, {"node03", 4, 8}, {"node04", 4, 8}},
       2058,
       42U,
       "physical",
       "physical",
       "0 node01 0 748 42 32 32\n"
       "1 node02 748 1122 790 48 48\n"
       "2 node03 1870 94 1912 4 4\n"
       "3 node04 1964 94 2006 4 4\n"},
      {"node01\nnode02\nnode03\nnode04\n",
       {{"node01", 64, 128}, {"node02", 32, 64}, {"node03", 2, 4}, {"node04", 2, 4}},
       820,
       42U,
       "physical",
       "physical",
       "0 node01 0 525 42 64 64\n"
       "1 node02 525 262 567 32 32\n"
       "2 node03 787 17 829 2 2\n"
       "3 node04 804 16 846 2 2\n"},
      {"node01\nnode02\nnode03\n",
       {{"node01", 16, 32}, {"node02", 32, 64}, {"node03", 12, 24}},
       552,
       42U,
       "physical",
       "physical",
       "0 node01 0 147 42 16 16\n"
       "1 node02 147 294 189 32 32\n"
       "2 node03 441 111 483 12 12\n"},
      {"node01\nnode02\nnode03\nnode04\nnode05\n",
       {{"node01", 128, 256},
        {"node02", 12, 24},
        {"node03", 8, 16},
        {"node04", 32, 64},
        {"node05", 48, 96}},
       4142,
       42U,
       "physical",
       "physical",
       "0 node01 0 2325 42 128 128\n"
       "1 node02 2325 218 2367 12 12\n"
       "2 node03 2543 146 2585 8 8\n"
       "3 node04 2689 581 2731 32 32\n"
       "4 node05 3270 872 3312 48 48\n"},
  };
}

}  // namespace toyfarm::parallel
