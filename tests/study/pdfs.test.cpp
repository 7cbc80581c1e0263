// Each pdf in fits of toys: by nodes, with their certificate, as by events.
#include "model/pdf_case.hpp"
#include "study/engines.hpp"

namespace toyfarm::study {
namespace {

struct Subject {
  std::string type;
  model::testing::PdfStudy study;
};

/// Printed when a parametrised test fails.
void PrintTo(Subject const& s, std::ostream* out) {
  *out << s.type << ": " << s.study.name;
}

std::vector<Subject> subjects() {
  std::vector<Subject> all;
  for (auto const& c : model::testing::pdf_cases()) {
    for (auto const& study : c.studies) {
      all.push_back({c.type, study});
    }
  }
  return all;
}

StudySetup setup_of(model::testing::PdfStudy const& study) {
  std::string const text =
      R"({"schema_version":"nextstat_unbinned_spec_v0","model":{"parameters":[)" +
      study.parameters +
      R"(]},"channels":[{"name":"c","observables":[{"name":"x","bounds":[0,10]}],)" +
      R"("processes":[)" + study.processes + "]}]}";
  return test::setup_of(spec::parse_spec(text, study.name, spec::UnknownFields::refuse));
}

class Pdfs : public testing::TestWithParam<Subject> {};

TEST_P(Pdfs, give_the_same_by_nodes_and_by_events) {
  auto const setup = setup_of(GetParam().study);
  auto const c = test::compare_engines(setup, 16);
  EXPECT_TRUE(toys::CompressedGenerator(setup.tables).has_nodes());
  EXPECT_EQ(c.n_eventwise, 0U);
  EXPECT_EQ(c.n_certified, 16U);
  EXPECT_EQ(c.n_other_status, 0U);
  EXPECT_EQ(c.n_deceived, 0U);
  EXPECT_LE(c.nll, test::promised);
  EXPECT_LE(c.shift, test::promised);
}

INSTANTIATE_TEST_SUITE_P(Engines, Pdfs, testing::ValuesIn(subjects()), [](auto const& named) {
  return named.param.type + "_" + std::to_string(named.index);
});

}  // namespace
}  // namespace toyfarm::study
