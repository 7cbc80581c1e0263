#include "toyfarm/inference/region.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/inference/normal.hpp"

#include "inference/crossing.hpp"

namespace toyfarm::inference {
namespace {

/// Heights above the level, side and surety of each point.
struct Field {
  std::size_t n_x = 0;
  std::size_t n_y = 0;
  std::vector<double> height;  ///< probit of p minus that of the level
  std::vector<bool> sure;

  [[nodiscard]] bool accepted(std::size_t at) const { return height[at] > 0; }
  [[nodiscard]] bool at_edge(std::size_t at) const {
    std::size_t const x = at / n_y;
    std::size_t const y = at % n_y;
    return x == 0 || y == 0 || x + 1 == n_x || y + 1 == n_y;
  }
};

Field make_field(RegionGrid const& grid, double level) {
  Field field{grid.x.size(), grid.y.size(), {}, {}};
  for (std::size_t i = 0; i < grid.k.size(); ++i) {
    RatioPoint const point{0, grid.k[i], grid.n[i]};
    double const half = std::min(0.5, point.n / 4);
    double const p = std::clamp(point.k, half, point.n - half) / point.n;
    double const height = normal_quantile(p) - normal_quantile(level);
    bool const above = point.k / point.n > level;
    // The half count of a point without hits may lie on the other side of the level.
    field.height.push_back(above == (height > 0) ? height : above ? 1e-9 : -1e-9);
    field.sure.push_back(std::abs(distance(point, level)) >= decided_from);
  }
  return field;
}

/// Connected points on one side, from `start`, marked in `label`.
std::vector<std::size_t> component(Field const& field,
                                   std::size_t start,
                                   std::size_t name,
                                   std::vector<std::size_t>& label) {
  std::vector<std::size_t> members{start};
  label[start] = name;
  auto const visit = [&](std::size_t from, std::size_t to) {
    if (label[to] == 0 && field.accepted(to) == field.accepted(from)) {
      label[to] = name;
      members.push_back(to);
    }
  };
  for (std::size_t i = 0; i < members.size(); ++i) {
    std::size_t const at = members[i];
    std::size_t const x = at / field.n_y;
    std::size_t const y = at % field.n_y;
    if (x > 0) {
      visit(at, at - field.n_y);
    }
    if (x + 1 < field.n_x) {
      visit(at, at + field.n_y);
    }
    if (y > 0) {
      visit(at, at - 1);
    }
    if (y + 1 < field.n_y) {
      visit(at, at + 1);
    }
  }
  return members;
}

/// Gives runs of unsure points the side of their surroundings; returns them.
std::vector<std::size_t> outvote(Field& field) {
  std::vector<std::size_t> label(field.height.size(), 0);
  std::vector<std::size_t> noise;
  for (std::size_t start = 0; start < label.size(); ++start) {
    if (label[start] != 0) {
      continue;
    }
    auto const members = component(field, start, start + 1, label);
    if (std::none_of(members.begin(), members.end(), [&](std::size_t at) {
          return field.sure[at] || field.at_edge(at);
        })) {
      noise.insert(noise.end(), members.begin(), members.end());
    }
  }
  for (std::size_t const at : noise) {
    field.height[at] = -field.height[at];
  }
  return noise;
}

/// An edge of the grid: from a point to the next in x (0) or in y (1).
using Edge = std::pair<std::size_t, int>;

ContourPoint place(RegionGrid const& grid, Field const& field, Edge const& edge) {
  auto const [from, along] = edge;
  std::size_t const to = along == 0 ? from + field.n_y : from + 1;
  double const share = field.height[from] / (field.height[from] - field.height[to]);
  double const x0 = grid.x[from / field.n_y];
  double const y0 = grid.y[from % field.n_y];
  return {x0 + share * (grid.x[to / field.n_y] - x0), y0 + share * (grid.y[to % field.n_y] - y0)};
}

/// The lines' pieces: each crossed edge and the edges it is joined to, at most two.
using Joints = std::map<Edge, std::vector<Edge>>;

void join(Joints& joints, Edge const& a, Edge const& b) {
  joints[a].push_back(b);
  joints[b].push_back(a);
}

void add_cell(Joints& joints, Field const& field, std::size_t corner) {
  std::size_t const right = corner + field.n_y;
  // Corners and edges in turn: edge i lies between corners i and i + 1.
  std::array<std::size_t, 4> const corners{corner, right, right + 1, corner + 1};
  std::array<Edge, 4> const edges{
      Edge{corner, 0}, Edge{right, 1}, Edge{corner + 1, 0}, Edge{corner, 1}};
  std::vector<std::size_t> crossed;
  for (std::size_t i = 0; i < 4; ++i) {
    if (field.accepted(corners[i]) != field.accepted(corners[(i + 1) % 4])) {
      crossed.push_back(i);
    }
  }
  if (crossed.size() == 2) {
    join(joints, edges[crossed[0]], edges[crossed[1]]);
  } else if (crossed.size() == 4) {
    double mean = 0;
    for (std::size_t const at : corners) {
      mean += field.height[at] / 4;
    }
    // A saddle: the middle decides which corners are joined.
    bool const same = (mean > 0) == field.accepted(corners[0]);
    join(joints, edges[0], edges[same ? 1 : 3]);
    join(joints, edges[2], edges[same ? 3 : 1]);
  }
}

std::vector<ContourPoint> walk(Joints& joints,
                               RegionGrid const& grid,
                               Field const& field,
                               Edge const& start) {
  std::vector<ContourPoint> line{place(grid, field, start)};
  for (Edge at = start; !joints[at].empty();) {
    Edge const next = joints[at].back();
    joints[at].pop_back();
    auto& back = joints[next];
    back.erase(std::find(back.begin(), back.end(), at));
    line.push_back(place(grid, field, next));
    at = next;
  }
  return line;
}

std::vector<std::vector<ContourPoint>> draw(RegionGrid const& grid, Field const& field) {
  Joints joints;
  for (std::size_t x = 0; x + 1 < field.n_x; ++x) {
    for (std::size_t y = 0; y + 1 < field.n_y; ++y) {
      add_cell(joints, field, x * field.n_y + y);
    }
  }
  std::vector<Edge> ends, all;
  for (auto const& [edge, others] : joints) {
    (others.size() == 1 ? ends : all).push_back(edge);
  }
  ends.insert(ends.end(), all.begin(), all.end());
  std::vector<std::vector<ContourPoint>> lines;
  for (Edge const& edge : ends) {
    if (!joints[edge].empty()) {
      lines.push_back(walk(joints, grid, field, edge));
    }
  }
  return lines;
}

void stretch(std::optional<Range>& range, double value) {
  range = range ? Range{std::min(range->low, value), std::max(range->high, value)}
                : Range{value, value};
}

}  // namespace

Region region(RegionGrid const& grid, double cl) {
  TOYFARM_EXPECTS(grid.x.size() > 1 && grid.y.size() > 1 && cl > 0 && cl < 1);
  TOYFARM_EXPECTS(grid.k.size() == grid.x.size() * grid.y.size());
  TOYFARM_EXPECTS(grid.n.size() == grid.k.size());
  Field field = make_field(grid, 1 - cl);
  Region result;
  result.cl = cl;
  result.points.resize(field.height.size());
  for (std::size_t const at : outvote(field)) {
    result.points[at].noise = true;
  }
  std::vector<std::size_t> label(field.height.size(), 0);
  for (std::size_t at = 0; at < label.size(); ++at) {
    RegionPoint& point = result.points[at];
    point.accepted = field.accepted(at);
    if (!point.accepted) {
      continue;
    }
    stretch(result.x, grid.x[at / field.n_y]);
    stretch(result.y, grid.y[at % field.n_y]);
    if (label[at] == 0) {
      ++result.n_pieces;
      for (std::size_t const member : component(field, at, result.n_pieces, label)) {
        result.points[member].piece = result.n_pieces;
      }
    }
  }
  result.contours = draw(grid, field);
  for (auto const& line : result.contours) {
    for (auto const& [x, y] : line) {
      stretch(result.x, x);
      stretch(result.y, y);
    }
  }
  return result;
}

}  // namespace toyfarm::inference
