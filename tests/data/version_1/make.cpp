// Writes files of format version 1; README.md has the command. Built against the sources of that
// version only.
#include <fstream>

#include "toyfarm/io/reports.hpp"
#include "toyfarm/io/toy_table.hpp"

#include "support/rows.hpp"

using namespace toyfarm;

int main() {
  auto const study = test::small_study(12);
  auto const rows = test::made_up_rows(study.layout(), {{0}, 6});
  io::write_toy_table("toys.h5", study, rows);

  auto const summary = ensemble::summarise(study, rows, {{0}, 6});
  auto const verdict = ensemble::judge(summary, study, {});
  std::ofstream document("toys.out.json");
  io::write_result_json(
      {&study, &rows, &summary, &verdict, {{0}, 6}, record::Shard{0, 2}, {}, "", ""},
      [&](std::string_view text) { document << text; });

  io::ToyEvents events{study.model_hash, study.seed, 5, study.truth, {0.25}, {}};
  events.channels.push_back({"SR", {"mass"}, {{1.5, 2.5}}});
  io::write_toy_events("toy_5.h5", events);
}
