#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "toyfarm/record/study_info.hpp"
#include "toyfarm/run/input.hpp"
#include "toyfarm/run/order.hpp"
#include "toyfarm/study/setup_codec.hpp"

namespace toyfarm::run {

/// What rank 0 knows before toys run.
struct Prepared {
  Input input;
  record::StudyInfo study;
  toys::GenerationTables tables;
};

/// Reads and validates everything, finds the generation point and builds the tables. Throws before
/// anything is written.
[[nodiscard]] Prepared prepare(Request const& request);

/// Values of --set by their parameter; the last one of a name counts. Throws UsageError for a name
/// that is none, or a value outside the bounds.
[[nodiscard]] std::map<std::size_t, double> set_values(
    Input const& input, std::vector<std::pair<std::string, double>> const& set);

/// What a study of the input's model at a generation point is, but for its layout.
[[nodiscard]] record::StudyInfo describe(Input const& input,
                                         Request const& request,
                                         std::vector<double> const& truth);

/// StudyInfo::arithmetic of toys that this process runs: "fma" or "plain", as its kernels are.
[[nodiscard]] std::string own_arithmetic();

/// Throws UsageError for guardrails on the POI's pulls where the study has no POI.
void require_poi(ensemble::GuardrailLimits const& limits, record::StudyInfo const& study);

/// What a toy keeps of its events: what the engine needs, or all of them.
enum class KeptEvents { needed, all };

/// Throws SpecError where this machine's memory cannot hold the events of a channel that a toy
/// keeps one by one, because all are wanted or because no nodes can stand for them.
void require_event_memory(toys::GenerationTables const& tables,
                          record::StudyInfo const& study,
                          Order const& order,
                          KeptEvents kept = KeptEvents::needed);

/// The bytes from which another rank, or another job, makes the same set-up by study::decode_setup.
/// Holds what decides about rows, the layout of cells included.
[[nodiscard]] std::string encode_setup(Prepared const& prepared, Request const& request);

}  // namespace toyfarm::run
