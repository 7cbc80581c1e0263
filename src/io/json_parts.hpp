#pragma once
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "toyfarm/core/ids.hpp"
#include "toyfarm/ensemble/summary.hpp"
#include "toyfarm/io/json_members.hpp"
#include "toyfarm/record/study_info.hpp"

namespace toyfarm::io {

/// nlohmann::json sorts keys, as the old documents do.
using Json = nlohmann::json;

inline Json number(double x) {
  return std::isfinite(x) ? Json(x) : Json(nullptr);
}
inline Json number(std::optional<double> x) {
  return x ? number(*x) : Json(nullptr);
}
inline Json index(std::optional<std::size_t> i) {
  return i ? Json(*i) : Json(nullptr);
}
inline Json pair(std::optional<std::pair<double, double>> const& ends) {
  return ends ? Json::array({number(ends->first), number(ends->second)}) : Json(nullptr);
}

inline Json numbers(std::vector<double> const& values) {
  Json list = Json::array();
  for (double const x : values) {
    list.push_back(number(x));
  }
  return list;
}

/// A list with make(element) of every element.
template <class List, class Make>
Json each(List const& list, Make const& make) {
  Json out = Json::array();
  for (auto const& element : list) {
    out.push_back(make(element));
  }
  return out;
}

/// Toy ranges as [first, count] pairs.
inline Json ranges(std::vector<core::ToyRange> const& list) {
  return each(list, [](core::ToyRange const& range) {
    return Json::array({range.first.value, range.count});
  });
}

/// Text as the old tools write it: 2-space indent; bytes that are no UTF-8 become U+FFFD.
inline std::string dumped(Json const& document) {
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// A text of an object; empty where it has none.
inline std::string text_of(Json const& object, char const* key) {
  auto const found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// Blocks of the result document that the metrics document repeats.
[[nodiscard]] Json summary_block(record::StudyInfo const& study, ensemble::Summary const& summary);
[[nodiscard]] Json guardrails_block(ensemble::GuardrailVerdict const& verdict);

}  // namespace toyfarm::io
