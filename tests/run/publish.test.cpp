// What is left of a run that no process carries on, and how it tells of itself meanwhile.
#include <filesystem>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "toyfarm/run/publish_journal.hpp"
#include "toyfarm/run/status_text.hpp"

#include "run/progress.hpp"
#include "run/small_run.hpp"
#include "run/workers.hpp"

namespace toyfarm::run {
namespace {

using nlohmann::json;

class Published : public testing::Test {
 protected:
  PublishOrder run_toys(std::uint64_t n_done) {
    auto run = open_run(test::small_order(scratch_));
    make_places(run);
    test::run_toys_of(run, {{0}, n_done});
    PublishOrder order;
    order.directory = run.directory.string();
    return order;
  }
  json read(std::string const& name) const {
    return json::parse(test::slurp(scratch_ / "runs" / "r" / name));
  }
  test::Scratch scratch_;
};

TEST_F(Published, whole_runs_are_complete) {
  EXPECT_EQ(publish_journal(run_toys(6)), 0);
  auto const manifest = read("manifest.json");
  EXPECT_TRUE(manifest.at("complete").get<bool>());
  EXPECT_EQ(manifest.at("exit_code"), 0);
  EXPECT_TRUE(std::filesystem::exists(scratch_ / "runs" / "r" / "toys.h5"));
  EXPECT_EQ(read("status.json").at("n_done"), 6);
}

TEST_F(Published, parts_of_runs_say_what_is_missing) {
  auto order = run_toys(4);
  EXPECT_EQ(publish_journal(order), static_cast<int>(core::ExitCode::incomplete));
  EXPECT_FALSE(read("manifest.json").at("complete").get<bool>());
  order.allow_partial = true;
  EXPECT_EQ(publish_journal(order), 0);
  EXPECT_FALSE(read("manifest.json").at("complete").get<bool>());
}

TEST_F(Published, no_run_is_a_failure) {
  PublishOrder order;
  order.directory = (scratch_ / "nowhere").string();
  EXPECT_THROW(static_cast<void>(publish_journal(order)), core::RuntimeFailure);
}

TEST_F(Published, progress_is_in_status_json) {
  auto run = open_run(test::small_order(scratch_));
  make_places(run);
  RunStatus begin;
  begin.run_id = "r";
  begin.n_toys = 6;
  Progress progress(run.study, run.directory, begin);
  parallel::FarmView view;
  view.ranks.resize(1);
  progress.look(view, 0);
  progress.begin_publishing(5, 6);
  EXPECT_EQ(read("status.json").at("n_acknowledged"), 5);
  FinalFigures figures;
  figures.n_done = 6;
  figures.n_not_converged = 2;
  progress.take(figures);
  progress.end(progress.status().state, 1, "because");
  auto const status = read("status.json");
  EXPECT_EQ(status.at("n_done"), 6);
  EXPECT_EQ(status.at("n_not_converged"), 2);
  EXPECT_EQ(status.at("exit_code"), 1);
  EXPECT_EQ(status.at("reason"), "because");
}

TEST(Status, is_told_in_words) {
  RunStatus status;
  status.run_id = "r";
  status.n_toys = 200;
  status.n_done = 50;
  status.toys_per_second = 12.5;
  status.seconds_left = 12;
  status.poi = "mu";
  status.poi_mean = 1.5;
  status.lost_ranks = {"rank 3 on host h"};
  EXPECT_NE(status_table(status).find("50 of 200 (25.0 %)"), std::string::npos);
  EXPECT_NE(status_table(status).find("lost          rank 3 on host h"), std::string::npos);
  EXPECT_NE(status_line(status).find("done=50 of=200"), std::string::npos);
  EXPECT_NE(status_live(status).find("0:12 left"), std::string::npos);
  EXPECT_NE(status_live(status).find("mu 1.5"), std::string::npos);
}

TEST_F(Published, workers_fill_the_rows_of_their_toys) {
  auto run = open_run(test::small_order(scratch_));
  auto const ensemble = study::decode_ensemble(run.setup);
  Workers workers(ensemble, 2);
  std::vector<std::uint64_t> first(record::row_words(workers.layout()));
  auto second = first;
  workers.run({3}, 0, first);
  workers.run({3}, 1, second);
  EXPECT_EQ(first, second);
  study::ToyRunner runner(ensemble.points.front().setup);
  EXPECT_EQ(record::decode(first, workers.layout()).fit().nll, runner.run({3}).fit().nll);
  for (auto const& difference : workers.verify({{1}, {2}})) {
    EXPECT_TRUE(difference.as_promised);
  }
}

}  // namespace
}  // namespace toyfarm::run
