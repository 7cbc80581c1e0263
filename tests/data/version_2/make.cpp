// Writes files of format version 2; README.md has the command. Built against the sources of that
// version only.
#include "toyfarm/io/toy_table.hpp"

#include "support/rows.hpp"

using namespace toyfarm;

int main() {
  auto const study = test::small_study(12);
  auto const rows = test::made_up_rows(study.layout(), {{0}, 6});
  io::write_toy_table("toys.h5", study, rows);
}
