#include "toyfarm/run/limits_file.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include <fmt/core.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/claim.hpp"
#include "toyfarm/os/publish.hpp"

#include "run/question_parts.hpp"

namespace toyfarm::run {
namespace fs = std::filesystem;
namespace {

constexpr int most_waits = 100;  // for others that write the file
constexpr std::chrono::milliseconds one_wait{100};

/// As Python writes a float: "120.0".
std::string mass_key(double mass) {
  auto text = fmt::format("{}", mass);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

/// A limit of any method: a number, or an object with one.
void put(Json const& limit, std::string const& name, Json& out) {
  auto const& value = limit.is_object() ? limit.at("value") : limit;
  if (value.is_number()) {
    out[name] = value;
  }
}

bool are_limits(Json const& document) {
  auto const is_entry = [](Json const& entry) {
    for (auto const& [name, value] : entry.items()) {
      if ((name != "obs" && !name.starts_with("exp")) || !value.is_number()) {
        return false;
      }
    }
    return entry.is_object();
  };
  return document.is_object() && std::all_of(document.begin(), document.end(), is_entry);
}

/// The text of a file that holds limits; nothing where there is no file.
std::string checked_text(fs::path const& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return "";
  }
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!are_limits(Json::parse(text, nullptr, false))) {
    throw core::DataError(file.string(),
                          "is not a file of limits by mass, to which more could be added");
  }
  return text;
}

/// Waits until no other process has the name.
os::OutputClaim claim_of(fs::path const& file) {
  for (int waits = 0;; ++waits) {
    try {
      return {file, os::OutputClaim::WhenTaken::refuse};
    } catch (core::RuntimeFailure const&) {
      if (waits == most_waits) {
        throw;
      }
      std::this_thread::sleep_for(one_wait);
    }
  }
}

}  // namespace

std::string limits_json(std::string const& answer, double mass, std::string const& before) {
  auto const limits = Json::parse(answer);
  auto entry = Json::object();
  put(limits.at("observed"), "obs", entry);
  for (int const band : bands) {
    put(limits.at("expected").at("A").at(band_name(band)), "exp" + band_name(band), entry);
  }
  auto document = before.empty() ? Json::object() : Json::parse(before);
  document[mass_key(mass)] = std::move(entry);
  return json_text(document) + "\n";
}

void check_limits_file(fs::path const& file) {
  static_cast<void>(checked_text(file));
}

void add_limits(fs::path const& file, double mass, std::string const& answer) {
  auto const claim = claim_of(file);
  os::publish_text(file, limits_json(answer, mass, checked_text(file)));
}

}  // namespace toyfarm::run
