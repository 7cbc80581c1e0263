#include "toyfarm/io/run_status.hpp"

#include "toyfarm/core/error.hpp"
#include "toyfarm/io/json_members.hpp"
#include "toyfarm/io/sealed_text.hpp"

#include "io/json_parts.hpp"

namespace toyfarm::io {
namespace {

template <class Archive, class Status>
void visit_members(Archive& a, Status& s) {
  a("state", s.state);
  a("exit_code", s.exit_code);
  a("reason", s.reason);
  a("run_id", s.run_id);
  a("host", s.host);
  a("pid", s.pid);
  a("epoch", s.epoch);
  a("started_utc", s.started_utc);
  a("updated_utc", s.updated_utc);
  a("n_toys", s.n_toys);
  a("n_done", s.n_done);
  a("n_acknowledged", s.n_acknowledged);
  a("n_not_converged", s.n_not_converged);
  a("toys_per_second", s.toys_per_second);
  a("seconds_left", s.seconds_left);
  a("elapsed_s", s.elapsed_s);
  a("n_ranks", s.n_ranks);
  a("lost_ranks", s.lost_ranks);
}

/// Of the member `poi`, which is null where there is none.
template <class Archive, class Status>
void visit_poi(Archive& a, Status& s) {
  a("name", s.poi);
  a("mean", s.poi_mean);
  a("pull_mean", s.pull_mean);
  a("pull_width", s.pull_width);
}

}  // namespace

std::string run_status_json(RunStatus const& status) {
  MemberWriter members;
  visit_members(members, status);
  MemberWriter poi;
  visit_poi(poi, status);
  members("poi", status.poi.empty() ? Json() : poi.json());
  return dumped(members.json());
}

RunStatus read_run_status(std::filesystem::path const& file) {
  auto const text = read_sealed_text(file);
  try {
    RunStatus status;
    MemberReader members(Json::parse(text));
    visit_members(members, status);
    Json of_poi;
    members("poi", of_poi);
    if (!of_poi.is_null()) {
      MemberReader poi(of_poi);
      visit_poi(poi, status);
    }
    return status;
  } catch (std::exception const& error) {
    throw core::DataError(file.string(), std::string("is no status of a run: ") + error.what());
  }
}

}  // namespace toyfarm::io
