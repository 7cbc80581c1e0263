#include "toyfarm/run/event_files.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "toyfarm/core/error.hpp"

namespace toyfarm::run {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view name_begins = "toy_";
constexpr std::string_view name_ends = ".h5";

std::string name_of(core::ToyId toy) {
  return std::string(name_begins) + std::to_string(toy.value) + std::string(name_ends);
}

/// The toy of a file's name; nothing for other files.
std::optional<core::ToyId> toy_of(std::string_view name) {
  if (!name.starts_with(name_begins) || !name.ends_with(name_ends)) {
    return std::nullopt;
  }
  name.remove_prefix(name_begins.size());
  name.remove_suffix(name_ends.size());
  core::ToyId toy{};
  auto const [end, error] = std::from_chars(name.data(), name.data() + name.size(), toy.value);
  return error == std::errc{} && end == name.data() + name.size() ? std::optional(toy)
                                                                  : std::nullopt;
}

}  // namespace

void add_events(model::Model const& model, model::Sample const& sample, io::ToyEvents& events) {
  for (auto const& constraint : model.constraints) {
    events.constrained.push_back(model.parameters[constraint->parameter()].name);
  }
  for (std::size_t c = 0; c < model.channels.size(); ++c) {
    auto const& points = sample.channels[c];
    io::ToyEvents::Channel channel{model.channels[c].name, {}, points.columns, points.weights};
    for (auto const& observable : model.channels[c].observables) {
      channel.observables.push_back(observable.name);
    }
    events.channels.push_back(std::move(channel));
  }
}

EventFiles::EventFiles(fs::path folder)
    : folder_(std::move(folder)), mark_(fmt::format("{:08x}", std::random_device()())) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (!fs::is_directory(folder_)) {
    throw core::RuntimeFailure(core::ExitCode::cannot_create,
                               "--save-events " + folder_.string() + ": cannot be made: " +
                                   (error ? error.message() : "it is not a folder"));
  }
}

void EventFiles::write(study::StudySetup const& setup, core::ToyId toy, study::ToyRunner& runner) {
  io::ToyEvents events{
      setup.model_hash, setup.seed, toy.value, setup.truth, runner.global_observables(), {}, {}};
  add_events(setup.model, runner.draw_events(toy), events);
  auto const name = name_of(toy);
  auto const temporary = folder_ / ("." + name + "." + mark_);
  std::error_code error;
  std::lock_guard const lock(one_);
  try {
    io::write_toy_events(temporary, events);
  } catch (...) {
    fs::remove(temporary, error);
    throw;
  }
  fs::rename(temporary, folder_ / name, error);
  if (error) {
    throw core::RuntimeFailure(core::ExitCode::io_error,
                               (folder_ / name).string() + ": " + error.message());
  }
}

std::unique_ptr<EventFiles> event_files(Conduct const& conduct) {
  return conduct.save_events.empty() ? nullptr : std::make_unique<EventFiles>(conduct.save_events);
}

void refuse_event_files_of(core::ToyRange range, fs::path const& folder) {
  std::error_code error;
  for (auto const& entry : fs::directory_iterator(folder, error)) {
    auto const toy = toy_of(entry.path().filename().string());
    if (toy && toy->value >= range.first.value && toy->value - range.first.value < range.count) {
      throw core::RuntimeFailure(
          core::ExitCode::cannot_create,
          entry.path().string() + " exists; give --save-events another folder, or --force");
    }
  }
}

}  // namespace toyfarm::run
