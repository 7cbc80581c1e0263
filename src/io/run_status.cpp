#include "toyfarm/io/run_status.hpp"

#include "toyfarm/core/error.hpp"
#include "toyfarm/io/sealed_text.hpp"

#include "io/json_parts.hpp"

namespace toyfarm::io {
namespace {

/// The document's members, for both directions: visit(name, value) of each.
template <class Status, class Visit>
void visit_members(Status& s, Visit const& visit) {
  visit("state", s.state);
  visit("exit_code", s.exit_code);
  visit("reason", s.reason);
  visit("run_id", s.run_id);
  visit("host", s.host);
  visit("pid", s.pid);
  visit("epoch", s.epoch);
  visit("started_utc", s.started_utc);
  visit("updated_utc", s.updated_utc);
  visit("n_toys", s.n_toys);
  visit("n_done", s.n_done);
  visit("n_acknowledged", s.n_acknowledged);
  visit("n_not_converged", s.n_not_converged);
  visit("toys_per_second", s.toys_per_second);
  visit("seconds_left", s.seconds_left);
  visit("elapsed_s", s.elapsed_s);
  visit("n_ranks", s.n_ranks);
  visit("lost_ranks", s.lost_ranks);
}

/// Of the member `poi`, which is null where there is none.
template <class Status, class Visit>
void visit_poi(Status& s, Visit const& visit) {
  visit("name", s.poi);
  visit("mean", s.poi_mean);
  visit("pull_mean", s.pull_mean);
  visit("pull_width", s.pull_width);
}

template <class T>
Json json_of(T const& value) {
  return Json(value);
}
template <class T>
Json json_of(std::optional<T> const& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <class T>
void take(Json const& json, T& value) {
  value = json.get<T>();
}
template <class T>
void take(Json const& json, std::optional<T>& value) {
  value = json.is_null() ? std::nullopt : std::optional(json.get<T>());
}

}  // namespace

std::string run_status_json(RunStatus const& status) {
  Json json;
  auto const add_to = [](Json& object) {
    return [&object](char const* name, auto const& value) { object[name] = json_of(value); };
  };
  visit_members(status, add_to(json));
  auto& poi = json["poi"];
  if (!status.poi.empty()) {
    visit_poi(status, add_to(poi));
  }
  return dumped(json);
}

RunStatus read_run_status(std::filesystem::path const& file) {
  auto const text = read_sealed_text(file);
  try {
    auto const json = Json::parse(text);
    RunStatus status;
    auto const take_from = [](Json const& object) {
      return [&object](char const* name, auto& value) { take(object.at(name), value); };
    };
    visit_members(status, take_from(json));
    if (auto const& poi = json.at("poi"); !poi.is_null()) {
      visit_poi(status, take_from(poi));
    }
    return status;
  } catch (Json::exception const& error) {
    throw core::DataError(file.string(), std::string("is no status of a run: ") + error.what());
  }
}

}  // namespace toyfarm::io
