// What is made of the table, for a command line with commands in commands.
#include "app/cli/option_table.hpp"

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/cli/binder.hpp"
#include "app/cli/parser.hpp"
#include "support/scratch.hpp"

namespace {

using namespace toyfarm::app;
using Words = std::vector<std::string>;

/// toyfarm { fit, sweep --config F { render [--kind], submit } }
class Nested : public testing::Test {
 protected:
  Nested() {
    app_.add("fit", "fit data").aliases.emplace_back("old-fit");
    auto& sweep = app_.add("sweep", "run many studies");
    Binder of_sweep(sweep);
    of_sweep.text("-c,--config", "FILE: what to sweep", [](std::string const& /*word*/) {});
    auto& render = sweep.add("render", "write the job's files");
    Binder of_render(render);
    of_render.group("Batch");
    of_render.role(Role::batch);
    of_render.text("--kind", "slurm|htcondor|N: it's [the] system: this", [](auto const& /*w*/) {});
    of_render.pair("--range", "LOW HIGH: between these", [](auto const& /*words*/) {});
    of_render.role(Role::launch);
    of_render.flag("--force", "fail: never; replace what is there", [] {});
    of_render.many("--set", "NAME=VALUE: a value", [this](Words const& words) { set_ = words; });
    render.finish = [this](GivenOptions const& given) { given_ = given; };
    sweep.add("submit", "hand the jobs over");
  }

  /// What bash completes the last of `words` by, on a command line of toyfarm.
  [[nodiscard]] Words completed(std::string const& words) const {
    auto const file = (scratch_.path() / "completion").string();
    std::ofstream(file) << bash_completion(app_);
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

  Command app_ = program("toyfarm", "many toys");
  Words set_;
  GivenOptions given_;
  toyfarm::test::Scratch scratch_;
};

TEST_F(Nested, tells_values_words_and_groups_of_every_command) {
  auto const& table = app_;
  ASSERT_EQ(table.commands.size(), 2U);
  EXPECT_EQ(table.commands[0].aliases, Words{"old-fit"});
  ASSERT_EQ(table.commands[1].commands.size(), 2U);
  auto const& render = table.commands[1].commands[0];
  EXPECT_EQ(render.path, "toyfarm sweep render");
  EXPECT_EQ(render.groups(), (Words{"Batch", "Options"}));
  ASSERT_EQ(render.options.size(), 5U);
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
  auto const script = zsh_completion(app_);
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
  auto const page = man_page(app_);
  for (auto const* text : {".SS \"toyfarm sweep [OPTIONS] COMMAND ...\"\n",
                           ".SS \"toyfarm sweep render [OPTIONS]\"\n",
                           "\\fB\\-\\-range\\fR \\fILOW HIGH\\fR\nbetween these\n"}) {
    EXPECT_NE(page.find(text), std::string::npos) << text;
  }
}

TEST_F(Nested, hands_every_option_its_values_and_the_command_what_was_given) {
  auto const parsed =
      parse(app_, {"sweep", "render", "--range", "1", "2", "--set=a=1", "--force", "--set", "b=2"});
  EXPECT_EQ(parsed.command->path, "toyfarm sweep render");
  EXPECT_EQ(set_, (Words{"a=1", "b=2"}));
  EXPECT_FALSE(given_.contains("--kind"));
  EXPECT_TRUE(given_.contains(Role::batch));
  std::string text;
  for (auto const& [name, role, values] : given_) {
    text += name + " " + std::string(to_string(role)) + " " + joined(values, ",") + "\n";
  }
  EXPECT_EQ(text, "--range batch 1,2\n--force launch \n--set launch a=1,b=2\n");
}

TEST_F(Nested, refuses_words_that_the_table_lacks) {
  using toyfarm::core::UsageError;
  for (auto const& words : std::vector<Words>{{},
                                              {"frob"},
                                              {"sweep"},
                                              {"fit", "x"},
                                              {"sweep", "render", "--nothing"},
                                              {"sweep", "render", "--kind"},
                                              {"sweep", "render", "--kind", "a", "--kind", "b"},
                                              {"sweep", "render", "--range", "1"}}) {
    EXPECT_THROW(static_cast<void>(parse(app_, words)), UsageError) << joined(words, " ");
  }
}

TEST_F(Nested, tells_of_which_command_help_is_asked) {
  auto const parsed = parse(app_, {"sweep", "render", "--help"});
  EXPECT_EQ(parsed.kind, Parsed::Kind::help);
  EXPECT_EQ(parsed.command->name, "render");
}

TEST_F(Nested, leaves_out_what_a_started_job_does_not_get) {
  auto const* render = app_.find_command("sweep")->find_command("render");
  EXPECT_EQ(words_for_job(*render, {"sweep", "--set", "a=1", "--kind", "slurm", "--force", "x"}),
            (Words{"sweep", "--kind", "slurm", "x"}));
  EXPECT_EQ(words_for_job(*render, {"--set=a=1", "--range", "1", "2"}),
            (Words{"--range", "1", "2"}));
}

TEST_F(Nested, lists_options_with_roles_for_scripts) {
  auto const text = options_text(*app_.find_command("sweep")->find_command("render"));
  EXPECT_EQ(text,
            "command 0 -h --help\nbatch 1 --kind\nbatch 2 --range\nlaunch 0 --force\n"
            "launch 1 --set\n");
}

TEST(HelpText, begins_with_what_the_command_does_and_keeps_to_its_width) {
  auto app = program("thing", "do a thing");
  Binder b(app);
  b.text("--a-very-long-name,--another-long-name",
         "FILE: many words that together are longer than a line of this help may be",
         [](std::string const& /*word*/) {});
  auto const text = help_text(app, 60);
  EXPECT_TRUE(text.starts_with("do a thing\nUsage: thing [OPTIONS]\n")) << text;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 60U) << line;
  }
}

}  // namespace
