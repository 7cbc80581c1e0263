#include "toyfarm/io/toy_table.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>
#include <hdf5.h>

#include "support/rows.hpp"
#include "support/same_study.hpp"
#include "support/scratch.hpp"
#include "support/version_1.hpp"

namespace toyfarm::io {
namespace {

using core::ExitCode;
using test::Scratch;
using test::thrown_by;

void expect_round_trip(std::filesystem::path const& file,
                       record::StudyInfo const& study,
                       record::RowTable const& rows) {
  write_toy_table(file, study, rows);
  auto const back = read_toy_table(file);
  test::expect_same_study(back.study, study);
  EXPECT_EQ(back.rows.layout(), rows.layout());
  EXPECT_TRUE(std::ranges::equal(back.rows.words(), rows.words()));
}

TEST(ToyTable, gives_back_study_and_rows_bit_for_bit) {
  Scratch const scratch;
  for (std::uint64_t const n : {0U, 1U, 100U, 4096U, 4097U}) {
    auto const study = test::small_study(n + 3);
    expect_round_trip(scratch / "toys.h5", study, test::made_up_rows(study.layout(), {{3}, n}));
  }
}

TEST(ToyTable, works_without_constraints_poi_overrides_data_or_channels) {
  Scratch const scratch;
  auto study = test::small_study(10);
  study.constrained.clear();
  study.poi.reset();
  study.overrides.clear();
  study.pdf_variants.clear();
  study.data_hash.clear();
  study.channel_names.clear();
  study.spec_text.clear();
  study.constraint_mode = record::ConstraintMode::fixed;
  expect_round_trip(scratch / "toys.h5", study, test::made_up_rows(study.layout(), {{0}, 10}));
}

// HDF5 object headers end at 64 kB.
TEST(ToyTable, holds_lists_of_parameters_and_specs_beyond_64_kB) {
  Scratch const scratch;
  auto study = test::small_study(2);
  for (int i = 0; i < 3000; ++i) {
    study.parameter_names.push_back("a_nuisance_parameter_with_a_long_name_" + std::to_string(i));
    study.lower.push_back(0);
    study.upper.push_back(1);
    study.fixed.push_back(false);
    study.used.push_back(true);
    study.truth.push_back(0.5);
  }
  study.spec_text.assign(300'000, 'x');
  expect_round_trip(scratch / "toys.h5", study, test::made_up_rows(study.layout(), {{0}, 2}));
}

// combine#883: equal studies give equal files, whenever they are written.
TEST(ToyTable, has_equal_bytes_for_equal_arguments_at_different_times) {
  Scratch const scratch;
  auto const study = test::small_study(5000);
  auto const rows = test::made_up_rows(study.layout(), {{0}, 5000});
  write_toy_table(scratch / "a.h5", study, rows);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  std::vector<std::string> const garbage(1000, "heap garbage of another kind");
  write_toy_table(scratch / "b.h5", study, rows);
  EXPECT_EQ(test::slurp(scratch / "a.h5"), test::slurp(scratch / "b.h5"));
  auto other = study;
  other.seed += 1;
  write_toy_table(scratch / "b.h5", other, rows);
  EXPECT_NE(test::slurp(scratch / "a.h5"), test::slurp(scratch / "b.h5"));
}

TEST(ToyTable, is_refused_with_its_name_when_absent_foreign_or_cut) {
  Scratch const scratch;
  EXPECT_EQ(thrown_by([&] { (void)read_toy_table(scratch / "absent.h5"); }).code,
            ExitCode::no_input);
  test::spill(scratch / "text.h5", "hello");
  EXPECT_TRUE(thrown_by([&] {
                (void)read_toy_table(scratch / "text.h5");
              }).says("text.h5: this is not an HDF5 file"));
  ToyEvents const events{"hash", 1, 2, {}, {}, {}, {}};
  write_toy_events(scratch / "events.h5", events);
  auto const foreign = thrown_by([&] { (void)read_toy_table(scratch / "events.h5"); });
  EXPECT_EQ(foreign.code, ExitCode::bad_data);
  EXPECT_TRUE(foreign.says("this is not a toy table")) << foreign;
  auto const study = test::small_study(10);
  write_toy_table(scratch / "toys.h5", study, test::made_up_rows(study.layout(), {{0}, 10}));
  auto const whole = test::slurp(scratch / "toys.h5");
  for (std::size_t n = 0; n < whole.size(); n += 501) {
    test::spill(scratch / "toys.h5", whole.substr(0, n));
    EXPECT_EQ(thrown_by([&] { (void)read_toy_table(scratch / "toys.h5"); }).code,
              ExitCode::bad_data)
        << n;
  }
}

TEST(ToyTable, answers_73_where_the_file_cannot_be_made) {
  Scratch const scratch;
  auto const study = test::small_study(1);
  EXPECT_EQ(thrown_by([&] {
              write_toy_table(scratch / "absent/toys.h5", study, record::RowTable(study.layout()));
            }).code,
            ExitCode::cannot_create);
}

/// Makes an HDF5 file say that it is of another version.
void put_version(std::filesystem::path const& file, std::uint64_t version) {
  auto const opened = H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  auto const attribute = H5Aopen(opened, "format_version", H5P_DEFAULT);
  EXPECT_GE(H5Awrite(attribute, H5T_NATIVE_UINT64, &version), 0);
  H5Aclose(attribute);
  H5Fclose(opened);
}

// Contract 15: every released version stays readable.
TEST(ToyTable, of_version_1_has_its_rows_and_says_nothing_of_starts) {
  auto const table = read_toy_table(test::version_1("toys.h5"));
  test::expect_same_study(table.study, test::small_study(12));
  ASSERT_EQ(table.rows.size(), 6U);
  test::expect_version_1(table.rows);
}

TEST(ToyTable, of_version_2_has_its_rows_and_says_nothing_of_where_fits_began) {
  auto const table =
      read_toy_table(test::source_folder() / "tests" / "data" / "version_2" / "toys.h5");
  test::expect_same_study(table.study, test::small_study(12));
  record::RowTable expected(table.study.layout());
  for (std::uint64_t toy = 0; toy < 6; ++toy) {
    auto row = test::made_up_row(expected.layout(), toy);
    row.fit().initial_nll = record::FitRecord().initial_nll;
    expected.append(row);
  }
  EXPECT_TRUE(std::ranges::equal(table.rows.words(), expected.words()));
}

TEST(ToyTable, of_a_version_that_is_not_known_is_refused_by_its_number) {
  Scratch const scratch;
  auto const file = scratch / "toys.h5";
  auto const study = test::small_study(4);
  for (auto const version : {std::uint64_t{0}, std::uint64_t{record::format_version + 1}}) {
    write_toy_table(file, study, test::made_up_rows(study.layout(), {{0}, 4}));
    put_version(file, version);
    auto const refused = thrown_by([&] { (void)read_toy_table(file); });
    EXPECT_EQ(refused.code, ExitCode::bad_data);
    EXPECT_TRUE(refused.says("toys.h5") &&
                refused.says("format_version is " + std::to_string(version) +
                             ", this program reads 1 to " + std::to_string(record::format_version)))
        << refused;
  }
}

/// What reading a table says that `change` was done to.
template <class Change>
test::Thrown changed(Scratch const& scratch, Change const& change) {
  auto const file = scratch / "toys.h5";
  auto const study = test::small_study(4);
  write_toy_table(file, study, test::made_up_rows(study.layout(), {{0}, 4}));
  auto const opened = H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  change(opened);
  H5Fclose(opened);
  return thrown_by([&] { (void)read_toy_table(file); });
}

TEST(ToyTable, with_a_column_or_a_word_that_is_not_known_is_refused_by_its_name) {
  Scratch const scratch;
  auto const column = changed(scratch, [](hid_t file) {
    EXPECT_GE(H5Lcreate_hard(file, "nll", file, "chi2", H5P_DEFAULT, H5P_DEFAULT), 0);
  });
  EXPECT_EQ(column.code, ExitCode::bad_data);
  EXPECT_TRUE(column.says("has a column 'chi2', which this program does not know")) << column;
  auto const word = changed(scratch, [](hid_t file) {
    auto const group = H5Gopen2(file, "gen", H5P_DEFAULT);
    auto const attribute = H5Aopen(group, "constraint_mode", H5P_DEFAULT);
    auto const type = H5Aget_type(attribute);
    EXPECT_GE(H5Awrite(attribute, type, "rendomize"), 0);
    H5Tclose(type);
    H5Aclose(attribute);
    H5Gclose(group);
  });
  EXPECT_EQ(word.code, ExitCode::bad_data);
  EXPECT_TRUE(word.says("constraint_mode is 'rendomize', which this program does not know"))
      << word;
  auto const code = changed(scratch, [](hid_t file) {
    auto const status = H5Dopen2(file, "status", H5P_DEFAULT);
    std::vector<std::uint8_t> const values{0, 0, 77, 0};
    EXPECT_GE(H5Dwrite(status, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
    H5Dclose(status);
  });
  EXPECT_EQ(code.code, ExitCode::bad_data);
  EXPECT_TRUE(code.says("unknown status 77 (toy 2)")) << code;
}

TEST(ToyEvents, of_version_1_are_read_and_an_unknown_version_is_refused) {
  auto const events = read_toy_events(test::version_1("toy_5.h5"));
  EXPECT_EQ(events.toy, 5U);
  EXPECT_EQ(events.truth, test::small_study(12).truth);
  EXPECT_EQ(events.global_observables, std::vector<double>{0.25});
  EXPECT_EQ(events.channels.at(0).columns.at(0), (core::Column{1.5, 2.5}));
  Scratch const scratch;
  std::filesystem::copy_file(test::version_1("toy_5.h5"), scratch / "toy.h5");
  put_version(scratch / "toy.h5", 9);
  auto const refused = thrown_by([&] { (void)read_toy_events(scratch / "toy.h5"); });
  EXPECT_EQ(refused.code, ExitCode::bad_data);
  EXPECT_TRUE(refused.says("format_version is 9, this program reads 1 to 2")) << refused;
}

// combine PR#238: a saved toy's events come back bit for bit.
TEST(ToyEvents, come_back_bit_for_bit) {
  Scratch const scratch;
  ToyEvents events{
      std::string(64, 'c'), ~std::uint64_t{0}, 17, {1.0 / 3, -0.0}, {0.1}, {"\xc3\xa9"}, {}};
  events.channels.push_back(
      {"SR \xc3\xa9", {"mass", "time"}, {{1, 2, 1e-310}, {3, 4, 5}}, {1, 0.5, 2}});
  events.channels.push_back({"empty", {"x"}, {{}}});
  write_toy_events(scratch / "toy.h5", events);
  auto const back = read_toy_events(scratch / "toy.h5");
  EXPECT_EQ(back.model_hash, events.model_hash);
  EXPECT_EQ(back.seed, events.seed);
  EXPECT_EQ(back.toy, events.toy);
  EXPECT_EQ(back.truth, events.truth);
  EXPECT_EQ(back.global_observables, events.global_observables);
  EXPECT_EQ(back.constrained, events.constrained);
  ASSERT_EQ(back.channels.size(), 2U);
  for (std::size_t c = 0; c < 2; ++c) {
    EXPECT_EQ(back.channels[c].name, events.channels[c].name);
    EXPECT_EQ(back.channels[c].observables, events.channels[c].observables);
    EXPECT_EQ(back.channels[c].columns, events.channels[c].columns);
    EXPECT_EQ(back.channels[c].weights, events.channels[c].weights);
  }
  EXPECT_TRUE(thrown_by([&] { (void)read_toy_events(scratch / "absent.h5"); }).code ==
              ExitCode::no_input);
}

}  // namespace
}  // namespace toyfarm::io
