// Runs from their order to their directory and back: begun, resumed, extended, frozen and sharded.
#include "toyfarm/run/open_run.hpp"

#include <filesystem>

#include <gtest/gtest.h>

#include "toyfarm/run/prepare.hpp"
#include "toyfarm/run/saved_run.hpp"

#include "run/small_run.hpp"

namespace toyfarm::run {
namespace {

namespace fs = std::filesystem;

class OpenRuns : public testing::Test {
 protected:
  /// A run of six toys, of which the first `n_done` were run.
  void begin(std::uint64_t n_done = 0) {
    auto run = open_run(order_);
    make_places(run);
    if (n_done > 0) {
      test::run_toys_of(run, {{0}, n_done});
    }
  }
  [[nodiscard]] Order resuming() const {
    Order now;
    now.resume.directory = (scratch_ / "runs" / "r").string();
    return now;
  }

  test::Scratch scratch_;
  Order order_ = test::small_order(scratch_);
};

TEST_F(OpenRuns, make_nothing_before_places_are_wanted) {
  auto run = open_run(order_);
  EXPECT_FALSE(fs::exists(scratch_ / "runs"));
  make_places(run);
  EXPECT_EQ(run.directory, scratch_ / "runs" / "r");
  EXPECT_TRUE(fs::exists(run.directory / "spec.json"));
  EXPECT_TRUE(fs::exists(run.directory / journal_name));
  EXPECT_EQ(run.journal->size(), 0U);
}

TEST_F(OpenRuns, do_not_take_a_directory_that_is_there) {
  begin();
  auto again = open_run(order_);
  EXPECT_THROW(make_places(again), core::RuntimeFailure);
}

TEST_F(OpenRuns, without_a_directory_have_a_journal_without_a_name) {
  order_.to.out_dir.reset();
  order_.to.output = (scratch_ / "out.json").string();
  auto run = open_run(order_);
  make_places(run);
  EXPECT_TRUE(run.directory.empty());
  ASSERT_TRUE(run.journal);
  EXPECT_EQ(run.claims.size(), 1U);
}

TEST_F(OpenRuns, resumed_have_their_toys_and_their_order) {
  order_.request.seed = 7;
  order_.conduct.threads = "2";
  order_.conduct.keep = Keep::summary;
  begin(4);
  auto const run = open_run(resuming());
  EXPECT_EQ(run.journal->size(), 4U);
  EXPECT_EQ(run.order.request.seed, 7U);
  EXPECT_EQ(run.order.request.n_toys, 6U);
  EXPECT_EQ(run.order.conduct.threads, "2");
  EXPECT_EQ(run.order.conduct.keep, Keep::summary);
  EXPECT_EQ(fs::path(run.order.request.input.config), run.directory / "spec.json");
}

TEST_F(OpenRuns, resumed_take_what_is_said_anew) {
  order_.conduct.threads = "2";
  begin(1);
  auto now = resuming();
  now.conduct.threads = "3";
  now.conduct.keep = Keep::summary;
  now.resume.kept.threads = false;
  auto const run = open_run(now);
  EXPECT_EQ(run.order.conduct.threads, "3");
  EXPECT_EQ(run.order.conduct.keep, Keep::rows);
}

TEST_F(OpenRuns, resumed_may_get_more_toys_but_not_fewer) {
  begin(2);
  auto now = resuming();
  now.resume.extend_to = 5;
  {
    auto run = open_run(now);
    EXPECT_THROW(make_places(run), core::UsageError);
  }
  now.resume.extend_to = 9;
  auto run = open_run(now);
  make_places(run);
  EXPECT_EQ(run.study.n_toys, 9U);
  EXPECT_EQ(run.range.count, 9U);
  EXPECT_EQ(run.order.request.n_toys, 9U);
}

TEST_F(OpenRuns, resumed_refuse_another_spec) {
  begin(1);
  std::string other = test::small_spec;
  other.replace(other.find("1000"), 4, "2000");
  std::ofstream(scratch_ / "runs" / "r" / "spec.json") << other;
  EXPECT_THROW(static_cast<void>(open_run(resuming())), core::DataError);
}

TEST_F(OpenRuns, that_are_not_there_are_refused) {
  EXPECT_THROW(static_cast<void>(open_run(resuming())), core::RuntimeFailure);
}

TEST_F(OpenRuns, of_a_frozen_study_need_neither_spec_nor_data) {
  auto const prepared = prepare(order_.request);
  auto const file = scratch_ / "study.toyfarm";
  order_.conduct.guardrails.require_all_converged = true;
  freeze_study(prepared, order_, file);
  fs::remove(order_.request.input.config);
  Order shard;
  shard.study = file.string();
  shard.shard = record::Shard{1, 3};
  shard.to.out_dir = (scratch_ / "shards").string();
  auto run = open_run(shard);
  make_places(run);
  EXPECT_EQ(run.range.first.value, 2U);
  EXPECT_EQ(run.range.count, 2U);
  EXPECT_EQ(run.order.request.input.config, fs::absolute(order_.request.input.config));
  EXPECT_FALSE(run.order.conduct.guardrails.require_all_converged) << "they are for all toys";
  Order whole;
  whole.study = file.string();
  EXPECT_TRUE(open_run(whole).order.conduct.guardrails.require_all_converged);
}

TEST_F(OpenRuns, are_no_frozen_studies) {
  begin(1);
  Order now;
  now.study = (scratch_ / "runs" / "r" / journal_name).string();
  EXPECT_THROW(static_cast<void>(open_run(now)), core::DataError);
}

TEST_F(OpenRuns, are_told_by_their_journal) {
  begin(3);
  auto const run = open_journal(scratch_ / "runs" / "r", io::JournalAccess::read);
  EXPECT_EQ(run.run_id, "r");
  EXPECT_EQ(run.study.n_toys, 6U);
  EXPECT_EQ(run.journal->size(), 3U);
}

TEST(Prepare, refuses_a_generation_point_outside_the_bounds) {
  test::Scratch const scratch;
  auto order = test::small_order(scratch);
  order.request.set = {{"n", -1}};
  EXPECT_THROW(static_cast<void>(prepare(order.request)), core::UsageError);
  order.request.set = {{"m", 1}};
  EXPECT_THROW(static_cast<void>(prepare(order.request)), core::UsageError);
  order.request.set = {{"n", 30}};
  EXPECT_EQ(prepare(order.request).study.truth, std::vector<double>{30});
}

TEST(Prepare, refuses_toys_that_memory_cannot_hold) {
  test::Scratch const scratch;
  auto order = test::small_order(scratch);
  auto prepared = prepare(order.request);
  EXPECT_NO_THROW(require_event_memory(prepared.tables, prepared.study, order, KeptEvents::all));
  prepared.tables.channels[0].cells.kinds.assign(prepared.tables.channels[0].cells.size(),
                                                 toys::CellKind::events);
  prepared.tables.channels[0].cells.events.assign(prepared.tables.channels[0].cells.size(), 1e14);
  EXPECT_THROW(require_event_memory(prepared.tables, prepared.study, order), core::SpecError);
}

TEST(Prepare, wants_a_poi_where_guardrails_speak_of_it) {
  ensemble::GuardrailLimits limits;
  limits.max_abs_poi_pull_mean = 0.1;
  record::StudyInfo study;
  EXPECT_THROW(require_poi(limits, study), core::UsageError);
  study.poi = 0;
  EXPECT_NO_THROW(require_poi(limits, study));
}

}  // namespace
}  // namespace toyfarm::run
