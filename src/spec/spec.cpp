#include "toyfarm/spec/spec.hpp"

#include <cstdio>
#include <system_error>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/core/sha256.hpp"
#include "toyfarm/os/file.hpp"

#include "spec/decode.hpp"

namespace toyfarm::spec {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t largest_file = 64U << 20U;

/// Where the first byte stands that cannot be UTF-8 text; npos if none does. Control characters are
/// no text either.
std::size_t first_non_text(std::string const& text) {
  for (std::size_t i = 0; i < text.size();) {
    auto const c = static_cast<unsigned char>(text[i]);
    bool const control = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
    auto const length = core::utf8_length(std::string_view(text).substr(i));
    if (length == 0 || control) {
      return i;
    }
    i += length;
  }
  return std::string::npos;
}

void append(std::string& out, double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%a ", value);
  out += text;
}

// Length first, so that no name can imitate structure.
void append(std::string& out, std::string const& text) {
  out += std::to_string(text.size()) + ":" + text + " ";
}

/// Gaussians, once the only type, have their numbers only, so that hashes stay.
void append(std::string& out, Constraint const& constraint) {
  if (constraint.type != "gaussian") {
    append(out, constraint.type);
    for (auto const& field : constraint.fields) {
      append(out, field.first);
    }
  }
  for (auto const& field : constraint.fields) {
    append(out, field.second);
  }
}

void append(std::string& out, Pdf const& pdf) {
  out += "pdf ";
  append(out, pdf.type);
  append(out, pdf.observable);
  for (auto const& name : pdf.params) {
    append(out, name);
  }
  for (auto const& [name, value] : pdf.attributes) {
    append(out, name);
    if (auto const* number = std::get_if<double>(&value)) {
      append(out, *number);
    } else if (auto const* word = std::get_if<std::string>(&value)) {
      append(out, *word);
    } else {
      for (double const x : std::get<std::vector<double>>(value)) {
        append(out, x);
      }
    }
  }
  for (auto const& component : pdf.components) {
    append(out, component);
  }
  out += "end\n";
}

void append(std::string& out, Yield const& yield) {
  out += "yield " + std::to_string(static_cast<int>(yield.kind)) + " ";
  append(out, yield.value);
  append(out, yield.parameter);
  for (auto const& m : yield.modifiers) {
    out += "modifier " + std::to_string(static_cast<int>(m.kind)) +
           std::to_string(static_cast<int>(m.interpolation)) + " ";
    append(out, m.param);
    append(out, m.lo);
    append(out, m.hi);
  }
  out += "\n";
}

}  // namespace

std::string place(std::string const& text, std::size_t byte) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (std::size_t i = 0; i < byte && i < text.size(); ++i) {
    column = text[i] == '\n' ? 1 : column + 1;
    line += text[i] == '\n' ? 1 : 0;
  }
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

Node parse_document(std::string const& whole, std::string const& file) {
  auto const text = whole.starts_with("\xef\xbb\xbf") ? whole.substr(3) : whole;
  if (auto const bad = first_non_text(text); bad != std::string::npos) {
    throw core::SpecError(
        file, "", "not a text file: byte " + std::to_string(bad) + " is not UTF-8 text");
  }
  auto const first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) {
    throw core::SpecError(file, "", "the file is empty");
  }
  auto json = parse_json(text);
  if (json.ok) {
    return std::move(json.root);
  }
  if (json.final) {
    throw core::SpecError(file, "", json.error);
  }
  auto yaml = parse_yaml(text);
  if (yaml.ok) {
    return std::move(yaml.root);
  }
  bool const looks_like_json = text[first] == '{' || text[first] == '[';
  throw core::SpecError(
      file,
      "",
      looks_like_json ? "not valid JSON: " + json.error : "not valid YAML: " + yaml.error);
}

Spec spec_of(Node const& root, std::string text, fs::path const& path, UnknownFields unknown) {
  Document const document{path.string(), unknown};
  Spec spec = decode(root, document);
  spec.path = path;
  spec.text = std::move(text);
  validate(spec);
  return spec;
}

Spec parse_spec(std::string text, fs::path const& path, UnknownFields unknown) {
  auto const root = parse_document(text, path.string());
  return spec_of(root, std::move(text), path, unknown);
}

std::string read_spec_text(fs::path const& path) {
  auto const file = os::open_regular_file(path);
  std::error_code error;
  if (fs::file_size(path, error) > largest_file) {
    throw core::SpecError(path.string(), "", "larger than 64 MiB: no spec");
  }
  return os::read_file(file, path);
}

Spec read_spec(fs::path const& path, UnknownFields unknown) {
  return parse_spec(read_spec_text(path), path, unknown);
}

fs::path data_path(Spec const& spec, DataSource const& source) {
  fs::path const file(source.file);
  return file.is_absolute() ? file : spec.path.parent_path() / file;
}

std::string canonical_text(Spec const& spec) {
  std::string out = "toyfarm model 1\npoi ";
  append(out, spec.poi.value_or(""));
  out += "\n";
  for (auto const& p : spec.parameters) {
    out += std::string("parameter ") + (p.fixed ? "fixed " : "free ");
    append(out, p.name);
    append(out, p.init);
    append(out, p.bounds.lower);
    append(out, p.bounds.upper);
    if (p.constraint) {
      append(out, *p.constraint);
    }
    out += "\n";
  }
  for (auto const& channel : spec.channels) {
    out += std::string("channel ") + (channel.include_in_fit ? "fitted " : "generated ");
    append(out, channel.name);
    out += "\n";
    for (auto const& observable : channel.observables) {
      out += "observable ";
      append(out, observable.name);
      append(out, observable.bounds.lower);
      append(out, observable.bounds.upper);
      out += "\n";
    }
    for (auto const& process : channel.processes) {
      out += "process ";
      append(out, process.name);
      append(out, process.pdf);
      append(out, process.yield);
    }
  }
  return out;
}

std::string model_hash(Spec const& spec) {
  return core::sha256_hex(canonical_text(spec));
}

}  // namespace toyfarm::spec
