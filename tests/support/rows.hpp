#pragma once
#include <bit>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include "toyfarm/record/study_info.hpp"
#include "toyfarm/record/toy_record.hpp"

// Made-up studies and rows for tests of everything behind a fit.
namespace toyfarm::test {

/// A study with 3 parameters (the last fixed), 2 channels and 1 constraint.
inline record::StudyInfo small_study(std::uint64_t n_toys) {
  auto const infinity = std::numeric_limits<double>::infinity();
  record::StudyInfo study;
  study.parameter_names = {"mu", "tau", "lumi \xc3\xa9"};
  study.lower = {0, -infinity, 1};
  study.upper = {5, infinity, 1};
  study.fixed = {false, false, true};
  study.used = {true, true, false};
  study.channel_names = {"SR", "CR"};
  study.constrained = {1};
  study.poi = 0;
  study.gen_point = "mle";
  study.truth = {1.0 / 3, -2e-300, 1};
  study.overrides = {{"mu", 1.0 / 3}};
  study.seed = 0xfedcba9876543210U;
  study.n_toys = n_toys;
  study.pdf_variants = {{"SR/signal", "exact"}};
  study.layout_hash = std::string(64, 'c');
  study.model_hash = std::string(64, 'a');
  study.data_hash = std::string(64, 'b');
  study.spec_text = "{\n  \"caf\xc3\xa9\": 1\n}\n";
  return study;
}

/// A row that is a pure function of (layout, toy): most converged, some at a bound or an edge, some
/// failed, one in eleven of infinite NLL.
inline record::ToyRecord made_up_row(record::RowLayout const& layout, std::uint64_t toy) {
  std::mt19937_64 random(toy * 7919 + 1);
  std::normal_distribution<double> gauss;
  auto const nan = std::numeric_limits<double>::quiet_NaN();
  record::ToyRecord row;
  row.toy = {toy};
  row.fit().status = toy % 7 == 3   ? core::FitStatus::max_iter
                     : toy % 5 == 2 ? core::FitStatus::at_bound
                     : toy % 9 == 8 ? core::FitStatus::at_edge
                                    : core::FitStatus::converged;
  row.fit().engine = toy % 2 == 0 ? core::Engine::eventwise : core::Engine::compressed;
  row.fit().iterations = static_cast<std::uint32_t>(random() % 100);
  row.fit().attempts = 1 + static_cast<std::uint32_t>(toy % 3);
  row.fit().won = static_cast<std::uint32_t>(toy % 3);
  row.fit().next_end = toy % 4 == 1 ? 0.1 * static_cast<double>(toy) : nan;
  row.fit().nll = -1e4 * gauss(random);
  row.fit().initial_nll = row.fit().nll + 0.5 * static_cast<double>(toy % 6);
  row.fit().edm = 1e-14 * gauss(random) * gauss(random);
  row.fit().bound = toy % 2 == 0 ? 0 : 1e-7;
  for (std::size_t c = 0; c < layout.n_channels; ++c) {
    row.n_events.push_back(1000 + random() % 200);
  }
  for (std::size_t j = 0; j < layout.n_params; ++j) {
    bool const is_held =
        row.fit().status == core::FitStatus::at_bound && j == toy % layout.n_params;
    bool const on_edge = row.fit().status == core::FitStatus::at_edge && j == toy % layout.n_params;
    row.fit().values.push_back(1 + 0.1 * gauss(random));
    row.fit().errors.push_back(is_held || on_edge ? nan : 0.1);
    row.fit().held.push_back(on_edge        ? core::Held::edge
                             : !is_held     ? core::Held::none
                             : toy % 4 == 3 ? core::Held::unused
                             : toy % 2 == 0 ? core::Held::lower
                                            : core::Held::upper);
  }
  for (std::size_t k = 0; k < layout.n_constraints; ++k) {
    row.global_observables.push_back(gauss(random));
  }
  if (toy % 11 == 6) {
    row.fit().status = core::FitStatus::infinite_nll;
    row.fit().nll = std::numeric_limits<double>::infinity();
    row.fit().edm = std::bit_cast<double>(0xfff8000000000123U);  // a NaN with sign and payload
  }
  for (std::size_t fit = 1; fit < layout.n_fits; ++fit) {
    row.fits.push_back(row.fits[fit - 1]);
    row.fits[fit].nll += gauss(random);
    row.fits[fit].status = static_cast<core::FitStatus>(random() % core::n_fit_statuses);
  }
  return row;
}

inline record::RowTable made_up_rows(record::RowLayout const& layout, core::ToyRange range) {
  record::RowTable rows(layout);
  for (std::uint64_t i = 0; i < range.count; ++i) {
    rows.append(made_up_row(layout, range.first.value + i));
  }
  return rows;
}

}  // namespace toyfarm::test
