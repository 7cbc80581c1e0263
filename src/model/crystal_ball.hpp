#pragma once
#include "model/pdf.hpp"

namespace toyfarm::model {

/// Where a Crystal Ball has power tails: on the left (parameters mu, sigma, alpha, n) or on both
/// sides (mu, sigma, alpha_l, n_l, alpha_r, n_r).
enum class Tails { left, both };

/// Both Crystal Ball densities: they differ in the second tail, and in whom the left joint belongs
/// to (see crystal_ball.cpp).
[[nodiscard]] DensityPtr make_crystal_ball_density(PdfSource const& source, Tails tails);

}  // namespace toyfarm::model
