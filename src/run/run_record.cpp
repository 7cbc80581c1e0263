#include "toyfarm/run/run_record.hpp"

#include "run/request_members.hpp"

namespace toyfarm::run {
namespace {

constexpr int run_record_version = 1;

template <class Archive, class T>
void visit_request(Archive& a, T& request) {
  visit_input(a, request.input);
  a("n_toys", request.n_toys);
  a("seed", request.seed);
  a("generation_point", request.gen);
  a("set", request.set);
  a("constraints", request.constraints);
  a("engine", request.engine);
  a("max_event_memory", request.max_event_memory);
}

template <class Archive, class T>
void visit_conduct(Archive& a, T& conduct) {
  a("threads", conduct.threads);
  a("weight_mode", conduct.weight_mode);
  a("schedule", conduct.schedule);
  a("checkpoint_interval_s", conduct.checkpoint_interval);
  a("time_limit_s", conduct.time_limit);
  a("checkpoint_exit_code", conduct.checkpoint_exit_code);
  a("rank_timeout_s", conduct.patience);
  a("keep", conduct.keep);
  a("verify", conduct.verify);
  a("allow_partial", conduct.allow_partial);
  a("guardrails", conduct.guardrails);
}

template <class Archive, class T>
void visit_destination(Archive& a, T& to) {
  a("output", to.output);
  a("out_dir", to.out_dir);
  a("run_id", to.run_id);
  a("json_metrics", to.json_metrics);
  a("force", to.force);
}

template <class Archive, class T>
void visit_record(Archive& a, T& record) {
  a("command_line", record.command_line);
  a("study", record.study);
  a("spec_copy", record.spec_copy);
  a("data_files", record.data);
  a.group("request", [&](Archive& inner) { visit_request(inner, record.request); });
  a.group("conduct", [&](Archive& inner) { visit_conduct(inner, record.conduct); });
  a.group("destination", [&](Archive& inner) { visit_destination(inner, record.to); });
}

}  // namespace

std::string encode(RunRecord const& record) {
  io::MemberWriter members;
  members("version", run_record_version);
  visit_record(members, record);
  return members.json().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

RunRecord decode_run_record(std::string const& text, std::filesystem::path const& place) {
  try {
    io::MemberReader members(nlohmann::json::parse(text));
    int version = 0;
    members("version", version);
    if (version != run_record_version) {
      throw io::Unreadable("version " + std::to_string(version));
    }
    RunRecord record;
    visit_record(members, record);
    members.finish();
    return record;
  } catch (std::exception const& error) {
    throw core::DataError(place.string(),
                          std::string("its journal does not say how the run was begun (") +
                              error.what() + "); it was written by another version");
  }
}

}  // namespace toyfarm::run
