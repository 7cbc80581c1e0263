// What is made of the parser's table, for a command line with commands in commands.
#include "app/cli_table.hpp"

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "app/cli_binder.hpp"
#include "support/scratch.hpp"

namespace {

using namespace toyfarm::app;
using Words = std::vector<std::string>;

/// toyfarm { fit, sweep --config F { render [--kind], submit } }
class Nested : public testing::Test {
 protected:
  Nested() {
    app_.set_help_flag("-h,--help", "print this help");
    app_.add_subcommand("fit", "fit data")->alias("old-fit");
    auto* const sweep = app_.add_subcommand("sweep", "run many studies");
    Binder of_sweep(*sweep);
    of_sweep.text("-c,--config", "FILE: what to sweep", [](std::string const& /*word*/) {});
    auto* const render = sweep->add_subcommand("render", "write the job's files");
    Binder of_render(*render);
    of_render.group("Batch");
    of_render.text("--kind", "slurm|htcondor|N: it's [the] system: this", [](auto const& /*w*/) {});
    of_render.pair("--range", "LOW HIGH: between these", [](auto const& /*words*/) {});
    of_render.flag("--force", "fail: never; replace what is there", [] {});
    sweep->add_subcommand("submit", "hand the jobs over");
  }

  /// What bash completes the last of `words` by, on a command line of toyfarm.
  [[nodiscard]] Words completed(std::string const& words) const {
    auto const file = (scratch_.path() / "completion").string();
    std::ofstream(file) << bash_completion(table_of(app_));
    auto const script = "source " + file + "; COMP_WORDS=(toyfarm " + words +
                        "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _toyfarm; "
                        "echo \"${COMPREPLY[@]}\"";
    std::ofstream(file + ".sh") << script;
    auto* const pipe = popen(("bash --norc " + file + ".sh 2>&1").c_str(), "r");
    std::array<char, 4096> text{};
    auto const n = std::fread(text.data(), 1, text.size(), pipe);
    EXPECT_EQ(pclose(pipe), 0);
    std::istringstream stream(std::string(text.data(), n));
    return {std::istream_iterator<std::string>(stream), {}};
  }

  CLI::App app_{"many toys", "toyfarm"};
  toyfarm::test::Scratch scratch_;
};

TEST_F(Nested, tells_values_words_and_groups_of_every_command) {
  auto const table = table_of(app_);
  ASSERT_EQ(table.commands.size(), 2U);
  EXPECT_EQ(table.commands[0].aliases, Words{"old-fit"});
  ASSERT_EQ(table.commands[1].commands.size(), 2U);
  auto const& render = table.commands[1].commands[0];
  EXPECT_EQ(render.path, "toyfarm sweep render");
  EXPECT_EQ(render.groups(), (Words{"Batch", "Options"}));
  ASSERT_EQ(render.options.size(), 4U);
  auto const& kind = render.options[1];
  EXPECT_EQ(kind.names, Words{"--kind"});
  EXPECT_EQ(kind.value, "slurm|htcondor|N");
  EXPECT_EQ(kind.words(), (Words{"slurm", "htcondor"}));
  EXPECT_EQ(kind.help, "it's [the] system: this");
  EXPECT_EQ(render.options[2].value, "LOW HIGH");
  EXPECT_EQ(render.options[3].value, "");
  EXPECT_EQ(render.options[3].help, "fail: never; replace what is there");
}

TEST_F(Nested, is_completed_in_bash_at_any_depth) {
  EXPECT_EQ(completed("''"), (Words{"fit", "sweep"}));
  EXPECT_EQ(completed("sweep ren"), Words{"render"});
  EXPECT_EQ(completed("sweep render --k"), Words{"--kind"});
  EXPECT_EQ(completed("sweep render --force --kind ''"), (Words{"slurm", "htcondor"}));
  EXPECT_EQ(completed("sweep render --kind = h"), Words{"htcondor"});
  EXPECT_EQ(completed("sweep render --kind ="), (Words{"slurm", "htcondor"}));
  EXPECT_EQ(completed("sweep submit --k"), Words{});
  EXPECT_EQ(completed("sweep --config render ''"), (Words{"render", "submit"}))
      << "the value of an option is no command";
  EXPECT_EQ(completed("sweep --config = render ''"), (Words{"render", "submit"}));
  EXPECT_EQ(completed("sweep --config ren"), Words{}) << "file names";
  EXPECT_EQ(completed("old-fit --h"), Words{"--help"});
}

TEST_F(Nested, has_a_function_per_command_in_zsh) {
  auto const script = zsh_completion(table_of(app_));
  for (auto const* text :
       {"_toyfarm_sweep_render() {",
        "'render') _toyfarm_sweep_render ;;",
        "'fit' | 'old-fit') _toyfarm_fit ;;",
        "'--kind=[it'\\''s \\[the\\] system\\: this]:slurm|htcondor|N:(slurm htcondor)'",
        "'--range=[between these]:LOW:_files:HIGH:_files'"}) {
    EXPECT_NE(script.find(text), std::string::npos) << text << "\n" << script;
  }
}

TEST_F(Nested, has_a_section_per_command_in_the_manual_page) {
  auto const page = man_page(table_of(app_));
  for (auto const* text : {".SS \"toyfarm sweep [OPTIONS] COMMAND ...\"\n",
                           ".SS \"toyfarm sweep render [OPTIONS]\"\n",
                           "\\fB\\-\\-range\\fR \\fILOW HIGH\\fR\nbetween these\n"}) {
    EXPECT_NE(page.find(text), std::string::npos) << text;
  }
}

TEST(HelpText, begins_with_what_the_command_does_and_keeps_to_its_width) {
  CLI::App app{"do a thing", "thing"};
  Binder b(app);
  b.text("--a-very-long-name,--another-long-name",
         "FILE: many words that together are longer than a line of this help may be",
         [](std::string const& /*word*/) {});
  auto const text = help_text(table_of(app), 60);
  EXPECT_TRUE(text.starts_with("do a thing\nUsage: thing [OPTIONS]\n")) << text;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 60U) << line;
  }
}

}  // namespace
