#include "toyfarm/model/interior_point.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/ellipsoid.hpp"

namespace toyfarm::model {
namespace {

constexpr double well_inside = 0.1;  // a minimum of a density whose constant term is 1
constexpr double kept_share = 0.01;  // of the interior point's minimum
constexpr double infinity = std::numeric_limits<double>::infinity();

/// A density with an edge and the model's parameters of its own.
struct Edge {
  Density const* density;
  std::size_t channel;
  std::size_t process;
  std::vector<std::size_t> params;

  [[nodiscard]] std::vector<EdgePoint> points(std::span<double const> theta) const {
    std::vector<double> own;
    for (auto const p : params) {
      own.push_back(theta[p]);
    }
    return density->edge_points(own);
  }
};

std::vector<Edge> edges_of(Model const& model, EdgeScope scope) {
  std::vector<Edge> edges;
  for (std::size_t c = 0; c < model.channels.size(); ++c) {
    auto const& processes = model.channels[c].processes;
    for (std::size_t p = 0; p < processes.size(); ++p) {
      if (scope == EdgeScope::fitted && !model.channels[c].in_fit) {
        continue;
      }
      for (auto const& factor : processes[p].shape.factors) {
        if (factor.density->has_edge()) {
          auto const first =
              processes[p].shape_params.begin() + static_cast<std::ptrdiff_t>(factor.first_param);
          auto const n = static_cast<std::ptrdiff_t>(factor.density->n_params());
          edges.push_back({factor.density, c, p, {first, first + n}});
        }
      }
    }
  }
  return edges;
}

bool is_negative(Edge const& edge, std::span<double const> theta) {
  auto const points = edge.points(theta);
  return !points.empty() && points.front().margin < 0;
}

/// Densities and their free parameters, all of which may move.
struct Group {
  std::vector<Edge> edges;
  std::vector<std::size_t> free;

  /// The lowest minimum of all, and its derivatives by the free parameters.
  [[nodiscard]] double lowest(std::span<double const> theta,
                              std::vector<double>* gradient = nullptr) const {
    double margin = infinity;
    for (auto const& edge : edges) {
      auto const points = edge.points(theta);
      if (points.empty()) {
        return -infinity;
      }
      if (points.front().margin >= margin) {
        continue;
      }
      margin = points.front().margin;
      if (gradient != nullptr) {
        gradient->assign(free.size(), 0.0);
        for (std::size_t k = 0; k < edge.params.size(); ++k) {
          auto const at = std::lower_bound(free.begin(), free.end(), edge.params[k]);
          if (at != free.end() && *at == edge.params[k]) {
            (*gradient)[static_cast<std::size_t>(at - free.begin())] += points.front().gradient[k];
          }
        }
      }
    }
    return margin;
  }

  void add_free(Model const& model, Edge const& edge) {
    for (auto const p : edge.params) {
      auto const at = std::lower_bound(free.begin(), free.end(), p);
      if (!model.parameters[p].fixed && (at == free.end() || *at != p)) {
        free.insert(at, p);
      }
    }
  }

