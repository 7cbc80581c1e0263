#include <limits>

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include "toyfarm/io/events.hpp"

#include "support/scratch.hpp"

namespace toyfarm::io {
namespace {

using core::ExitCode;
using test::thrown_by;

template <class Builder, class T>
std::shared_ptr<arrow::Array> array(std::vector<T> const& values) {
  Builder builder;
  for (auto const& value : values) {
    EXPECT_TRUE(builder.Append(value).ok());
  }
  return builder.Finish().ValueOrDie();
}

struct NamedArray {
  std::string name;
  std::shared_ptr<arrow::Array> values;
};

/// Parquet files made here with Arrow itself, two rows per row group.
class ParquetEvents : public ::testing::Test {
 protected:
  void write(std::vector<NamedArray> const& columns,
             parquet::Compression::type codec = parquet::Compression::UNCOMPRESSED,
             std::int64_t rows_per_group = 2) {
    std::vector<std::shared_ptr<arrow::Field>> fields;
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (auto const& [name, values] : columns) {
      fields.push_back(arrow::field(name, values->type()));
      arrays.push_back(values);
    }
    auto const table = arrow::Table::Make(arrow::schema(fields), arrays);
    auto const out = arrow::io::FileOutputStream::Open(path_.string()).ValueOrDie();
    auto const properties = parquet::WriterProperties::Builder().compression(codec)->build();
    auto const arrow_properties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    ASSERT_TRUE(
        parquet::arrow::WriteTable(
            *table, arrow::default_memory_pool(), out, rows_per_group, properties, arrow_properties)
            .ok());
    ASSERT_TRUE(out->Close().ok());
  }
  EventRequest request(std::vector<std::string> const& columns = {"mass"}) const {
    EventRequest r;
    r.path = path_;
    auto const infinity = std::numeric_limits<double>::infinity();
    for (auto const& name : columns) {
      r.columns.push_back({name, -infinity, infinity});
    }
    return r;
  }
  test::Thrown refused(std::vector<std::string> const& columns = {"mass"}) const {
    return thrown_by([&] { (void)read_events(request(columns)); });
  }
  static std::vector<double> values(core::Column const& column) {
    return {column.begin(), column.end()};
  }

