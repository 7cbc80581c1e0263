#pragma once
#include <cmath>

#include "model/pdf.hpp"

namespace toyfarm::model {

/// The old program's `voigtian`: eta Lorentz(gamma) + (1 - eta) Gauss(sigma), eta by Thompson, Cox
/// & Hastings (1987, doi:10.1107/S0021889887087090) but with the components' own widths, normalised
/// with 64 Gauss-Legendre nodes.
[[nodiscard]] DensityPtr make_pseudo_voigt(PdfSource const& source);

/// Whether (mu, sigma, gamma) are in the domain of Voigt profiles.
[[nodiscard]] inline bool is_voigt(std::span<double const> theta) noexcept {
  return std::isfinite(theta[0]) && std::isfinite(theta[1]) && std::isfinite(theta[2]) &&
         theta[1] > 0 && theta[2] >= 0;
}

/// The gamma by which a Voigt profile is computed. One of gamma = 0 is a Gaussian, whose tails
/// vanish and whose derivative in gamma does not; it stands for the profile next to it, which no
/// data tell from it.
[[nodiscard]] inline double usable_gamma(double sigma, double gamma) noexcept {
  return gamma > 0 ? gamma : 1e-9 * sigma;
}

/// Where a Voigt profile (mu, sigma, gamma) is structured.
[[nodiscard]] std::vector<double> voigt_guide_points(std::span<double const> theta);

}  // namespace toyfarm::model
