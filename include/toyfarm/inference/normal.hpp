#pragma once

// Probabilities and significances of a standard normal variable.
namespace toyfarm::inference {

/// Share of a normal distribution within one standard deviation, 0.6827.
inline constexpr double one_sigma = 0.68268949213708590;

/// P(x <= z).
[[nodiscard]] double normal_cdf(double z);

/// P(x >= z), accurate however small: the p-value of a significance z.
[[nodiscard]] double p_of_z(double z);

/// The z with P(x >= z) = p: the significance of a one-sided p-value. +inf for 0, -inf for 1.
[[nodiscard]] double z_of_p(double p);

/// The z with P(x <= z) = p.
[[nodiscard]] double normal_quantile(double p);

/// Density at z.
[[nodiscard]] double normal_pdf(double z);

/// Quantile of chi^2 with that many degrees of freedom: the 2 Delta NLL at which a profile interval
/// of `n_parameters` at confidence level `cl` ends (Wilks 1938, doi:10.1214/aoms/1177732360).
[[nodiscard]] double chi2_quantile(double cl, int n_parameters);

/// P(chi^2 of one degree of freedom >= t).
[[nodiscard]] double chi2_tail(double t);

}  // namespace toyfarm::inference
