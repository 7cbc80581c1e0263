#include <limits>

#include <gtest/gtest.h>
#include <hdf5.h>

#include "toyfarm/io/events.hpp"
#include "toyfarm/io/toy_table.hpp"

#include "io/read_limit.hpp"
#include "support/scratch.hpp"

// F2: HDF5 gives fill values for what it does not find, and says nothing. F6: a small file may
// unfold to all memory there is.
namespace toyfarm::io {
namespace {

using core::ExitCode;
using test::thrown_by;

EventRequest request(std::filesystem::path const& path,
                     std::vector<std::string> const& columns = {"mass"}) {
  auto const infinity = std::numeric_limits<double>::infinity();
  EventRequest r;
  r.path = path;
  for (auto const& name : columns) {
    r.columns.push_back({name, -infinity, infinity});
  }
  return r;
}

/// How a dataset is to be made.
struct Layout {
  std::vector<hsize_t> dims{100};
  std::vector<hsize_t> chunk{};
  unsigned deflate = 0;
  std::string external{};
  H5D_alloc_time_t allocate = H5D_ALLOC_TIME_DEFAULT;
};

class OddHdf5 : public ::testing::Test {
 protected:
  OddHdf5() : file_(H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {}
  ~OddHdf5() override { close(); }
  void close() {
    if (file_ >= 0) {
      H5Fclose(file_);
      file_ = -1;
    }
  }
  hid_t make(std::string const& name, Layout const& layout, hid_t type = H5T_IEEE_F64LE) const {
    hid_t const properties = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_alloc_time(properties, layout.allocate);
    if (!layout.chunk.empty()) {
      H5Pset_chunk(properties, static_cast<int>(layout.chunk.size()), layout.chunk.data());
    }
    if (layout.deflate > 0) {
      H5Pset_deflate(properties, layout.deflate);
    }
    if (!layout.external.empty()) {
      H5Pset_external(properties, layout.external.c_str(), 0, H5F_UNLIMITED);
    }
    std::vector<hsize_t> most = layout.dims;
    if (!layout.chunk.empty()) {
      most.assign(most.size(), H5S_UNLIMITED);
    }
    hid_t const space =
        H5Screate_simple(static_cast<int>(layout.dims.size()), layout.dims.data(), most.data());
    hid_t const dataset =
        H5Dcreate2(file_, name.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    EXPECT_GE(dataset, 0) << name;
    H5Sclose(space);
    H5Pclose(properties);
    return dataset;
  }
  /// Writes rows [first, first + n) of ones.
  static void fill(hid_t dataset, hsize_t first, hsize_t n) {
    std::vector<double> const ones(n, 1.0);
    hid_t const space = H5Dget_space(dataset);
    hid_t const memory = H5Screate_simple(1, &n, nullptr);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, &first, nullptr, &n, nullptr);
    EXPECT_GE(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, ones.data()), 0);
    H5Sclose(memory);
    H5Sclose(space);
  }
  void column(std::string const& name, Layout const& layout, hsize_t first, hsize_t n) const {
    hid_t const dataset = make(name, layout);
    fill(dataset, first, n);
    H5Dclose(dataset);
  }
  /// Chunks of a few bytes that no filter has made: enough for what is never unpacked.
  void raw_chunks(std::string const& name, Layout const& layout) const {
    hid_t const dataset = make(name, layout);
    for (hsize_t first = 0; first < layout.dims[0]; first += layout.chunk[0]) {
      EXPECT_GE(H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, &first, 5, "bytes"), 0);
    }
    H5Dclose(dataset);
  }
  void without_rows(std::string const& name, Layout const& layout) const {
    H5Dclose(make(name, layout));
  }
  /// A virtual dataset of 100 rows of `source` in `file`.
  void virtual_column(std::string const& name, std::string const& file) const {
    hsize_t const n = 100;
    hid_t const space = H5Screate_simple(1, &n, nullptr);
    hid_t const properties = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_virtual(properties, space, file.c_str(), "source", space);
    hid_t const dataset = H5Dcreate2(
        file_, name.c_str(), H5T_IEEE_F64LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    EXPECT_GE(dataset, 0);
    H5Dclose(dataset);
    H5Pclose(properties);
    H5Sclose(space);
  }
  EventTable read(std::string const& name) {
    close();
    return read_events(request(path_, {name}));
  }
  /// The message about a column, which has to name it and be of bad data.
  std::string refusal(std::string const& name, std::optional<std::uint64_t> max_rows = {}) {
    close();
    auto r = request(path_, {name});
    r.max_rows = max_rows;
    auto const thrown = thrown_by([&] { (void)read_events(r); });
    EXPECT_EQ(thrown.code, ExitCode::bad_data) << name << ": " << thrown;
    EXPECT_TRUE(thrown.says(name)) << thrown;
    return thrown.message;
  }

  test::Scratch scratch_;
  std::filesystem::path path_ = scratch_ / "e.h5";
  hid_t file_;
};

bool says(std::string const& message, std::string const& words) {
  return message.find(words) != std::string::npos;
}

TEST_F(OddHdf5, values_of_a_virtual_dataset_are_refused_whether_their_source_is_there_or_not) {
  column("source", {}, 0, 100);
  virtual_column("gone", (scratch_ / "gone.h5").string());
  virtual_column("there", ".");
  for (auto const* const name : {"gone", "there"}) {
    auto const message = refusal(name);
    EXPECT_TRUE(says(message, "virtual dataset") && says(message, "h5repack")) << message;
  }
}

TEST_F(OddHdf5, values_in_external_raw_storage_are_refused_whether_they_are_there_or_not) {
  auto const raw = (scratch_ / "raw.bin").string();
  column("there", {.external = raw}, 0, 100);
  without_rows("gone", {.external = (scratch_ / "none.bin").string()});
  EXPECT_TRUE(std::filesystem::exists(raw));
  for (auto const* const name : {"there", "gone"}) {
    auto const message = refusal(name);
    EXPECT_TRUE(says(message, "external raw storage") && says(message, "h5repack")) << message;
  }
}

TEST_F(OddHdf5, values_that_were_never_written_are_refused_with_their_number_of_chunks) {
  without_rows("contiguous", {});
  without_rows("chunked", {.chunk = {10}});
  column("partly", {.chunk = {10}}, 0, 95);
  column("first", {.chunk = {10}}, 0, 90);
  column("compressed", {.chunk = {30}, .deflate = 9}, 30, 70);
  without_rows("_weight", {.chunk = {64}});
  EXPECT_TRUE(says(refusal("contiguous"), "never written"));
  EXPECT_TRUE(says(refusal("chunked"), "10 of 10 chunks that were never written"));
  EXPECT_TRUE(says(refusal("first"), "1 of 10 chunks that were never written"));
  EXPECT_TRUE(says(refusal("compressed"), "1 of 4 chunks that were never written"));
  // Within a chunk nobody can tell; then the weights are found not to be there.
  EXPECT_TRUE(says(thrown_by([&] { (void)read("partly"); }).message,
                   "dataset '/_weight' has 2 of 2 chunks"));
}

TEST_F(OddHdf5, values_of_every_ordinary_layout_and_no_rows_at_all_are_read) {
  column("contiguous", {}, 0, 100);
  column("early", {.allocate = H5D_ALLOC_TIME_EARLY}, 0, 100);
  column("chunked", {.chunk = {7}}, 0, 100);
  column("one_chunk", {.chunk = {1000}}, 0, 100);
  column("compressed", {.chunk = {30}, .deflate = 9}, 0, 100);
  without_rows("none", {.dims = {0}});
  without_rows("no_chunks", {.dims = {0}, .chunk = {10}});
  for (auto const* const name : {"contiguous", "early", "chunked", "one_chunk", "compressed"}) {
    auto const table = read(name);
    ASSERT_EQ(table.n_rows, 100U) << name;
    EXPECT_EQ(table.columns[0], core::Column(100, 1.0)) << name;
  }
  EXPECT_EQ(read("none").n_rows, 0U);
  EXPECT_EQ(read("no_chunks").n_rows, 0U);
}

TEST_F(OddHdf5, links_out_of_the_file_or_to_nothing_are_refused) {
  column("mass", {}, 0, 100);
  auto const other = (scratch_ / "other.h5").string();
  H5Lcreate_external(other.c_str(), "/mass", file_, "outside", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_external("/dev/zero", "/", file_, "folder", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("/folder/mass", file_, "by_way_of", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("/nothing", file_, "dangling", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("/mass", file_, "soft", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("/nowhere", file_, "_weight", H5P_DEFAULT, H5P_DEFAULT);
  EXPECT_TRUE(says(refusal("outside"), "external link into the file '" + other + "'"));
  EXPECT_TRUE(says(refusal("by_way_of"), "external link into the file '/dev/zero'"));
  EXPECT_TRUE(says(refusal("dangling"), "soft link to something that is not there"));
  EXPECT_TRUE(says(thrown_by([&] { (void)read("soft"); }).message,
                   "'/_weight' is a soft link to something that is not there"));
  auto in_group = request(path_);
  in_group.group = "folder";
  EXPECT_TRUE(thrown_by([&] { (void)read_events(in_group); }).says("external link"));
}

TEST_F(OddHdf5, a_soft_link_within_the_file_is_followed) {
  column("mass", {}, 0, 100);
  H5Lcreate_soft("/mass", file_, "soft", H5P_DEFAULT, H5P_DEFAULT);
  EXPECT_EQ(read("soft").n_rows, 100U);
}

// F6: 8 kB that would take gigabytes.
TEST_F(OddHdf5, types_chunks_and_shapes_of_gigabytes_in_a_small_file_are_refused) {
  hid_t const text = H5Tcopy(H5T_C_S1);
  H5Tset_size(text, 4'000'000'000U);
  H5Dclose(make("text", {.dims = {1}, .chunk = {1}}, text));
  H5Tclose(text);
  hid_t const wide = H5Tcopy(H5T_STD_I64LE);
  H5Tset_size(wide, 1'000'000);
  H5Dclose(make("wide", {.dims = {10}}, wide));
  H5Tclose(wide);
  raw_chunks("packed", {.dims = {300'000'000}, .chunk = {1'000'000}, .deflate = 9});
  raw_chunks("chunk", {.dims = {10}, .chunk = {400'000'000}, .deflate = 9});
  close();
  EXPECT_LT(std::filesystem::file_size(path_), 20'000'000U);
  EXPECT_TRUE(says(refusal("wide"), "numbers of 1000000 bytes each")) << refusal("wide");
  EXPECT_TRUE(says(refusal("packed"), "2.4 GB") && says(refusal("packed"), "--max-rows N"))
      << refusal("packed");
  EXPECT_TRUE(says(refusal("chunk"), "3.2 GB")) << refusal("chunk");
  EXPECT_TRUE(says(refusal("text"), "column 'text' holds text"));
}

TEST_F(OddHdf5, a_large_file_or_many_rows_asked_for_raise_the_limit) {
  test::spill(path_, std::string(5'000'000, 'x'));
  EXPECT_EQ(ReadLimit(path_).bytes(), 5'000'000'000U);
  test::spill(path_, "x");
  ReadLimit const small(path_);
  EXPECT_TRUE(small.allows(1e9L));
  EXPECT_FALSE(small.allows(1.001e9L));
  EXPECT_TRUE(ReadLimit(path_, 300'000'000U).allows(8 * 3e8L));
  EXPECT_EQ(ReadLimit(path_, std::numeric_limits<std::uint64_t>::max()).bytes(),
            std::numeric_limits<std::uint64_t>::max());
}

TEST_F(OddHdf5, labels_that_share_one_long_text_take_it_once) {
  constexpr hsize_t n = 20'000;
  column("mass", {.dims = {n}}, 0, n);
  std::string const long_word(1'000'000, 'x');
  hid_t const variable = H5Tcopy(H5T_C_S1);
  H5Tset_size(variable, H5T_VARIABLE);
  std::vector<char const*> words(n, "SR");
  words[3] = long_word.c_str();
  hid_t const dataset = make("_channel", {.dims = {n}}, variable);
  ASSERT_GE(H5Dwrite(dataset, variable, H5S_ALL, H5S_ALL, H5P_DEFAULT, words.data()), 0);
  H5Dclose(dataset);
  H5Tclose(variable);
  close();
  auto r = request(path_);
  r.channel = "SR";
  EXPECT_EQ(read_events(r).n_rows, n - 1);
  r.channel = "other";
  r.known_channels = {"other"};
  auto const thrown = thrown_by([&] { (void)read_events(r); });
  EXPECT_EQ(thrown.code, ExitCode::bad_data);
  EXPECT_LT(thrown.message.size(), 1000U);
}

TEST_F(OddHdf5, more_rows_than_asked_for_are_refused) {
  column("mass", {}, 0, 100);
  EXPECT_TRUE(thrown_by([&] {
                close();
                auto r = request(path_);
                r.max_rows = 99;
                (void)read_events(r);
              }).says("has more rows than --max-rows 99 allows"));
  auto r = request(path_);
  r.max_rows = 100;
  EXPECT_EQ(read_events(r).n_rows, 100U);
}

}  // namespace
}  // namespace toyfarm::io
