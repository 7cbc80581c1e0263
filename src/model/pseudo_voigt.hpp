#pragma once
#include "model/pdf.hpp"

namespace toyfarm::model {

/// The old program's `voigtian`: eta Lorentz(gamma) + (1 - eta) Gauss(sigma), eta by Thompson, Cox
/// & Hastings (1987, doi:10.1107/S0021889887087090) but with the components' own widths, normalised
/// with 64 Gauss-Legendre nodes.
[[nodiscard]] DensityPtr make_pseudo_voigt(PdfSource const& source);

/// Where a Voigt profile (mu, sigma, gamma) is structured.
[[nodiscard]] std::vector<double> voigt_guide_points(std::span<double const> theta);

}  // namespace toyfarm::model
