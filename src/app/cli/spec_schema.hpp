#pragma once
#include <string>

namespace toyfarm::app {

/// JSON Schema (2020-12) of specs, from the tables that reading them uses.
[[nodiscard]] std::string spec_schema();

/// The fields of a spec for people, from the same tables.
[[nodiscard]] std::string spec_help();
/// The densities and constraints, their parameters and fields.
[[nodiscard]] std::string pdf_help();
/// What is read of HS3 documents.
[[nodiscard]] std::string hs3_help();

}  // namespace toyfarm::app
