#include "toyfarm/run/run_record.hpp"

#include <type_traits>

#include <nlohmann/json.hpp>

#include "toyfarm/core/printable.hpp"
#include "toyfarm/io/run_json.hpp"

namespace toyfarm::run {
namespace {

using Json = nlohmann::json;

constexpr int record_version = 1;

struct Unreadable {
  std::string why;
};

// --- values

Json json_of(std::string const& value) {
  return value;
}
Json json_of(double value) {
  return value;
}
Json json_of(ensemble::GuardrailLimits const& value) {
  return io::limits_json(value);
}
Json json_of(std::vector<io::DataFileEntry> const& value) {
  return io::data_files_json(value);
}
template <class T>
requires std::is_integral_v<T> Json json_of(T value) {
  return value;
}
template <class E>
requires std::is_enum_v<E> Json json_of(E value) {
  return core::word_of(value);
}
template <class T>
Json json_of(std::optional<T> const& value) {
  return value ? json_of(*value) : Json();
}
Json json_of(std::map<std::string, std::string> const& value) {
  return value;
}
Json json_of(std::vector<std::pair<std::string, double>> const& value) {
  auto json = Json::array();
  for (auto const& [name, number] : value) {
    json.push_back({{"name", name}, {"value", number}});
  }
  return json;
}

template <class T>
void take(Json const& json, T& value) {
  if constexpr (std::is_enum_v<T>) {
    auto const word = json.get<std::string>();
    auto const found = core::find_word<T>(word);
    if (!found) {
      throw Unreadable{"'" + core::printable(word) + "' is none of " + core::all_words<T>()};
    }
    value = *found;
  } else if constexpr (std::is_same_v<T, bool>) {
    value = json.get<bool>();
  } else if constexpr (std::is_integral_v<T>) {
    if (!(std::is_signed_v<T> ? json.is_number_integer() : json.is_number_unsigned())) {
      throw Unreadable{"not a whole number"};
    }
    value = json.get<T>();
  } else {
    value = json.get<T>();
  }
}
template <class T>
void take(Json const& json, std::optional<T>& value) {
  if (json.is_null()) {
    value.reset();
  } else {
    take(json, value.emplace());
  }
}
void take(Json const& json, ensemble::GuardrailLimits& value) {
  value = io::limits_of(json);
}
void take(Json const& json, std::vector<io::DataFileEntry>& value) {
  value = io::data_files_of(json);
}
void take(Json const& json, std::vector<std::pair<std::string, double>>& value) {
  for (auto const& entry : json) {
    value.emplace_back(entry.at("name").get<std::string>(), entry.at("value").get<double>());
  }
}

// --- members, each named once for both directions

template <class Archive, class T>
void visit_request(Archive& a, T& request) {
  a("config", request.input.config);
  a("unknown_fields", request.input.unknown);
  a("data", request.input.data);
  a("outside", request.input.outside);
  a("max_rows", request.input.max_rows);
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

class Writer {
 public:
  template <class T>
  void operator()(char const* name, T const& value) {
    json_[name] = json_of(value);
  }
  template <class Visit>
  void group(char const* name, Visit const& visit) {
    Writer inner;
    visit(inner);
    json_[name] = inner.json_;
  }
  [[nodiscard]] std::string text() const {
    return json_.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

 private:
  Json json_ = Json::object();
};

class Reader {
 public:
  explicit Reader(Json json) : json_(std::move(json)) {
    if (!json_.is_object()) {
      throw Unreadable{"not an object"};
    }
  }
  template <class T>
  void operator()(char const* name, T& value) {
    try {
      take(taken(name), value);
    } catch (Unreadable const& problem) {
      throw Unreadable{std::string(name) + ": " + problem.why};
    }
  }
  template <class Visit>
  void group(char const* name, Visit const& visit) {
    Reader inner(taken(name));
    visit(inner);
    inner.finish();
  }
  /// What is left is of another program than this one.
  void finish() const {
    if (!json_.empty()) {
      throw Unreadable{"unknown member '" + core::printable(json_.begin().key()) + "'"};
    }
  }

 private:
  Json taken(char const* name) {
    auto const found = json_.find(name);
    if (found == json_.end()) {
      throw Unreadable{std::string("no member '") + name + "'"};
    }
    auto value = std::move(*found);
    json_.erase(found);
    return value;
  }

  Json json_;
};

}  // namespace

std::string encode(RunRecord const& record) {
  Writer writer;
  writer("version", record_version);
  visit_record(writer, record);
  return writer.text();
}

RunRecord decode_run_record(std::string const& text, std::filesystem::path const& place) {
  std::string why;
  try {
    Reader reader(Json::parse(text));
    int version = 0;
    reader("version", version);
    if (version != record_version) {
      throw Unreadable{"version " + std::to_string(version)};
    }
    RunRecord record;
    visit_record(reader, record);
    reader.finish();
    return record;
  } catch (Json::exception const& error) {
    why = error.what();
  } catch (Unreadable const& problem) {
    why = problem.why;
  }
  throw core::DataError(place.string(),
                        "its journal does not say how the run was begun (" + why +
                            "); it was written by another version");
}

}  // namespace toyfarm::run
