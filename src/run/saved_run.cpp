#include "toyfarm/run/saved_run.hpp"

#include <utility>

#include "toyfarm/core/error.hpp"

namespace toyfarm::run {
namespace fs = std::filesystem;
namespace {

std::optional<std::string> absolute(std::optional<std::string> const& file) {
  return !file || *file == "-" ? file : fs::absolute(*file).string();
}

/// How to run, as the order says now; what it does not say stays, but for times and limits of the
/// process that began the run.
void take_conduct(Order& saved, Order const& now) {
  auto const before = std::exchange(saved.conduct, now.conduct);
  auto const stays = [&](bool kept, auto member) {
    if (kept) {
      saved.conduct.*member = before.*member;
    }
  };
  auto const& kept = now.resume.kept;
  stays(kept.rows, &Conduct::keep);
  stays(kept.threads, &Conduct::threads);
  stays(kept.weight_mode, &Conduct::weight_mode);
  stays(kept.verify, &Conduct::verify);
  stays(kept.guardrails, &Conduct::guardrails);
  saved.resume = now.resume;
  saved.command_line = now.command_line;
  saved.farm = now.farm;
}

}  // namespace

std::string spec_copy_name(fs::path const& spec) {
  return "spec" + (spec.has_extension() ? spec.extension().string() : ".json");
}

std::string record_text(Order const& order, std::vector<io::DataFileEntry> const& data) {
  RunRecord record{order.command_line,
                   order.study.empty() ? "" : fs::absolute(order.study).string(),
                   spec_copy_name(order.request.input.config),
                   order.request,
                   order.conduct,
                   order.to,
                   data};
  record.request.input.config = fs::absolute(order.request.input.config).string();
  record.to.output = absolute(order.to.output);
  record.to.json_metrics = absolute(order.to.json_metrics);
  return encode(record);
}

SavedRun saved_run(io::JournalHeader const& header, fs::path const& directory) {
  auto record = decode_run_record(header.options, directory);
  SavedRun saved{{}, record.request.input.config, std::move(record.data)};
  auto& order = saved.order;
  order.request = std::move(record.request);
  order.request.n_toys = header.study.n_toys;  // since the run was extended
  order.request.input.config = (directory / record.spec_copy).string();
  order.request.input.data.clear();
  for (auto const& file : saved.data) {
    order.request.input.data[file.channel] = file.path;
  }
  order.conduct = std::move(record.conduct);
  order.to = std::move(record.to);
  order.to.run_id = header.run_id;
  order.study = std::move(record.study);
  order.shard = header.shard;
  order.command_line = std::move(record.command_line);
  return saved;
}

Order resumed_order(Order saved, Order const& now) {
  take_conduct(saved, now);
  saved.to.force = true;  // its outputs are this run's own
  for (auto const& [channel, file] : now.request.input.data) {
    saved.request.input.data[channel] = file;
  }
  if (!now.resume.kept.output) {
    saved.to.output = now.to.output;
  }
  if (!now.resume.kept.json_metrics) {
    saved.to.json_metrics = now.to.json_metrics;
  }
  return saved;
}

Order order_of_study(SavedRun const& saved, Order const& now) {
  auto order = saved.order;
  take_conduct(order, now);
  order.study = now.study;
  order.request.input.config = saved.config;
  order.request.input.data.clear();
  order.shard = now.shard;
  order.to = now.to;
  if (order.shard) {
    order.conduct.guardrails = {};
    order.conduct.guardrails.max_fail_frac = 1;
  }
  return order;
}

}  // namespace toyfarm::run
