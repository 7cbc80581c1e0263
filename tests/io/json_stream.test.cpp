#include "io/json_stream.hpp"

#include <gtest/gtest.h>

#include "support/chopped_rows.hpp"
#include "support/rows.hpp"

namespace toyfarm::io {

// The law: the text is that of the document with the lists in it, whatever the blocks.
TEST(JsonStream, writes_what_dumping_the_whole_document_writes) {
  record::RowLayout const layout{3, 1, 0};
  for (std::uint64_t const n : {0U, 1U, 2U, 3U, 10U, 5000U}) {
    auto const table = test::made_up_rows(layout, {{0}, n});
    for (std::size_t const rows_at_once : {1U, 3U, 4096U}) {
      test::ChoppedRows const rows(table, rows_at_once);
      JsonStream stream(rows);
      auto const nll = [](record::RowView const& row) { return number(row.nll()); };
      auto const nested = [](record::RowView const& row) {
        return Json{row.toy().value, "a\nb\x01", Json::array(), {{"k", row.estimate(1)}}};
      };
      Json whole = {{"z", "\xff caf\xc3\xa9\n"},
                    {"empty", {{"list", Json::array()}, {"object", Json::object()}}},
                    {"inner", {{"x", {1, {2, 3}}}, {"deep", {{"y", nullptr}}}}},
                    {"key \"with\" quotes", 1.5}};
      auto parted = whole;
      whole["nll"] = whole["inner"]["deep"]["nested"] = Json::array();
      record::for_each_row(rows, [&](record::RowView const& row) {
        whole["nll"].push_back(nll(row));
        whole["inner"]["deep"]["nested"].push_back(nested(row));
      });
      parted["nll"] = stream.list(nll);
      parted["inner"]["deep"]["nested"] = stream.list(nested);
      std::string text;
      stream.write(parted, [&](std::string_view piece) { text += piece; });
      EXPECT_TRUE(text == dumped(whole)) << n << " rows, " << rows_at_once << " at once";
    }
  }
}

}  // namespace toyfarm::io