  [[nodiscard]] bool shares_with(Edge const& edge) const {
    return std::any_of(edge.params.begin(), edge.params.end(), [this](std::size_t p) {
      return std::binary_search(free.begin(), free.end(), p);
    });
  }
};

/// The edges for which `chosen` holds and all that free parameters join to them.
template <class Chosen>
Group group_of(Model const& model, std::vector<Edge> rest, Chosen const& chosen) {
  Group group;
  bool grows = true;
  while (grows) {
    auto const joins = std::partition(rest.begin(), rest.end(), [&](Edge const& edge) {
      return !(chosen(edge) || group.shares_with(edge));
    });
    grows = joins != rest.end();
    for (auto edge = joins; edge != rest.end(); ++edge) {
      group.add_free(model, *edge);
      group.edges.push_back(*edge);
    }
    rest.erase(joins, rest.end());
  }
  return group;
}

/// Where free parameters are looked for, and where they are tried first.
struct Room {
  Box box;
  std::vector<double> inside;
};

Room room_of(Model const& model, Group const& group) {
  Room room;
  for (auto const p : group.free) {
    double inside = 0;
    double lower = infinity;
    double upper = -infinity;
    for (auto const& edge : group.edges) {
      for (std::size_t k = 0; k < edge.params.size(); ++k) {
        if (edge.params[k] == p) {
          auto const own = edge.density->edge_room(k);
          inside = own.inside;
          lower = std::min(lower, own.inside - own.reach);
          upper = std::max(upper, own.inside + own.reach);
        }
      }
    }
    auto const& bounds = model.parameters[p];
    room.box.lower.push_back(std::max(bounds.lower, lower));
    room.box.upper.push_back(std::min(bounds.upper, upper));
    room.inside.push_back(inside);
  }
  return room;
}

std::optional<std::vector<double>> interior_of(Model const& model,
                                               Group const& group,
                                               std::span<double const> theta) {
  std::vector<double> point(theta.begin(), theta.end());
  auto const set = [&](std::vector<double> const& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      point[group.free[i]] = values[i];
    }
  };
  auto const [box, inside] = room_of(model, group);
  std::vector<double> centre;
  for (std::size_t i = 0; i < group.free.size(); ++i) {
    if (box.lower[i] > box.upper[i]) {
      return std::nullopt;
    }
    centre.push_back(std::clamp(inside[i], box.lower[i], box.upper[i]));
  }
  set(centre);
  if (group.lowest(point) >= well_inside) {
    return point;
  }
  auto const best = highest_in(box, [&](std::vector<double> const& at, std::vector<double>& slope) {
    set(at);
    return group.lowest(point, &slope);
  });
  if (!best) {
    return std::nullopt;
  }
  set(*best);
  return point;
}

}  // namespace

std::optional<NegativeDensity> negative_density(Model const& model,
                                                std::span<double const> theta,
                                                EdgeScope scope) {
  for (auto const& edge : edges_of(model, scope)) {
    auto const points = edge.points(theta);
    if (!points.empty() && points.front().margin < 0) {
      auto const& channel = model.channels[edge.channel];
      return NegativeDensity{edge.channel,
                             edge.process,
                             channel.observables[points.front().observable].name,
                             points.front().place};
    }
  }
  return std::nullopt;
}

std::optional<std::vector<double>> interior_point(Model const& model,
                                                  std::span<double const> theta,
                                                  EdgeScope scope) {
  auto const matters = [&](Edge const& edge) {
    return is_negative(edge, theta) ||
           std::any_of(edge.params.begin(), edge.params.end(), [&](std::size_t p) {
             return !model.parameters[p].fixed;
           });
  };
  return interior_of(model, group_of(model, edges_of(model, scope), matters), theta);
}

bool move_inside(Model const& model, std::span<double> theta, EdgeScope scope) {
  auto const group = group_of(
      model, edges_of(model, scope), [&](Edge const& edge) { return is_negative(edge, theta); });
  if (group.edges.empty()) {
    return true;
  }
  auto const inside = interior_of(model, group, theta);
  if (!inside) {
    return false;
  }
  double const wanted = kept_share * group.lowest(*inside);
  std::vector<double> point = *inside;
  auto const at = [&](double share) {
    for (auto const p : group.free) {
      point[p] = theta[p] + share * ((*inside)[p] - theta[p]);
    }
    return group.lowest(point);
  };
  double outside = 0;
  double good = 1;
  while (good - outside > 1e-6) {
    double const middle = (good + outside) / 2;
    (at(middle) >= wanted ? good : outside) = middle;
  }
  static_cast<void>(at(good));
  std::copy(point.begin(), point.end(), theta.begin());
  return true;
}

}  // namespace toyfarm::model
