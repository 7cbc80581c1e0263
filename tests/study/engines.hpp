#pragma once
#include <algorithm>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <omp.h>

#include "toyfarm/core/thread_team.hpp"
#include "toyfarm/study/verify.hpp"

#include "study/mixes.hpp"

namespace toyfarm::test {

/// What fits by nodes and by events of the same toys come to.
struct Comparison {
  double nll = 0;    ///< largest difference of a certified toy
  double shift = 0;  ///< likewise, in errors
  double bound = 0;  ///< largest
  std::uint64_t n_other_status = 0;
  std::uint64_t n_eventwise = 0;
  std::uint64_t n_certified = 0;
  std::uint64_t n_harmed = 0;    ///< differ by more than the promise, certified or not
  std::uint64_t n_deceived = 0;  ///< of these, certified
};

inline constexpr double promised = 1e-6;  // of the certificate: NLL, and estimates in errors

/// `n_toys` toys by the study's engine against the same event by event.
inline Comparison compare_engines(study::StudySetup const& setup, std::uint64_t n_toys) {
  int const threads = omp_get_num_procs();
  struct Outcome {
    record::ToyRecord record;
    study::Difference difference;
  };
  std::vector<Outcome> outcomes(n_toys);
  std::vector<std::unique_ptr<study::ToyRunner>> runners(static_cast<std::size_t>(threads));
  core::parallel_for(n_toys, threads, [&](std::size_t i, int thread) {
    auto& runner = runners[static_cast<std::size_t>(thread)];
    if (!runner) {
      runner = std::make_unique<study::ToyRunner>(setup);
    }
    outcomes[i].record = runner->run(core::ToyId{i});
    outcomes[i].difference =
        study::difference(outcomes[i].record.fit(), runner->run_by_events(core::ToyId{i}).fit());
  });
  Comparison out;
  for (auto const& o : outcomes) {
    bool const certified = core::is_converged(o.record.fit().status);
    bool const harmed = o.difference.nll > promised || o.difference.shift > promised;
    out.n_eventwise += o.record.fit().engine == core::Engine::eventwise ? 1U : 0U;
    out.n_certified += certified ? 1U : 0U;
    out.n_harmed += harmed ? 1U : 0U;
    out.n_deceived += harmed && certified ? 1U : 0U;
    if (certified) {
      out.n_other_status += o.difference.same_status ? 0U : 1U;
      out.nll = std::max(out.nll, o.difference.nll);
      out.shift = std::max(out.shift, o.difference.shift);
      out.bound = std::max(out.bound, o.record.fit().bound);
    }
  }
  return out;
}

/// The promise of the certificate, for every toy, and fall backs to events in fewer than one toy of
/// a thousand.
inline void expect_agreement(study::StudySetup const& setup, std::uint64_t n_toys) {
  auto const c = compare_engines(setup, n_toys);
  EXPECT_EQ(c.n_certified, n_toys);
  EXPECT_EQ(c.n_other_status, 0U);
  EXPECT_EQ(c.n_deceived, 0U);
  EXPECT_LE(c.nll, promised);
  EXPECT_LE(c.shift, promised);
  // Two observables have no nodes below toys::fewest_product_events: all their toys are fitted
  // event by event, which is no fall back.
  if (toys::CompressedGenerator(setup.tables).has_nodes()) {
    EXPECT_LT(static_cast<double>(c.n_eventwise), 1e-3 * static_cast<double>(n_toys));
  } else {
    EXPECT_EQ(c.n_eventwise, n_toys);
  }
  std::printf(
      "largest differences: NLL %.1e, estimates %.1e errors; largest bound %.1e; %llu of %llu "
      "event by event\n",
      c.nll,
      c.shift,
      c.bound,
      static_cast<unsigned long long>(c.n_eventwise),
      static_cast<unsigned long long>(n_toys));
}

}  // namespace toyfarm::test
