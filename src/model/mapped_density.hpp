#pragma once
#include <vector>

#include "toyfarm/formula/graph.hpp"

#include "model/pdf.hpp"

namespace toyfarm::model {

/// The params of a pdf that are formulas of parameters ("=m0 + dm", "=2.5"), and what its type
/// sees instead of them.
struct ParamFormulas {
  spec::Pdf pdf;                            ///< as given: its params name `parameters`
  std::vector<spec::Parameter> parameters;  ///< of the spec, and one more for each formula
  std::vector<std::string> names;           ///< parameters of the spec that are used, each once
  std::vector<formula::Graph> functions;    ///< of `names`, for each of the pdf's params
};

/// Whether any of the params is a formula.
[[nodiscard]] bool has_formulas(spec::Pdf const& pdf);

/// Throws SpecError where a formula cannot be read.
[[nodiscard]] ParamFormulas read_formulas(spec::Pdf const& pdf, DensityContext const& context);

/// A density of the parameters `names` by one of the pdf's params, which was built with the
/// source's observable as the only one; derivatives by the chain rule. Throws SpecError for a
/// density with an edge whose params are formulas.
[[nodiscard]] BuiltDensity map_params(BuiltDensity density,
                                      ParamFormulas const& formulas,
                                      PdfSource const& source);

}  // namespace toyfarm::model
