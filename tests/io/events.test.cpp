#include "toyfarm/io/events.hpp"

#include <limits>

#include <gtest/gtest.h>
#include <hdf5.h>
#include <sys/stat.h>

#include "support/scratch.hpp"

namespace toyfarm::io {
namespace {

using core::ExitCode;
using test::Scratch;
using test::Thrown;
using test::thrown_by;

double const infinity = std::numeric_limits<double>::infinity();

EventRequest request(std::filesystem::path const& path,
                     std::vector<std::string> const& columns = {"mass"},
                     double lower = -infinity,
                     double upper = infinity) {
  EventRequest r;
  r.path = path;
  for (auto const& name : columns) {
    r.columns.push_back({name, lower, upper});
  }
  return r;
}

std::vector<double> values(core::Column const& column) {
  return {column.begin(), column.end()};
}

class CsvEvents : public ::testing::Test {
 protected:
  EventTable read(std::string const& text, EventRequest r = request("")) {
    r.path = scratch_ / "e.csv";
    test::spill(r.path, text);
    return read_events(r);
  }
  Thrown refused(std::string const& text, EventRequest const& r = request("")) {
    return thrown_by([&] { (void)read(text, r); });
  }
  Scratch scratch_;
};

TEST_F(CsvEvents, are_read_with_quotes_line_ends_and_number_forms_of_all_kinds) {
  auto const table = read(
      "\xef\xbb\xbfnote,\"mass\", time ,_weight\r\n\"a, \"\"b\"\"\nc\",1.5,-2e-3,1\r\n,+.5,\" 7 "
      "\",0\r\n\r\n\n",
      request("", {"time", "mass"}));
  EXPECT_EQ(table.n_rows, 2U);
  EXPECT_EQ(values(table.columns[0]), (std::vector<double>{-2e-3, 7}));
  EXPECT_EQ(values(table.columns[1]), (std::vector<double>{1.5, 0.5}));
  EXPECT_EQ(values(table.weights), (std::vector<double>{1, 0}));
  EXPECT_EQ(read("mass\n1").n_rows, 1U);
  EXPECT_TRUE(read("mass\n1").weights.empty());
}

TEST_F(CsvEvents, name_file_column_and_row_of_what_is_wrong) {
  struct Case {
    std::string text;
    std::string message;
  };
  std::vector<Case> const cases{
      {"", "the file is empty"},
      {"\n\n", "the file is empty"},
      {"masss,time\n1,2\n",
       "column 'mass' is missing; did you mean 'masss'? The file has: masss, time"},
      {"mass;time\n1;2\n", "fields are separated by commas"},
      {"mass,mass\n1,2\n", "column 'mass' occurs twice"},
      {"mass,b\n1,2\n3\n", "row 2: 1 fields, the header has 2"},
      {"mass,b\n1,2\n\n3,4\n", "row 2: the line is empty"},
      {"mass\n1\nabc\n", "column 'mass', row 2: 'abc' is not a number"},
      {"mass\n1\n1.5x\n", "column 'mass', row 2: '1.5x' is not a number"},
      {"mass\n1\n0x10\n", "column 'mass', row 2: '0x10' is not a number"},
      {"mass,b\n,2\n", "column 'mass', row 1: the value is empty"},
      {"mass\n1e999\n", "column 'mass', row 1: '1e999' is outside the range of a double"},
      {"mass\n1\n2\nnan\nNaN\n",
       "column 'mass', row 3: the value is NaN (2 of 4 rows are not finite)"},
      {"mass\n-inf\n", "column 'mass', row 1: the value is infinite"},
      {"mass\n\"1\n", "row 1: a quote is not closed"},
      {"mass\n\"1\"2\n", "row 1: text after a closing quote"},
      {"mass,_weight\n1,1\n1,-2\n", "column '_weight', row 2: weight -2 is negative"},
      {"mass,_weight\n1,nan\n", "column '_weight', row 1: the value is NaN"},
      {"mass,_weight\n1,0\n2,0\n", "all event weights are zero"},
  };
  for (auto const& [text, message] : cases) {
    auto const thrown = refused(text);
    EXPECT_EQ(thrown.code, ExitCode::bad_data) << text;
    EXPECT_TRUE(thrown.says(message)) << thrown << "\nexpected: " << message;
    EXPECT_TRUE(thrown.says("e.csv")) << thrown;
  }
}

TEST_F(CsvEvents, outside_the_window_are_refused_with_count_and_first_row_or_dropped) {
  std::string const text = "mass,_weight\n100,1\n59.5,2\n119,3\n119.5,4\n";
  auto r = request("", {"mass"}, 61, 119);
  auto const thrown = refused(text, r);
  EXPECT_EQ(thrown.code, ExitCode::bad_data);
  EXPECT_TRUE(thrown.says(
      "column 'mass', row 2: value 59.5 is outside the window [61, 119] (2 of 4 rows are)"))
      << thrown;
  EXPECT_TRUE(thrown.says("--outside drop")) << thrown;
  r.outside = OutsidePolicy::drop;
  auto const table = read(text, r);
  EXPECT_EQ(values(table.columns[0]), (std::vector<double>{100, 119}));
  EXPECT_EQ(values(table.weights), (std::vector<double>{1, 3}));
  EXPECT_EQ(table.n_dropped, 2U);
  EXPECT_TRUE(refused("mass\ninf\n", r).says("the value is infinite"));
}

// T9: no events are data as well.
TEST_F(CsvEvents, may_be_none) {
  auto r = request("", {"mass"}, 61, 119);
  r.outside = OutsidePolicy::drop;
  for (std::string const text :
       {"mass\n", "mass,_weight\n", "mass\n1\n2\n", "mass,_weight\n1,0\n"}) {
    auto const table = read(text, r);
    EXPECT_EQ(table.n_rows, 0U) << text;
    ASSERT_EQ(table.columns.size(), 1U) << text;
    EXPECT_TRUE(table.columns[0].empty() && table.weights.empty()) << text;
  }
  EXPECT_TRUE(refused("_weight\n").says("column 'mass' is missing"));
}

TEST_F(CsvEvents, of_one_channel_only_are_kept_and_checked) {
  std::string const text = "_channel,mass\nSR,1\nCR,nan\nSR,3\n";
  auto r = request("");
  r.channel = "SR";
  EXPECT_EQ(values(read(text, r).columns[0]), (std::vector<double>{1, 3}));
  r.channel = "VR";
  EXPECT_EQ(read(text, r).n_rows, 0U);  // 0 events, with a warning
  EXPECT_TRUE(refused("mass\n1\n", r).says("the file has no column '_channel'"));
}

// F4: a file of several channels feeds each with its own rows.
TEST_F(CsvEvents, of_a_file_for_other_channels_altogether_are_refused_with_what_it_has) {
  std::string const text = "_channel,mass\nSR,1\nCR,2\nSR,3\n";
  auto r = request("");
  r.channel = "VR";
  r.known_channels = {"VR", "CR"};
  EXPECT_EQ(read(text, r).n_rows, 0U);
  r.known_channels = {"VR", "ZR"};
  auto const thrown = refused(text, r);
  EXPECT_EQ(thrown.code, ExitCode::bad_data);
  EXPECT_TRUE(thrown.says("column '_channel' names no channel of the spec; it has: CR, SR"))
      << thrown;
  EXPECT_EQ(read("_channel,mass\n", r).n_rows, 0U);
  r.channel_column = ChannelColumn::optional;
  EXPECT_EQ(read("mass\n1\n2\n", r).n_rows, 2U);
  EXPECT_TRUE(refused(text, r).says("names no channel"));
}

// F6: what stands in a file is quoted in part, and without what a terminal obeys.
TEST_F(CsvEvents, are_quoted_in_part_and_escaped) {
  std::string const long_word(5'000'000, 'x');
  EXPECT_LT(refused("mass\n" + long_word + "\n").message.size(), 500U);
  EXPECT_LT(refused(long_word + ",b\n1,2\n").message.size(), 500U);
  EXPECT_LT(refused("mass\n1e9" + std::string(1'000'000, '9') + "\n").message.size(), 500U);
  auto r = request("");
  r.channel = "SR";
  r.known_channels = {"SR"};
  EXPECT_LT(refused("_channel,mass\n" + long_word + ",1\n", r).message.size(), 500U);
  EXPECT_TRUE(refused("mass\n\x1b[2J\xe2\x80\xae"
                      "7\n")
                  .says(R"('\x1b[2J\u{202e}7' is not a number)"))
      << refused(
             "mass\n\x1b[2J\xe2\x80\xae"
             "7\n");
}

TEST_F(CsvEvents, of_more_rows_than_asked_for_are_refused) {
  auto r = request("");
  r.max_rows = 2;
  EXPECT_EQ(read("mass\n1\n2\n", r).n_rows, 2U);
  EXPECT_TRUE(refused("mass\n1\n2\n3\n", r).says("has more rows than --max-rows 2 allows"));
}

/// An HDF5 file written with the C library itself.
class Hdf5Events : public ::testing::Test {
 protected:
  Hdf5Events()
      : path_(scratch_ / "e.h5"),
        file_(H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {
    H5Gclose(H5Gcreate2(file_, "ch", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  }
  ~Hdf5Events() override { close(); }
  void close() {
    if (file_ >= 0) {
      H5Fclose(file_);
      file_ = -1;
    }
  }
  void write(std::string const& name,
             hid_t type,
             hid_t memory,
             void const* data,
             std::vector<hsize_t> const& dims) {
    hid_t const space = H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr);
    hid_t const dataset =
        H5Dcreate2(file_, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    EXPECT_GE(H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), 0);
    H5Dclose(dataset);
    H5Sclose(space);
  }
  void numbers(std::string const& name,
               std::vector<double> const& data,
               hid_t type = H5T_IEEE_F64LE) {
    write(name, type, H5T_NATIVE_DOUBLE, data.data(), {data.size()});
  }
  EventTable read(EventRequest r) {
    close();
    r.path = path_;
    return read_events(r);
  }
  Scratch scratch_;
  std::filesystem::path path_;
  hid_t file_;
};

TEST_F(Hdf5Events, of_any_number_type_are_read_from_a_group) {
  std::vector<double> const data{1, 2, 250};
  std::vector<std::pair<char const*, hid_t>> const types{{"f64", H5T_IEEE_F64BE},
                                                         {"f32", H5T_IEEE_F32LE},
                                                         {"u8", H5T_STD_U8LE},
                                                         {"i64", H5T_STD_I64LE},
                                                         {"u16", H5T_STD_U16BE}};
  std::vector<std::string> names;
  for (auto const& [name, type] : types) {
    numbers("ch/" + std::string(name), data, type);
    names.emplace_back(name);
  }
  numbers("ch/_weight", {1, 0.5, 2});
  auto r = request("", names);
  r.group = "ch";
  auto const table = read(r);
  for (auto const& column : table.columns) {
    EXPECT_EQ(values(column), data);
  }
  EXPECT_EQ(values(table.weights), (std::vector<double>{1, 0.5, 2}));
}

TEST_F(Hdf5Events, are_known_by_how_their_file_begins_where_its_name_says_nothing) {
  numbers("mass", {1, 2.5});
  close();
  for (auto const* const name : {"e.dat", "e"}) {
    std::filesystem::copy_file(path_, scratch_ / name);
    EXPECT_EQ(values(read_events(request(scratch_ / name)).columns.at(0)),
              (std::vector<double>{1, 2.5}));
  }
  auto misnamed = request(scratch_ / "e.dat");
  misnamed.format = "dat";
  EXPECT_TRUE(thrown_by([&] { (void)read_events(misnamed); }).says("unknown event format 'dat'"));
}

TEST_F(Hdf5Events, of_a_channel_are_found_by_fixed_and_variable_strings) {
  numbers("mass", {1, 2, 3});
  numbers("ch/mass", {1, 2, 3});
  hid_t const fixed = H5Tcopy(H5T_C_S1);
  H5Tset_size(fixed, 2);
  H5Tset_strpad(fixed, H5T_STR_NULLPAD);
  write("_channel", fixed, fixed, "SRCRSR", {3});
  hid_t const variable = H5Tcopy(H5T_C_S1);
  H5Tset_size(variable, H5T_VARIABLE);
  char const* words[] = {"SR", "CR", "SR"};
  write("ch/_channel", variable, variable, words, {3});
  H5Tclose(fixed);
  H5Tclose(variable);
  auto r = request("");
  r.channel = "SR";
  EXPECT_EQ(values(read(r).columns[0]), (std::vector<double>{1, 3}));
  r.group = "/ch/";
  EXPECT_EQ(values(read(r).columns[0]), (std::vector<double>{1, 3}));
}

TEST_F(Hdf5Events, name_what_is_wrong) {
  numbers("mass", {1, 2, 3, 4});
  numbers("short", {1, 2});
  write("table", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, std::vector<double>(4).data(), {2, 2});
  hid_t const text = H5Tcopy(H5T_C_S1);
  write("text", text, text, "abcd", {4});
  H5Tclose(text);
  write("none", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, nullptr, {0});
  close();
  auto const refused = [&](std::vector<std::string> const& columns,
                           std::optional<std::string> const& group = {}) {
    auto r = request(path_, columns);
    r.group = group;
    return thrown_by([&] { (void)read_events(r); });
  };
  EXPECT_TRUE(refused({"mast"}).says("column 'mast' is missing; did you mean 'mass'?"))
      << refused({"mast"});
  EXPECT_TRUE(refused({"mass"}, "nowhere").says("group '/nowhere' is missing"));
  EXPECT_TRUE(refused({"mass", "short"}).says("column 'short' has 2 rows, column 'mass' has 4"));
  EXPECT_TRUE(refused({"table"}).says("column 'table' has 2 dimensions, expected 1"));
  EXPECT_TRUE(refused({"text"}).says("column 'text' holds text, expected numbers"));
  EXPECT_EQ(refused({"mast"}).code, ExitCode::bad_data);
}

TEST_F(Hdf5Events, may_be_none) {  // T9
  write("mass", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, nullptr, {0});
  close();
  auto const table = read_events(request(path_, {"mass"}));
  EXPECT_EQ(table.n_rows, 0U);
  EXPECT_EQ(table.columns.size(), 1U);
}

// UltraNest#21: damaged HDF5 files happen; they are a clean error at every length, and HDF5 itself
// says nothing.
TEST_F(Hdf5Events, of_a_cut_or_damaged_file_are_a_clean_error) {
  numbers("mass", std::vector<double>(100, 1.0));
  close();
  auto const whole = test::slurp(path_);
  ::testing::internal::CaptureStderr();
  for (std::size_t n = 0; n < whole.size(); n += 97) {
    test::spill(path_, whole.substr(0, n));
    EXPECT_EQ(thrown_by([&] { (void)read_events(request(path_)); }).code, ExitCode::bad_data) << n;
  }
  for (std::size_t n = 0; n + 64 < whole.size(); n += 61) {
    auto damaged = whole;
    damaged.replace(n, 64, 64, '\xff');
    test::spill(path_, damaged);
    (void)thrown_by([&] { (void)read_events(request(path_)); });  // any answer but a crash
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(Events, that_are_no_regular_file_answer_66_at_once) {
  Scratch const scratch;
  ASSERT_EQ(::mkfifo((scratch / "fifo.csv").c_str(), 0600), 0);
  std::filesystem::create_directory(scratch / "folder.h5");
  for (auto const* const extension : {".csv", ".h5", ".parquet"}) {
    auto r = request(scratch / ("absent" + std::string(extension)));
    EXPECT_EQ(thrown_by([&] { (void)read_events(r); }).code, ExitCode::no_input);
    r.format = extension + 1;
    for (auto const& path :
         {scratch / "fifo.csv", scratch / "folder.h5", std::filesystem::path("/dev/zero")}) {
      r.path = path;
      auto const thrown = thrown_by([&] { (void)read_events(r); });
      EXPECT_EQ(thrown.code, ExitCode::no_input) << thrown;
      EXPECT_TRUE(thrown.says("not a regular file")) << thrown;
    }
  }
}

TEST(Events, of_unknown_empty_or_root_files_say_what_to_do) {
  Scratch const scratch;
  auto const refused = [&](std::string const& name, std::string const& content) {
    test::spill(scratch / name, content);
    return thrown_by([&] { (void)read_events(request(scratch / name)); });
  };
  EXPECT_TRUE(refused("a.xyz", "1").says("unknown event format 'xyz'"));
  EXPECT_TRUE(refused("a.root", "root1").says("ROOT files are not read"));
  EXPECT_TRUE(refused("a.h5", "root1").says("this is a ROOT file"));
  EXPECT_TRUE(refused("b.h5", "").says("the file is empty"));
  EXPECT_TRUE(refused("b.parquet", "").says("the file is empty"));
  EXPECT_TRUE(refused("c.h5", "mass\n1\n").says("this is not an HDF5 file"));
}

TEST_F(CsvEvents, have_a_hash_of_their_content_alone) {
  auto const hash = [&](std::string const& text,
                        std::vector<std::string> const& columns = {"mass"}) {
    return data_hash({read(text, request("", columns))});
  };
  auto const one = hash("mass\n1\n2\n");
  EXPECT_EQ(one.size(), 64U);
  EXPECT_EQ(hash("other,mass\n7,1.0\n8,2e0\n"), one);
  EXPECT_NE(hash("mass\n2\n1\n"), one);
  EXPECT_NE(hash("mass,_weight\n1,1\n2,1\n"), one);
  EXPECT_NE(hash("a,b\n1,3\n2,4\n", {"a", "b"}), hash("a,b\n1,3\n2,4\n", {"b", "a"}));
  EXPECT_NE(data_hash({read("mass\n1\n"), read("mass\n2\n")}), one);
}

}  // namespace
}  // namespace toyfarm::io
