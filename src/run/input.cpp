#include "toyfarm/run/input.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include <fmt/core.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/core/sha256.hpp"
#include "toyfarm/hs3/read_model.hpp"
#include "toyfarm/os/file.hpp"
#include "toyfarm/spec/suggestion.hpp"

#include "run/globals.hpp"

namespace toyfarm::run {
namespace {

void check_data_options(spec::Spec const& spec, InputRequest const& options) {
  for (auto const& entry : options.data) {
    auto const& name = entry.first;
    auto const matches = std::count_if(spec.channels.begin(),
                                       spec.channels.end(),
                                       [&](spec::Channel const& c) { return c.name == name; });
    if (matches == 0) {
      std::vector<std::string> names;
      for (auto const& c : spec.channels) {
        names.push_back(c.name);
      }
      throw core::UsageError("--data: the spec has no channel '" + name + "'" +
                             spec::suggestion(name, names));
    }
  }
}

/// What a channel's rows have in `_channel`.
std::string label_of(spec::Channel const& channel) {
  return channel.data && channel.data->channel ? *channel.data->channel : channel.name;
}

/// Where a channel's events are to be read; nothing where it has none.
std::optional<std::filesystem::path> source_of(spec::Spec const& spec,
                                               spec::Channel const& channel,
                                               InputRequest const& options) {
  auto const replaced = options.data.find(channel.name);
  if (replaced != options.data.end()) {
    return replaced->second;
  }
  if (!channel.data) {
    return std::nullopt;
  }
  return channel.data->events ? spec.path : spec::data_path(spec, *channel.data);
}

io::EventTable read_channel(spec::Spec const& spec,
                            spec::Channel const& channel,
                            InputRequest const& options,
                            std::filesystem::path const& path) {
  io::EventRequest request;
  request.path = path;
  request.outside = options.outside;
  request.max_rows = options.max_rows;
  if (channel.data) {
    // A file given on the command line is read by its own extension.
    if (!options.data.contains(channel.name)) {
      request.format = channel.data->format;
      request.written = channel.data->events ? &*channel.data->events : nullptr;
    }
    request.group = channel.data->tree;
    request.channel = channel.data->channel;
  }
  // A file of several channels says which rows are whose, by the names that the spec has for them.
  if (!request.channel) {
    request.channel_column = io::ChannelColumn::optional;
  }
  request.channel = label_of(channel);
  request.spec_channel = channel.name;
  for (auto const& other : spec.channels) {
    request.known_channels.push_back(label_of(other));
  }
  for (auto const& observable : channel.observables) {
    if (observable.expr && *observable.expr != observable.name) {
      throw core::SpecError(spec.path.string(),
                            channel.pointer,
                            "observable '" + observable.name +
                                "' has an expression, which only ROOT trees could evaluate; put "
                                "the values into a column of that name");
    }
    request.columns.push_back({observable.name, observable.bounds.lower, observable.bounds.upper});
  }
  return io::read_events(request);
}

model::ChannelSample to_sample(io::EventTable const& table) {
  model::ChannelSample sample;
  sample.n_events = table.n_rows;
  if (table.weights.empty()) {
    sample.columns = table.columns;
    return sample;
  }
  sample.columns.resize(table.columns.size());
  for (std::size_t i = 0; i < table.weights.size(); ++i) {
    if (table.weights[i] == 0) {
      continue;  // an event of no weight has no say, whatever its density
    }
    sample.weights.push_back(table.weights[i]);
    for (std::size_t o = 0; o < table.columns.size(); ++o) {
      sample.columns[o].push_back(table.columns[o][i]);
    }
  }
  return sample;
}

void collect_variants(spec::Pdf const& pdf,
                      std::string const& key,
                      std::map<std::string, std::string>& out) {
  if (auto const variant = model::pdf_variant(pdf)) {
    out[key] = variant->word;
  }
  for (std::size_t i = 0; i < pdf.components.size(); ++i) {
    collect_variants(pdf.components[i], key + "/" + std::to_string(i), out);
  }
}

void give_notices(spec::Spec const& spec) {
  std::set<std::string> seen;
  std::function<void(spec::Pdf const&)> const visit = [&](spec::Pdf const& pdf) {
    auto const variant = model::pdf_variant(pdf);
    if (variant && !variant->stated && seen.insert(pdf.type).second) {
      core::log_info(variant->notice);
    }
    std::for_each(pdf.components.begin(), pdf.components.end(), visit);
  };
  for (auto const& channel : spec.channels) {
    for (auto const& process : channel.processes) {
      visit(process.pdf);
    }
  }
}

}  // namespace

std::vector<std::filesystem::path> files_named_by(InputRequest const& request) {
  std::vector<std::filesystem::path> files{request.config};
  for (auto const& [channel, file] : request.data) {
    files.emplace_back(file);
  }
  try {
    auto const spec = hs3::read_model(request.config, request.unknown, request.choice);
    for (auto const& channel : spec.channels) {
      if (channel.data && !channel.data->events) {
        files.push_back(spec::data_path(spec, *channel.data));
      }
    }
  } catch (core::Error const&) {  // told where it is read to be used
    return files;
  }
  return files;
}

Input read_input(InputRequest const& options, Events events) {
  Input input;
  input.spec = spec::changed(hs3::read_model(options.config, options.unknown, options.choice),
                             options.changes,
                             options.unknown);
  check_data_options(input.spec, options);
  input.model = model::build_model(input.spec, options.unknown);
  give_notices(input.spec);
  std::vector<io::EventTable> tables;
  std::vector<std::map<std::string, double>> globals;  // [file]
  for (auto const& channel : input.spec.channels) {
    auto const path =
        events == Events::left_alone ? std::nullopt : source_of(input.spec, channel, options);
    if (!path) {
      input.channels_without_data.push_back(channel.name);
      tables.emplace_back().columns.resize(channel.observables.size());
      input.data.channels.push_back(to_sample(tables.back()));
      continue;
    }
    tables.push_back(read_channel(input.spec, channel, options, *path));
    auto const& table = tables.back();
    input.weighted = input.weighted || !table.weights.empty();
    if (table.n_dropped > 0) {
      core::log_warn(path->string() + ": " + std::to_string(table.n_dropped) +
                     " rows outside the window dropped");
    }
    if (*path != input.spec.path) {  // else they are in the spec's own text
      input.files.push_back(
          {channel.name, path->string(), os::digest(*path).sha256, table.n_rows, table.n_dropped});
      globals.push_back(table.globals);
    }
    input.data.channels.push_back(to_sample(table));
  }
  if (input.channels_without_data.size() < input.spec.channels.size()) {
    input.data_hash = io::data_hash(tables);
  }
  input.globals = globals_of(input.model, input.files, globals);
  return input;
}

std::string negative_text(Input const& input, model::NegativeDensity const& negative) {
  auto const& channel = input.model.channels[negative.channel];
  return fmt::format("process '{}' of channel '{}': the density is negative at {} = {:.6g}",
                     channel.processes[negative.process].name,
                     channel.name,
                     negative.observable,
                     negative.place);
}

std::vector<double> moved_inside(Input const& input,
                                 std::vector<double> values,
                                 std::string const& what,
                                 model::EdgeScope scope) {
  auto const negative = model::negative_density(input.model, values, scope);
  if (!negative) {
    return values;
  }
  auto const problem = negative_text(input, *negative) + " for " + what;
  auto const before = values;
  if (!model::move_inside(input.model, values, scope)) {
    auto const& channel = input.spec.channels[negative->channel];
    throw core::SpecError(input.spec.path.string(),
                          channel.processes[negative->process].pdf.pointer,
                          problem +
                              ", and bounds and fixed parameters leave no values for which it is "
                              "positive in the whole window");
  }
  std::string moved;
  for (std::size_t j = 0; j < values.size(); ++j) {
    if (values[j] != before[j]) {
      moved += fmt::format("{}{} = {:.6g} instead of {:.6g}",
                           moved.empty() ? "" : ", ",
                           input.model.parameters[j].name,
                           values[j],
                           before[j]);
    }
  }
  core::log_warn(problem + "; moved to " + moved);
  return values;
}

void require_data(Input const& input, std::string const& what) {
  for (std::size_t c = 0; c < input.spec.channels.size(); ++c) {
    auto const& channel = input.spec.channels[c];
    auto const& missing = input.channels_without_data;
    if (channel.include_in_fit &&
        std::find(missing.begin(), missing.end(), channel.name) != missing.end()) {
      throw core::SpecError(input.spec.path.string(),
                            channel.pointer,
                            what + " needs observed events, but channel '" + channel.name +
                                "' names no data; add `data`, or give --data " + channel.name +
                                "=FILE");
    }
  }
}

study::ObservedFit fit_data(Input const& input,
                            std::vector<double> const& start,
                            study::ObservedOptions const& options) {
  return study::fit_observed(input.model, {input.data, input.globals}, start, options);
}

std::map<std::string, std::string> pdf_variants(spec::Spec const& spec) {
  std::map<std::string, std::string> out;
  for (auto const& channel : spec.channels) {
    for (auto const& process : channel.processes) {
      collect_variants(process.pdf, channel.name + "/" + process.name, out);
    }
  }
  return out;
}

std::vector<double> with_values_from(std::string const& file,
                                     model::Model const& model,
                                     std::vector<double> values) {
  for (auto const& [name, value] : io::read_parameter_values(file)) {
    auto const index = model.index_of(name);
    if (!index) {
      throw core::DataError(file, "the model has no parameter '" + name + "'");
    }
    auto const& p = model.parameters[*index];
    if (!(value >= p.lower && value <= p.upper)) {
      throw core::DataError(
          file,
          fmt::format(
              "parameter '{}': {} is outside the bounds [{}, {}]", name, value, p.lower, p.upper));
    }
    values[*index] = value;
  }
  return values;
}

}  // namespace toyfarm::run
