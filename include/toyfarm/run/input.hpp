#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "toyfarm/io/reports.hpp"
#include "toyfarm/model/interior_point.hpp"
#include "toyfarm/model/model.hpp"
#include "toyfarm/model/sample.hpp"
#include "toyfarm/run/request.hpp"
#include "toyfarm/study/observed.hpp"

namespace toyfarm::run {

/// A spec with its model and observed data.
struct Input {
  spec::Spec spec;
  model::Model model;
  model::Sample data;  ///< events with weight 0 left out
  std::vector<std::string> channels_without_data;
  std::vector<io::DataFileEntry> files;
  std::string data_hash;  ///< empty when no channel names data
  bool weighted = false;
  std::vector<double> globals;  ///< [constraint] observed: the spec's, or those of a toy's file
};

/// Reads the spec and every data file it names. Throws what spec::read_spec, model::build_model and
/// io::read_events throw, UsageError for --data of a channel that is not there.
/// Events that are left alone are as if no channel had any.
enum class Events { read, left_alone };
[[nodiscard]] Input read_input(InputRequest const& options, Events events = Events::read);

/// The files that are read for it: the spec, and data as far as the spec can be read.
[[nodiscard]] std::vector<std::filesystem::path> files_named_by(InputRequest const& request);

/// "process 'p' of channel 'c': the density is negative at x = 3".
[[nodiscard]] std::string negative_text(Input const& input, model::NegativeDensity const& negative);

/// `values` as a start or generation point: where a density is negative in its window there, moved
/// inside, of which a notice tells; it calls the values `what`. Throws SpecError, naming process
/// and channel, where bounds and fixed parameters leave no point inside.
[[nodiscard]] std::vector<double> moved_inside(Input const& input,
                                               std::vector<double> values,
                                               std::string const& what,
                                               model::EdgeScope scope);

/// Fits the observed data from `start` and others.
[[nodiscard]] study::ObservedFit fit_data(Input const& input,
                                          std::vector<double> const& start,
                                          study::ObservedOptions const& options = {});

/// Throws SpecError, naming the channel, if a fitted channel has no data; `what` needs them.
void require_data(Input const& input, std::string const& what);

/// Which of the two formulas each pdf that has both uses: "channel/process" -> "exact" or
/// "nextstat".
[[nodiscard]] std::map<std::string, std::string> pdf_variants(spec::Spec const& spec);

/// `values` with those named in the JSON file replaced. Throws DataError for unknown names and for
/// values outside the bounds.
[[nodiscard]] std::vector<double> with_values_from(std::string const& file,
                                                   model::Model const& model,
                                                   std::vector<double> values);

}  // namespace toyfarm::run
