// What answers of queues mean, and programs that are run to get them. Numbers in names are those of
// reference/farm.md §8.
#include "toyfarm/batch/queue.hpp"

#include <deque>

#include <gtest/gtest.h>

#include "support/scratch.hpp"

namespace toyfarm::batch {
namespace {

using Words = std::vector<std::string>;

CommandResult says(std::string const& out) {
  return {0, out, "", false, ""};
}
CommandResult fails(int code, std::string const& err) {
  return {code, "", err, false, ""};
}

/// Programs that give these answers, one after another, and remember what they were asked.
struct Script {
  std::deque<CommandResult> answers;
  std::vector<Words> asked{};
  RunCommand runner() {
    return [this](Words const& words, std::filesystem::path const& /*directory*/) {
      asked.push_back(words);
      if (answers.empty()) {
        ADD_FAILURE() << "not expected: " << words.front();
        return fails(127, "");
      }
      auto const answer = answers.front();
      answers.pop_front();
      return answer;
    };
  }
};

TEST(Squeue, tells_the_state_of_a_job_and_of_its_tasks) {
  auto const report = read_squeue(
      "0|RUNNING|None\n1|COMPLETING|None\n  2|PENDING|Resources\n7|PENDING|JobHeldUser\n");
  EXPECT_EQ(report.state, JobState::running);
  EXPECT_EQ(report.tasks,
            (std::map<std::uint64_t, JobState>{{0, JobState::running},
                                               {1, JobState::running},
                                               {2, JobState::pending},
                                               {7, JobState::held}}));
  EXPECT_EQ(report.n_held, 1U);
  EXPECT_EQ(report.reason, "JobHeldUser");
}

TEST(Squeue, has_a_job_without_tasks) {
  auto const report = read_squeue("N/A|PENDING|Priority\n");
  EXPECT_EQ(report.state, JobState::pending);
  EXPECT_TRUE(report.tasks.empty());
}

TEST(Squeue, knows_what_is_held_from_what_waits) {
  for (std::string const reason : {"JobHeldUser",
                                   "JobHeldAdmin",
                                   "launch failed requeued held",
                                   "job requeued in held state"}) {
    EXPECT_EQ(read_squeue("3|PENDING|" + reason + "\n").state, JobState::held) << reason;
  }
  EXPECT_EQ(read_squeue("3|PENDING|ReqNodeNotAvail, UnavailableNodes:held01\n").state,
            JobState::pending);
  EXPECT_EQ(read_squeue("3|PENDING|JobHeldUser\n4|PENDING|Priority\n").state, JobState::pending);
}

TEST(Squeue, takes_ended_tasks_and_an_empty_answer_for_finished) {
  EXPECT_EQ(read_squeue("").state, JobState::finished);
  EXPECT_EQ(read_squeue("0|COMPLETED|None\n1|CANCELLED|None\n2|TIMEOUT|x\n").state,
            JobState::finished);
  EXPECT_EQ(read_squeue("0|COMPLETED|None\n1|RUNNING|None\n").state, JobState::running);
}

TEST(Squeue, takes_nothing_for_an_answer_that_is_none) {
  auto const report = read_squeue("slurm_load_jobs error: Unable to contact slurm controller\n");
  EXPECT_EQ(report.state, JobState::unknown);
  EXPECT_NE(report.reason.find("Unable to contact"), std::string::npos);
}

TEST(CondorQ, tells_the_state_of_a_cluster_and_of_its_processes) {
  auto const report = read_condor_q(
      "0 1 undefined\n1 5 Failed to transfer files: disk full\n2 3 undefined\n5 4 undefined\n");
  EXPECT_EQ(report.state, JobState::pending);
  EXPECT_EQ(report.tasks,
            (std::map<std::uint64_t, JobState>{{0, JobState::pending}, {1, JobState::held}}));
  EXPECT_EQ(report.reason, "Failed to transfer files: disk full");
  EXPECT_EQ(read_condor_q("1 5 why\n").state, JobState::held);
  EXPECT_EQ(read_condor_q("1 6 undefined\n").state, JobState::running);
  EXPECT_EQ(read_condor_q("1 7 undefined\n").state, JobState::running);
  EXPECT_EQ(read_condor_q("").state, JobState::finished);
  EXPECT_EQ(read_condor_q("-- Failed to fetch ads\n").state, JobState::unknown);
}

TEST(Queue, farm_3b_a_failed_query_is_not_the_end_of_a_job) {
  Script slurm{{fails(1, "slurm_load_jobs error: Socket timed out\n"),
                fails(1, "slurm_load_jobs error: Invalid job id specified\n"),
                {std::nullopt, "", "", true, ""},
                {std::nullopt, "", "", false, "squeue cannot be started: No such file"}}};
  Queue const queue(Scheduler::slurm, slurm.runner());
  auto const first = queue.look_up("17");
  EXPECT_EQ(first.state, JobState::unknown);
  EXPECT_EQ(first.reason, "squeue: slurm_load_jobs error: Socket timed out (exit code 1)");
  EXPECT_EQ(queue.look_up("17").state, JobState::finished);
  EXPECT_EQ(queue.look_up("17").state, JobState::unknown);
  EXPECT_EQ(queue.look_up("17").state, JobState::unknown);
  EXPECT_EQ(slurm.asked.front(),
            (Words{"squeue", "--noheader", "--array", "--jobs=17", "--format=%K|%T|%r"}));
  Script condor{{fails(1, "Can't find address of local schedd\n"), says("")}};
  Queue const other(Scheduler::htcondor, condor.runner());
  EXPECT_EQ(other.look_up("17").state, JobState::unknown);
  EXPECT_EQ(other.look_up("17").state, JobState::finished);
  EXPECT_EQ(condor.asked.front(),
            (Words{"condor_q", "17", "-af", "ProcId", "JobStatus", "HoldReason"}));
}

TEST(Queue, farm_3_finds_a_job_by_its_mark) {
  EXPECT_EQ(find_comment("12|(null)\n30|toyfarm:abc\n31|toyfarm:abcd\n", "toyfarm:abc"), "30");
  EXPECT_EQ(find_comment("9|toyfarm:abc\n30_[0-3]|toyfarm:abc\n", "toyfarm:abc"), "30");
  EXPECT_EQ(find_comment("", "toyfarm:abc"), "");
  EXPECT_EQ(find_cluster("8\n8\n12\n"), "12");
  EXPECT_EQ(find_cluster("\n"), "");
}

TEST(Queue, farm_3_looks_for_ended_jobs_as_well) {
  Script slurm{{says("5|x\n"), says("30_0|toyfarm:m\n30_1|toyfarm:m\n")}};
  auto const found = Queue(Scheduler::slurm, slurm.runner()).find("m");
  EXPECT_TRUE(found.answered);
  EXPECT_EQ(found.id, "30");
  Script without_accounting{{says(""), fails(1, "Slurm accounting storage is disabled\n")}};
  auto const none = Queue(Scheduler::slurm, without_accounting.runner()).find("m");
  EXPECT_TRUE(none.answered);
  EXPECT_EQ(none.id, "");
  Script down{{fails(1, "slurm_load_jobs error: Unable to contact\n")}};
  EXPECT_FALSE(Queue(Scheduler::slurm, down.runner()).find("m").answered);
  Script condor{{says(""), says("44\n")}};
  EXPECT_EQ(Queue(Scheduler::htcondor, condor.runner()).find("m").id, "44");
  EXPECT_EQ(condor.asked.front(),
            (Words{"condor_q", "-constraint", "ToyfarmRun == \"m\"", "-af", "ClusterId"}));
  Script condor_down{{says(""), fails(1, "no history\n")}};
  EXPECT_FALSE(Queue(Scheduler::htcondor, condor_down.runner()).find("m").answered);
}

}  // namespace
}  // namespace toyfarm::batch
