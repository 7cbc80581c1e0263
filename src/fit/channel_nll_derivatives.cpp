#include <algorithm>

#include "channel_nll.hpp"

namespace toyfarm::fit {

using model::Derivatives;
using model::packed;
using model::SecondForm;

// Fills sum_second of a density whose second derivatives are made of sums over points.
void ChannelNll::sum_by_form(Process& p) {
  for (std::size_t k = 0; k <= p.n_shape; ++k) {
    p.sums[k] = p.gram[packed(k, 0)];
  }
  p.model->shape.density->second_sums(p.scratch, p.sums, p.sum_second);
}

void ChannelNll::add_shape_facts(Process const& p, NllPoint& out) const {
  bool const squares = p.form != SecondForm::affine_product && p.gram[0] > 0;
  for (std::size_t k = 0; k < p.n_shape; ++k) {
    auto const j = static_cast<Eigen::Index>(params_[p.shape_local[k]]);
    out.support[j] += p.nu * std::max(p.gram[0], 0.0);
    if (squares) {
      out.score_square[j] = std::max(out.score_square[j], p.gram[packed(k + 1, k + 1)] / p.gram[0]);
    }
  }
}

// d(-ln L)/dj = sum_p [ d_j nu_p (1 - Q_p) - nu_p D_pj ];  second derivatives from
// d_jk ln f = sum_p q_p [ d_jk nu + d_j nu d_k + d_j d_k nu + nu (dd_jk + d_j d_k) ] - s_j s_k.
void ChannelNll::add_derivatives(NllPoint& out) {
  if (order_ == Derivatives::none) {
    return;
  }
  auto const global = [&](std::size_t local) { return static_cast<Eigen::Index>(params_[local]); };
  auto const add = [&](std::size_t a, std::size_t b, double value) {
    out.hessian(global(a), global(b)) += value;
    out.hessian(global(b), global(a)) += value;
  };
  for (auto& p : processes_) {
    auto const n_shape = p.is_constant ? 0 : p.n_shape;
    double const one_minus_q = 1 - p.gram[0];
    for (std::size_t k = 0; k < p.yield_local.size(); ++k) {
      out.gradient[global(p.yield_local[k])] += p.nu_first[k] * one_minus_q;
    }
    for (std::size_t k = 0; k < n_shape; ++k) {
      out.gradient[global(p.shape_local[k])] -= p.nu * p.gram[packed(k + 1, 0)];
    }
    if (order_ != Derivatives::second) {
      continue;
    }
    if (n_shape > 0) {
      add_shape_facts(p, out);
    }
    for (auto const k : p.yield_local) {
      out.support[global(k)] += p.nu;
    }
    for (std::size_t k = 0; k < p.yield_local.size(); ++k) {
      for (std::size_t l = 0; l <= k; ++l) {
        add(p.yield_local[k],
            p.yield_local[l],
            (k == l ? 0.5 : 1.0) * p.nu_second[packed(k, l)] * one_minus_q);
      }
      for (std::size_t l = 0; l < n_shape; ++l) {
        add(p.yield_local[k], p.shape_local[l], -p.nu_first[k] * p.gram[packed(l + 1, 0)]);
      }
    }
    if (n_shape > 0 && p.form != SecondForm::columns) {
      sum_by_form(p);
    }
    bool const has_products = p.form == SecondForm::affine_product;  // in sum_second
    for (std::size_t k = 0; k < n_shape; ++k) {
      for (std::size_t l = 0; l <= k; ++l) {
        double const second =
            p.sum_second[packed(k, l)] + (has_products ? 0 : p.gram[packed(k + 1, l + 1)]);
        add(p.shape_local[k], p.shape_local[l], -(k == l ? 0.5 : 1.0) * p.nu * second);
      }
    }
  }
  if (order_ == Derivatives::second) {
    auto const& gram = gram_of_scores();
    for (std::size_t k = 0; k < params_.size(); ++k) {
      for (std::size_t l = 0; l <= k; ++l) {
        add(k, l, (k == l ? 0.5 : 1.0) * gram[packed(k, l)]);
      }
    }
  }
}

}  // namespace toyfarm::fit