  test::Scratch scratch_;
  std::filesystem::path path_ = scratch_ / "e.parquet";
};

TEST_F(ParquetEvents, are_read_with_every_codec) {
  std::vector<double> const data{1, 2.5, -3};
  for (auto const codec : {parquet::Compression::UNCOMPRESSED,
                           parquet::Compression::SNAPPY,
                           parquet::Compression::GZIP,
                           parquet::Compression::ZSTD,
                           parquet::Compression::LZ4,
                           parquet::Compression::BROTLI}) {
    write({{"mass", array<arrow::DoubleBuilder>(data)},
           {"_weight", array<arrow::FloatBuilder>(std::vector<float>{1, 2, 0})}},
          codec);
    auto const table = read_events(request());
    EXPECT_EQ(values(table.columns[0]), data);
    EXPECT_EQ(values(table.weights), (std::vector<double>{1, 2, 0}));
  }
}

TEST_F(ParquetEvents, of_any_number_type_are_read) {
  write({{"i8", array<arrow::Int8Builder>(std::vector<std::int8_t>{-1, 2, 3})},
         {"u16", array<arrow::UInt16Builder>(std::vector<std::uint16_t>{65535, 2, 3})},
         {"i64", array<arrow::Int64Builder>(std::vector<std::int64_t>{-1, 2, 3})},
         {"f32", array<arrow::FloatBuilder>(std::vector<float>{0.5F, 2, 3})}});
  auto const table = read_events(request({"f32", "i64", "u16", "i8"}));
  EXPECT_EQ(values(table.columns[0]), (std::vector<double>{0.5, 2, 3}));
  EXPECT_EQ(values(table.columns[1]), (std::vector<double>{-1, 2, 3}));
  EXPECT_EQ(values(table.columns[2]), (std::vector<double>{65535, 2, 3}));
  EXPECT_EQ(values(table.columns[3]), (std::vector<double>{-1, 2, 3}));
}

TEST_F(ParquetEvents, of_a_channel_are_found_in_plain_large_and_dictionary_text) {
  std::vector<std::string> const words{"SR", "CR", "SR"};
  for (auto const& labels : {array<arrow::StringBuilder>(words),
                             array<arrow::LargeStringBuilder>(words),
                             array<arrow::StringDictionaryBuilder>(words)}) {
    write({{"mass", array<arrow::DoubleBuilder>(std::vector<double>{1, 2, 3})},
           {"_channel", labels}});
    auto r = request();
    EXPECT_EQ(read_events(r).n_rows, 3U);  // no channel named: all rows, with a warning
    r.channel = "SR";
    EXPECT_EQ(values(read_events(r).columns[0]), (std::vector<double>{1, 3}));
  }
}

TEST_F(ParquetEvents, name_what_is_wrong) {
  arrow::DoubleBuilder builder;
  ASSERT_TRUE(builder.AppendValues({1, 2}).ok() && builder.AppendNull().ok());
  write({{"mass", builder.Finish().ValueOrDie()},
         {"text", array<arrow::StringBuilder>(std::vector<std::string>{"a", "b", "c"})}});
  EXPECT_TRUE(refused().says("column 'mass', row 3: the value is null")) << refused();
  EXPECT_TRUE(refused({"text"}).says("column 'text' has type string, expected numbers"))
      << refused({"text"});
  EXPECT_TRUE(refused({"mast"}).says("column 'mast' is missing; did you mean 'mass'?"))
      << refused({"mast"});
  EXPECT_EQ(refused().code, ExitCode::bad_data);
}

TEST_F(ParquetEvents, may_be_none) {  // T9
  write({{"mass", array<arrow::DoubleBuilder>(std::vector<double>{})}});
  auto const table = read_events(request());
  EXPECT_EQ(table.n_rows, 0U);
  EXPECT_EQ(table.columns.size(), 1U);
}

// F3
TEST_F(ParquetEvents, of_two_columns_of_one_name_are_refused) {
  auto const numbers = array<arrow::DoubleBuilder>(std::vector<double>{1, 2, 3});
  auto const words = array<arrow::StringBuilder>(std::vector<std::string>{"a", "b", "c"});
  auto const record =
      arrow::StructArray::Make({numbers}, std::vector<std::string>{"x"}).ValueOrDie();
  auto const dotted = arrow::StructArray::Make({numbers}, std::vector<std::string>{"mass"});
  std::vector<std::vector<NamedArray>> const cases{
      {{"mass", numbers}, {"mass", numbers}},
      {{"mass", numbers}, {"other", numbers}, {"mass", words}},
      {{"mass", numbers}, {"mass", record}},
      {{"mass", numbers}, {"_weight", numbers}, {"_weight", numbers}},
      {{"mass", numbers}, {"_channel", words}, {"_channel", words}}};
  for (auto const& columns : cases) {
    write(columns);
    auto const twice = "column '" + columns.back().name + "' occurs twice";
    EXPECT_TRUE(refused().says(twice)) << refused() << " where " << twice;
    EXPECT_EQ(refused().code, ExitCode::bad_data);
  }
  write({{"a.mass", numbers}, {"a", dotted.ValueOrDie()}});
  EXPECT_TRUE(refused({"a.mass"}).says("column 'a.mass' occurs twice")) << refused({"a.mass"});
}

TEST_F(ParquetEvents, beside_columns_of_one_name_that_nobody_asks_for_are_read) {
  auto const numbers = array<arrow::DoubleBuilder>(std::vector<double>{1, 2, 3});
  auto const record =
      arrow::StructArray::Make({numbers}, std::vector<std::string>{"mass"}).ValueOrDie();
  write({{"mass", numbers}, {"other", numbers}, {"other", numbers}, {"a", record}});
  EXPECT_EQ(values(read_events(request()).columns[0]), (std::vector<double>{1, 2, 3}));
}

// F6: 150 million rows of one value are a few kB.
TEST_F(ParquetEvents, packed_to_fill_memory_are_refused_with_both_sizes) {
  constexpr std::int64_t n = 150'000'000;
  auto const zeros = arrow::MakeArrayFromScalar(arrow::Int8Scalar(0), n).ValueOrDie();
  write({{"mass", zeros}}, parquet::Compression::ZSTD, n);
  ASSERT_LT(std::filesystem::file_size(path_), 900'000U);
  EXPECT_EQ(refused().code, ExitCode::bad_data);
  EXPECT_TRUE(refused().says("150000000 rows of 1 column would take 1.2 GB")) << refused();
  EXPECT_TRUE(refused().says("the file has") && refused().says("--max-rows N")) << refused();
  auto r = request();
  r.max_rows = n - 1;
  EXPECT_TRUE(thrown_by([&] { (void)read_events(r); }).says("more rows than --max-rows 149999999"));
}

TEST_F(ParquetEvents, of_labels_that_share_one_long_text_take_it_once) {
  constexpr std::int64_t n = 100'000;
  std::string const long_word(1'000'000, 'x');
  auto const words = array<arrow::StringBuilder>(std::vector<std::string>{"SR", long_word});
  arrow::Int32Builder codes;
  for (std::int64_t i = 0; i < n; ++i) {
    ASSERT_TRUE(codes.Append(i % 10 == 0 ? 0 : 1).ok());
  }
  auto const coded =
      arrow::DictionaryArray::FromArrays(
          arrow::dictionary(arrow::int32(), arrow::utf8()), codes.Finish().ValueOrDie(), words)
          .ValueOrDie();
  write({{"mass", arrow::MakeArrayFromScalar(arrow::DoubleScalar(1), n).ValueOrDie()},
         {"_channel", coded}},
        parquet::Compression::ZSTD,
        n);
  auto r = request();
  r.channel = "SR";
  EXPECT_EQ(read_events(r).n_rows, static_cast<std::uint64_t>(n / 10));
  r.channel = "x";
  r.known_channels = {"x", "y"};
  auto const thrown = thrown_by([&] { (void)read_events(r); });
  EXPECT_TRUE(thrown.says("names no channel of the spec; it has: SR, xxx")) << thrown;
  EXPECT_LT(thrown.message.size(), 1000U);
}

TEST_F(ParquetEvents, of_a_cut_or_damaged_file_are_a_clean_error) {
  write({{"mass", array<arrow::DoubleBuilder>(std::vector<double>(50, 1.5))}});
  auto const whole = test::slurp(path_);
  for (std::size_t n = 0; n < whole.size(); n += 31) {
    test::spill(path_, whole.substr(0, n));
    EXPECT_EQ(refused().code, ExitCode::bad_data) << n;
  }
  for (std::size_t n = 0; n + 16 < whole.size(); n += 13) {
    auto damaged = whole;
    damaged.replace(n, 16, 16, '\xff');
    test::spill(path_, damaged);
    (void)refused();  // any answer but a crash
  }
}

}  // namespace
}  // namespace toyfarm::io
