#include <cstdlib>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "toyfarm/batch/job_files.hpp"

#include "support/hostile_words.hpp"
#include "support/read_back.hpp"
#include "support/rows.hpp"
#include "support/scratch.hpp"

namespace toyfarm::batch {
namespace {

using test::Scratch;

RenderedRun small_run(Mode mode) {
  RenderedRun run;
  run.run_id = "r";
  run.uuid = "0123456789abcdef";
  run.mode = mode;
  run.config = "/specs/spec.json";
  run.study = test::small_study(12);
  run.study.seed = 42;
  run.shards = mode == Mode::mpi ? 1 : 3;
  run.program = "/opt/toyfarm";
  run.directory = "/runs/r";
  return run;
}

std::string text_of(std::vector<JobFile> const& files, std::string const& name) {
  for (auto const& file : files) {
    if (file.name == name) {
      return file.text;
    }
  }
  ADD_FAILURE() << "no " << name;
  return "";
}

/// The options that sbatch would take from a script: it reads lines up to the first that is neither
/// blank nor a comment.
std::vector<std::string> options_of_sbatch(std::string const& script) {
  std::vector<std::string> options;
  std::istringstream lines(script);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "#!/usr/bin/env bash");
  while (std::getline(lines, line) && (line.empty() || line[0] == '#')) {
    if (line.rfind("#SBATCH", 0) == 0) {
      auto const words = test::words_of_sbatch(line.substr(7));
      options.insert(options.end(), words.begin(), words.end());
    }
  }
  return options;
}

std::map<std::string, std::string> as_map(std::vector<std::string> const& options) {
  std::map<std::string, std::string> map;
  for (auto const& option : options) {
    auto const equals = option.find('=');
    EXPECT_TRUE(map.emplace(option.substr(0, equals),
                            equals == std::string::npos ? "" : option.substr(equals + 1))
                    .second)
        << option;
  }
  return map;
}

// farm 2: sbatch read no directive, for a command stood before them.
TEST(SlurmScript, has_its_directives_first_farm_2) {
  SlurmSettings slurm;
  slurm.time = "00:10:00";
  slurm.cpus_per_task = 4;
  slurm.array_throttle = 2;
  auto const array = slurm_files(small_run(Mode::shards), {}, slurm);
  EXPECT_EQ(as_map(options_of_sbatch(text_of(array, "slurm_array_job.sh"))),
            (std::map<std::string, std::string>{{"--job-name", "toyfarm"},
                                                {"--chdir", "/runs/r"},
                                                {"--time", "00:10:00"},
                                                {"--cpus-per-task", "4"},
                                                {"--signal", "B:USR1@120"},
                                                {"--requeue", ""},
                                                {"--open-mode", "append"},
                                                {"--array", "0-2%2"},
                                                {"--output", "slurm-%A_%a.out"}}));
  slurm.nodes = 7;
  slurm.requeue = false;
  auto const options = as_map(
      options_of_sbatch(text_of(slurm_files(small_run(Mode::mpi), {}, slurm), "slurm_mpi_job.sh")));
  EXPECT_EQ(options.at("--nodes"), "7");
  EXPECT_EQ(options.at("--ntasks-per-node"), "1");
  EXPECT_TRUE(options.contains("--no-requeue"));
  EXPECT_FALSE(options.contains("--exclusive"));
}

TEST(SlurmScript, gives_ranks_the_whole_node_when_no_cores_are_asked_for) {
  auto const options = as_map(
      options_of_sbatch(text_of(slurm_files(small_run(Mode::mpi), {}, {}), "slurm_mpi_job.sh")));
  EXPECT_TRUE(options.contains("--exclusive"));
  EXPECT_EQ(options.at("--nodes"), "1");
}

TEST(SlurmScript, is_one_that_bash_can_read) {
  Scratch const scratch;
  JobSettings const job{{"--keep=rows"}, {"gcc/12", "openmpi"}, "export A=1\n", "image.sif"};
  for (auto const mode : {Mode::shards, Mode::mpi}) {
    for (auto const& file : slurm_files(small_run(mode), job, {})) {
      test::spill(scratch / file.name, file.text);
      auto const command = "bash -n '" + (scratch / file.name).string() + "'";
      EXPECT_EQ(std::system(command.c_str()), 0) << file.name;
    }
  }
}

TEST(SlurmScript, refuses_folders_that_slurm_would_expand) {
  for (std::string const name : {"/runs/%j", "/runs/a\\b"}) {
    auto run = small_run(Mode::shards);
    run.directory = name;
    EXPECT_EQ(test::thrown_by([&] { static_cast<void>(slurm_files(run, {}, {})); }).code,
              core::ExitCode::usage);
  }
}

/// Settings in which every field that a user fills is a hostile word: 16 of them.
struct Hostile {
  RenderedRun run;
  JobSettings job;
  SlurmSettings slurm;
};

constexpr std::size_t n_fields = 16;

Hostile hostile(Mode mode, std::vector<std::string> const& w) {
  Hostile h{small_run(mode), {}, {}};
  h.run.program = w[0];
  h.run.threads = w[1];
  auto folder = w[2];
  std::erase_if(folder, [](char c) { return c == '%' || c == '\\'; });
  h.run.directory = "/" + folder;
  h.job = {{w[3], w[4]}, {w[5]}, "", w[6], w[7]};
  h.slurm.job_name = w[8];
  h.slurm.time = w[9];
  h.slurm.partition = w[10];
  h.slurm.account = w[11];
  h.slurm.qos = w[12];
  h.slurm.constraint = w[13];
  h.slurm.exclude = w[14];
  h.slurm.mail_user = w[15];
  return h;
}

/// The part of a script that gives names their values, and a line that tells them.
std::string telling(std::string const& script, std::string const& until, std::string const& names) {
  auto const end = script.find(until);
  EXPECT_NE(end, std::string::npos);
  return script.substr(0, end) + "\nmodule() { printf '%s\\0' \"$@\"; }\nset_up\nprintf '%s\\0' " +
         names + "\n";
}

void expect_directives(Hostile const& h, std::string const& script) {
  auto const options = as_map(options_of_sbatch(script));
  EXPECT_EQ(options.at("--job-name"), h.slurm.job_name);
  EXPECT_EQ(options.at("--chdir"), h.run.directory.string());
  EXPECT_EQ(options.at("--time"), h.slurm.time);
  EXPECT_EQ(options.at("--partition"), h.slurm.partition);
  EXPECT_EQ(options.at("--account"), h.slurm.account);
  EXPECT_EQ(options.at("--qos"), h.slurm.qos);
  EXPECT_EQ(options.at("--constraint"), h.slurm.constraint);
  EXPECT_EQ(options.at("--exclude"), h.slurm.exclude);
  EXPECT_EQ(options.at("--mail-user"), h.slurm.mail_user);
  // The nine above, --mail-type, and what is always there.
  EXPECT_EQ(options.size(), 10U + (h.run.mode == Mode::mpi ? 8U : 5U));
}

// 700 runs of 16 hostile words, 11,200 in all, each read back from the scripts.
TEST(SlurmScript, lets_no_word_of_a_user_break_out) {
  Scratch const scratch;
  for (std::uint64_t trial = 0; trial < 700; ++trial) {
    auto const words = test::hostile_words(trial, n_fields);
    auto const h = hostile(trial % 2 == 0 ? Mode::shards : Mode::mpi, words);
    auto const files = slurm_files(h.run, h.job, h.slurm);
    using Words = std::vector<std::string>;
    if (h.run.mode == Mode::shards) {
      expect_directives(h, text_of(files, "slurm_array_job.sh"));
      auto const said = test::words_of_bash(
          scratch,
          telling(text_of(files, "run_one_shard.sh"),
                  "\ntoyfarm=${TOYFARM:-",
                  "\"$toyfarm\" \"$threads\" \"${options[@]}\" \"${container[@]}\""));
      EXPECT_EQ(said,
                (Words{"load",
                       words[5],
                       words[0],
                       words[1],
                       words[3],
                       words[4],
                       words[7],
                       "exec",
                       words[6]}));
      auto const array = text_of(files, "slurm_array_job.sh");
      EXPECT_EQ(test::words_of_bash(scratch,
                                    array.substr(0, array.find("\nif [[ -z ${SLURM_JOB_ID")) +
                                        "\nprintf '%s\\0' \"$run_dir\"\n"),
                Words{h.run.directory.string()});
    } else {
      auto const script = text_of(files, "slurm_mpi_job.sh");
      expect_directives(h, script);
      auto const said = test::words_of_bash(
          scratch, telling(script, "\ncd \"$root\"", "\"$toyfarm\" \"$root\" \"${options[@]}\""));
      EXPECT_EQ(said,
                (Words{"load",
                       words[5],
                       words[0],
                       h.run.directory.string(),
                       words[3],
                       words[4],
                       "--threads",
                       words[1]}));
    }
    if (testing::Test::HasFailure()) {
      FAIL() << "trial " << trial;
    }
  }
}

}  // namespace
}  // namespace toyfarm::batch
