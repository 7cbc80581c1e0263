#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "toyfarm/batch/job_files.hpp"

#include "support/hostile_words.hpp"
#include "support/rows.hpp"
#include "support/scratch.hpp"

namespace toyfarm::batch {
namespace {

using core::ExitCode;
using test::thrown_by;

RenderedRun rendered() {
  RenderedRun run;
  run.run_id = "farm_1";
  run.uuid = "0123456789abcdef";
  run.scheduler = Scheduler::htcondor;
  run.study = test::small_study(25);
  run.shards = 3;
  run.program = "/opt/toyfarm/bin/toyfarm";
  run.directory = "/runs/farm_1";
  return run;
}

std::string text_of(std::vector<JobFile> const& files, std::string const& name) {
  auto const found =
      std::ranges::find_if(files, [&name](JobFile const& file) { return file.name == name; });
  return found != files.end() ? found->text : "";
}

/// Commands of a submit description, and its last line; an unexpected line is a failure.
struct Submit {
  explicit Submit(std::string const& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_TRUE(last.empty()) << "after queue: " << line;
      auto const equals = line.find(" = ");
      if (line.starts_with("queue ")) {
        last = line;
      } else if (!line.starts_with("# ")) {
        EXPECT_NE(equals, std::string::npos) << line;
        EXPECT_TRUE(commands.emplace(line.substr(0, equals), line.substr(equals + 3)).second)
            << line;
      }
    }
  }
  std::map<std::string, std::string> commands;
  std::string last;
};

TEST(CondorFiles, are_the_old_names_and_what_they_call) {
  auto const files = condor_files(rendered(), {}, {});
  for (std::string const name : {"run_one_shard.sh",
                                 "condor_run_one_shard.sh",
                                 "condor_run_one_shard_transfer.sh",
                                 "condor_job.sub",
                                 "condor_job_transfer.sub"}) {
    EXPECT_FALSE(text_of(files, name).empty()) << name;
  }
  EXPECT_EQ(files.size(), 5U);
  for (auto const& file : files) {
    EXPECT_EQ(file.is_executable, file.name.ends_with(".sh")) << file.name;
  }
}

TEST(CondorFiles, queue_a_job_per_shard_that_submit_can_find_again) {
  auto const files = condor_files(rendered(), {}, {});
  for (std::string const name : {"condor_job.sub", "condor_job_transfer.sub"}) {
    auto const submit = Submit(text_of(files, name));
    EXPECT_EQ(submit.last, "queue 3");
    EXPECT_EQ(submit.commands.at("+ToyfarmRun"), "\"0123456789abcdef\"");
    EXPECT_EQ(submit.commands.at("initialdir"), "/runs/farm_1");
    EXPECT_EQ(submit.commands.at("arguments"), "\"$(Process)\"");
    EXPECT_EQ(submit.commands.at("request_cpus"), "1");
    EXPECT_FALSE(submit.commands.contains("requirements"));
  }
}

TEST(CondorFiles, name_only_flat_files_for_a_sandbox) {
  JobSettings job;
  job.prologue = "true\n";
  auto const submit = Submit(text_of(condor_files(rendered(), job, {}), "condor_job_transfer.sub"));
  EXPECT_EQ(submit.commands.at("transfer_input_files"),
            "run_one_shard.sh, study.toyfarm, prologue.sh, toyfarm, toyfarm_lib");
  EXPECT_EQ(submit.commands.at("transfer_output_files"), "results/");
  EXPECT_EQ(submit.commands.at("transfer_checkpoint_files"), "results");
}

TEST(CondorFiles, take_a_container_in_place_of_the_staged_program) {
  JobSettings job;
  job.container = "docker://registry/toyfarm:1";
  auto const files = condor_files(rendered(), job, {});
  auto const sent = Submit(text_of(files, "condor_job_transfer.sub"));
  EXPECT_EQ(sent.commands.at("universe"), "container");
  EXPECT_EQ(sent.commands.at("container_image"), "docker://registry/toyfarm:1");
  EXPECT_EQ(sent.commands.at("transfer_input_files"), "run_one_shard.sh, study.toyfarm");
  EXPECT_NE(text_of(files, "condor_run_one_shard_transfer.sh").find("TOYFARM_IN_CONTAINER=yes"),
            std::string::npos);
  EXPECT_EQ(Submit(text_of(files, "condor_job.sub")).commands.at("universe"), "vanilla");
}

TEST(CondorFiles, give_a_job_the_cores_of_its_threads) {
  auto run = rendered();
  auto const cpus = [&run](std::uint64_t asked) {
    CondorSettings condor;
    condor.request_cpus = asked;
    auto const files = condor_files(run, {}, condor);
    auto const words = Submit(text_of(files, "condor_job.sub")).commands.at("request_cpus");
    EXPECT_NE(text_of(files, "condor_run_one_shard.sh").find("\nthreads=" + words + "\n"),
              std::string::npos);
    return words;
  };
  EXPECT_EQ(cpus(0), "1");
  EXPECT_EQ(cpus(5), "5");
  run.threads = "4";
  EXPECT_EQ(cpus(0), "4");
  EXPECT_EQ(cpus(2), "2");
  run.threads = "auto";
  EXPECT_EQ(cpus(0), "1");
}

TEST(CondorFiles, keep_a_users_words_in_their_own_lines) {
  for (auto const& word : test::hostile_words(21, 3000)) {
    auto run = rendered();
    CondorSettings condor;
    run.directory = "/runs/" + word;
    condor.requirements = "(Machine != " + word + ")";
    condor.accounting_group = "g" + word + "g";
    std::vector<JobFile> files;
    auto const thrown = thrown_by([&] { files = condor_files(run, {}, condor); });
    if (thrown.code != ExitCode::success) {
      EXPECT_EQ(thrown.code, ExitCode::usage) << thrown;
      continue;
    }
    auto const submit = Submit(text_of(files, "condor_job.sub"));
    auto const macro = [](std::string text) {
      for (auto at = text.find('$'); at != std::string::npos; at = text.find('$', at + 1)) {
        text.replace(at, 1, "$(DOLLAR)");
      }
      return text;
    };
    EXPECT_EQ(submit.last, "queue 3");
    EXPECT_EQ(submit.commands.at("initialdir"), macro("/runs/" + word));
    EXPECT_EQ(submit.commands.at("requirements"), macro("(Machine != " + word + ")"));
    EXPECT_EQ(submit.commands.at("accounting_group"), macro("g" + word + "g"));
  }
}

TEST(CondorFiles, refuse_what_would_add_a_line_or_never_match) {
  for (std::string const bad : {"true\nqueue 100", "true\r", "true\\", "$$(Name)", "\tx"}) {
    CondorSettings condor;
    condor.requirements = bad;
    EXPECT_EQ(thrown_by([&] { (void)condor_files(rendered(), {}, condor); }).code, ExitCode::usage)
        << bad;
  }
  for (std::string const amount : {"lots", "GB", "  ", "2GB\nqueue"}) {
    CondorSettings condor;
    condor.request_memory = amount;
    auto const thrown = thrown_by([&] { (void)condor_files(rendered(), {}, condor); });
    EXPECT_EQ(thrown.code, ExitCode::usage) << amount;
    EXPECT_TRUE(thrown.says("memory")) << thrown;
  }
}

}  // namespace
}  // namespace toyfarm::batch
