// A rendered run is submitted once, whatever happens in between. Numbers in names are those of
// reference/farm.md §8.
#include "toyfarm/batch/submit.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/scratch.hpp"

namespace toyfarm::batch {
namespace {

using core::ExitCode;
using test::Scratch;
using test::thrown_by;
using Words = std::vector<std::string>;
using How = SubmitResult::How;

/// A batch system of one queue, some of whose answers get lost.
struct BatchSystem {
  Scheduler scheduler = Scheduler::slurm;
  std::vector<std::string> marks{};  ///< of job 101, 102, …
  bool loses_answers = false;
  bool is_silent = false;  ///< its queue does not answer
  bool refuses = false;
  std::filesystem::path meta{};  ///< file to look at when a job comes
  std::string meta_then{};
  Words submitted{};

  CommandResult submit(Words const& words) {
    meta_then = test::slurp(meta);
    submitted = words;
    if (refuses) {
      return {1, "", "error: invalid partition\n", false, ""};
    }
    std::string mark;
    for (auto const& word : words) {
      if (word.starts_with("--comment=toyfarm:")) {
        mark = word.substr(18);
      } else if (word.starts_with("+ToyfarmRun = \"")) {
        mark = word.substr(15, word.size() - 16);
      }
    }
    marks.push_back(mark);
    auto const id = std::to_string(100 + marks.size());
    if (loses_answers) {
      return {1, "", "error: Socket timed out on send/recv operation\n", false, ""};
    }
    return {
        0, scheduler == Scheduler::slurm ? id + "\n" : id + ".0 - " + id + ".3\n", "", false, ""};
  }
  CommandResult list(bool has_comments) const {
    if (is_silent) {
      return {1, "", "error: Unable to contact controller\n", false, ""};
    }
    std::string text;
    for (std::size_t i = 0; i < marks.size(); ++i) {
      text += std::to_string(101 + i) + (has_comments ? "|toyfarm:" + marks[i] : "") + "\n";
    }
    return {0, text, "", false, ""};
  }
  RunCommand runner() {
    return [this](Words const& words, std::filesystem::path const& /*directory*/) -> CommandResult {
      if (words.front() == "sbatch" || words.front() == "condor_submit") {
        return submit(words);
      }
      if (words.front() == "squeue" || words.front() == "condor_q") {
        return list(words.front() == "squeue");
      }
      return {words.front() == "sacct" ? 1 : 0, "", "", false, ""};
    };
  }
};

class Submit : public testing::Test {
 protected:
  Submit() {
    run_.run_id = "r";
    run_.uuid = "0123abcd";
    run_.directory = scratch_.path();
    run_.shards = 4;
    system_.meta = scratch_ / submission_name;
    for (auto const* name : {"slurm_array_job.sh", "slurm_mpi_job.sh", "condor_job_transfer.sub"}) {
      test::spill(scratch_ / name, "");
    }
    test::spill(scratch_ / "condor_job.sub", "+ToyfarmRun = \"0123abcd\"\nqueue 4\n");
  }
  SubmitResult submit(Again again = Again::no, Files files = Files::transferred) {
    return batch::submit(run_, files, again, system_.runner());
  }
  [[nodiscard]] nlohmann::json meta() const {
    return nlohmann::json::parse(test::slurp(scratch_ / submission_name));
  }
  Scratch scratch_;
  RenderedRun run_;
  BatchSystem system_;
};

TEST_F(Submit, farm_3_writes_an_intent_first_and_the_id_at_once) {
  auto const result = submit();
  EXPECT_EQ(result.job_id, "101");
  EXPECT_EQ(result.how, How::submitted);
  EXPECT_EQ(system_.submitted,
            (Words{"sbatch",
                   "--parsable",
                   "--comment=toyfarm:0123abcd",
                   (scratch_ / "slurm_array_job.sh").string()}));
  auto const then = nlohmann::json::parse(system_.meta_then);
  EXPECT_EQ(then["state"], "intent");
  EXPECT_TRUE(then["job_id"].is_null());
  auto const now = meta();
  EXPECT_EQ(now["schema_version"], "nextstat.pf32_htcondor_submit_meta.v1");
  EXPECT_EQ(now["state"], "submitted");
  EXPECT_EQ(now["job_id"], "101");
  EXPECT_EQ(now["cluster_id"], 101);
  EXPECT_EQ(now["submit_file"], "slurm_array_job.sh");
  EXPECT_TRUE(now["finished_at_utc"].is_null());
}

TEST_F(Submit, farm_3_does_not_submit_what_was_submitted) {
  static_cast<void>(submit());
  auto const again = submit();
  EXPECT_EQ(again.job_id, "101");
  EXPECT_EQ(again.how, How::before);
  EXPECT_EQ(system_.marks.size(), 1U);
}

TEST_F(Submit, farm_3_finds_a_job_whose_answer_was_lost) {
  system_.loses_answers = true;
  system_.is_silent = true;
  auto const lost = thrown_by([&] { static_cast<void>(submit()); });
  EXPECT_EQ(lost.code, ExitCode::stopped);
  EXPECT_TRUE(lost.says("Socket timed out")) << lost;
  EXPECT_EQ(meta()["state"], "intent");

  auto const silent = thrown_by([&] { static_cast<void>(submit()); });
  EXPECT_EQ(silent.code, ExitCode::stopped);
  EXPECT_TRUE(silent.says("nothing was submitted") && silent.says("Unable to contact")) << silent;
  EXPECT_EQ(system_.marks.size(), 1U);

  system_.is_silent = false;
  auto const found = submit();
  EXPECT_EQ(found.job_id, "101");
  EXPECT_EQ(found.how, How::found);
  EXPECT_EQ(system_.marks.size(), 1U);
  EXPECT_EQ(meta()["job_id"], "101");
}

TEST_F(Submit, farm_3_asks_the_queue_at_once_when_an_answer_is_lost) {
  system_.loses_answers = true;
  EXPECT_EQ(submit().job_id, "101");
  EXPECT_EQ(meta()["state"], "submitted");
}

TEST_F(Submit, goes_on_when_the_queue_knows_no_job_of_an_intent) {
  system_.refuses = true;
  auto const refused = thrown_by([&] { static_cast<void>(submit()); });
  EXPECT_EQ(refused.code, ExitCode::stopped);
  EXPECT_TRUE(refused.says("sbatch did not submit slurm_array_job.sh: error: invalid partition"))
      << refused;
  system_.refuses = false;
  EXPECT_EQ(submit().how, How::submitted);
  EXPECT_TRUE(meta()["earlier"].empty());
}

TEST_F(Submit, does_not_run_shards_twice_that_a_forgotten_job_has_begun) {
  system_.refuses = true;
  EXPECT_EQ(thrown_by([&] { static_cast<void>(submit()); }).code, ExitCode::stopped);
  system_.refuses = false;
  test::spill(scratch_ / "shard_2.host", "node02\n");
  auto const thrown = thrown_by([&] { static_cast<void>(submit()); });
  EXPECT_EQ(thrown.code, ExitCode::stopped);
  EXPECT_TRUE(thrown.says("shards have begun here")) << thrown;
  EXPECT_TRUE(system_.marks.empty());
}

TEST_F(Submit, again_is_another_submission_with_a_mark_of_its_own) {
  static_cast<void>(submit());
  auto const result = submit(Again::yes);
  EXPECT_EQ(result.job_id, "102");
  EXPECT_EQ(system_.marks, (Words{"0123abcd", "0123abcd.2"}));
  EXPECT_EQ(meta()["job_id"], "102");
  ASSERT_EQ(meta()["earlier"].size(), 1U);
  EXPECT_EQ(meta()["earlier"][0]["job_id"], "101");
  EXPECT_EQ(submit().how, How::before);
}

TEST_F(Submit, tells_when_there_is_no_batch_system_here) {
  auto const absent = [](Words const& words, std::filesystem::path const& /*directory*/) {
    return CommandResult{
        std::nullopt, "", "", false, words.front() + " cannot be started: No such file"};
  };
  auto const thrown = thrown_by(
      [&] { static_cast<void>(batch::submit(run_, Files::transferred, Again::no, absent)); });
  EXPECT_EQ(thrown.code, ExitCode::no_input);
  EXPECT_TRUE(thrown.says("sbatch cannot be started")) << thrown;
  EXPECT_FALSE(std::filesystem::exists(scratch_ / submission_name)) << "nothing can have happened";
}

TEST_F(Submit, gives_condor_the_mark_unless_the_file_has_it) {
  system_.scheduler = run_.scheduler = Scheduler::htcondor;
  EXPECT_EQ(submit().job_id, "101");
  EXPECT_EQ(system_.submitted,
            (Words{"condor_submit",
                   "-terse",
                   "-append",
                   "+ToyfarmRun = \"0123abcd\"",
                   (scratch_ / "condor_job_transfer.sub").string()}));
  std::filesystem::remove(scratch_ / submission_name);
  EXPECT_EQ(submit(Again::no, Files::shared).job_id, "102");
  EXPECT_EQ(system_.submitted,
            (Words{"condor_submit", "-terse", (scratch_ / "condor_job.sub").string()}));
}

TEST_F(Submit, takes_the_script_of_the_mode) {
  run_.mode = Mode::mpi;
  static_cast<void>(submit());
  EXPECT_EQ(system_.submitted.back(), (scratch_ / "slurm_mpi_job.sh").string());
  std::filesystem::remove(scratch_ / "slurm_mpi_job.sh");
  EXPECT_EQ(thrown_by([&] { static_cast<void>(submit(Again::yes)); }).code, ExitCode::no_input);
}

TEST_F(Submit, refuses_what_another_run_left) {
  static_cast<void>(submit());
  run_.uuid = "other";
  EXPECT_EQ(thrown_by([&] { static_cast<void>(submit()); }).code, ExitCode::bad_data);
  test::spill(scratch_ / submission_name, "{");
  EXPECT_EQ(thrown_by([&] { static_cast<void>(submit()); }).code, ExitCode::bad_data);
  EXPECT_EQ(system_.marks.size(), 1U);
}

TEST(JobId, is_read_out_of_what_the_programs_say) {
  EXPECT_EQ(job_id_in(Scheduler::slurm, "17\n"), "17");
  EXPECT_EQ(job_id_in(Scheduler::slurm, "site: 3 jobs left\n17;cluster\n\n"), "17");
  EXPECT_EQ(job_id_in(Scheduler::slurm, ""), "");
  EXPECT_EQ(job_id_in(Scheduler::slurm, "Submitted batch job 17\n"), "");
  EXPECT_EQ(job_id_in(Scheduler::htcondor, "17.0 - 17.3\n"), "17");
  EXPECT_EQ(job_id_in(Scheduler::htcondor, "3 job(s) submitted to cluster 17.\n"), "");
}

}  // namespace
}  // namespace toyfarm::batch
