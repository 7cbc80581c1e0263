#pragma once
#include "toyfarm/io/json_members.hpp"
#include "toyfarm/io/run_json.hpp"
#include "toyfarm/run/questions.hpp"
#include "toyfarm/run/request.hpp"

// Members that several records have, for both directions, and how their types stand there.
namespace toyfarm::io {

template <>
struct JsonForm<ensemble::GuardrailLimits> {
  static constexpr auto of = limits_json;
  static constexpr auto from = limits_of;
};

template <>
struct JsonForm<std::vector<DataFileEntry>> {
  static constexpr auto of = data_files_json;
  static constexpr auto from = data_files_of;
};

using NamedNumbers = std::vector<std::pair<std::string, double>>;

template <>
struct JsonForm<NamedNumbers> {
  static nlohmann::json of(NamedNumbers const& numbers) {
    auto json = nlohmann::json::array();
    for (auto const& [name, number] : numbers) {
      json.push_back({{"name", name}, {"value", number}});
    }
    return json;
  }
  static NamedNumbers from(nlohmann::json const& json) {
    NamedNumbers numbers;
    for (auto const& entry : json) {
      numbers.emplace_back(entry.at("name").get<std::string>(), entry.at("value").get<double>());
    }
    return numbers;
  }
};

template <>
struct JsonForm<run::Grid> {
  static nlohmann::json of(run::Grid const& grid) {
    return {{"lower", grid.lower}, {"upper", grid.upper}, {"n", grid.n}};
  }
  static run::Grid from(nlohmann::json const& json) {
    return {json.at("lower").get<double>(),
            json.at("upper").get<double>(),
            json.at("n").get<std::size_t>()};
  }
};

}  // namespace toyfarm::io

namespace toyfarm::run {

template <class Archive, class T>
void visit_input(Archive& a, T& input) {
  a("config", input.config);
  a("unknown_fields", input.unknown);
  a("data", input.data);
  a("outside", input.outside);
  a("max_rows", input.max_rows);
}

}  // namespace toyfarm::run
