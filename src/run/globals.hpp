#pragma once
#include <map>
#include <string>
#include <vector>

#include "toyfarm/io/reports.hpp"
#include "toyfarm/model/model.hpp"

namespace toyfarm::run {

/// [constraint] what its fits take as observed: the spec's, or what files of toys and of Asimov
/// data have for it; `found` [file] by the parameter's name, empty for any other file. Throws
/// DataError where files disagree, or one has not all that the model constrains.
[[nodiscard]] std::vector<double> globals_of(
    model::Model const& model,
    std::vector<io::DataFileEntry> const& files,
    std::vector<std::map<std::string, double>> const& found);

}  // namespace toyfarm::run
