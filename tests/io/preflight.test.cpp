#include "toyfarm/io/preflight.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/scratch.hpp"

namespace toyfarm::io {
namespace {

using nlohmann::json;

std::vector<PreflightHost> read(std::string const& text) {
  test::Scratch const scratch;
  test::spill(scratch / "preflight.json", text);
  return read_preflight(scratch / "preflight.json");
}

PreflightHost node(std::string name) {
  PreflightHost host;
  host.host = std::move(name);
  host.ok = true;
  host.ssh_target = "a@" + host.host;
  host.hostname = host.host;
  host.logical_cores = 32;
  host.physical_cores = 16;
  host.cpu_model = "Example CPU";
  host.ranks = 2;
  host.cpuset = "0-31";
  host.numa_domains = 2;
  host.memory_bytes = std::uint64_t{1} << 38U;
  host.isa = "avx2";
  host.toys_per_s = 1234.5;
  host.probe_threads = 32;
  host.versions = {{"toyfarm", "1"}};
  return host;
}

PreflightHost dead(std::string name) {
  PreflightHost host;
  host.host = host.ssh_target = std::move(name);
  host.error = "Connection refused";
  return host;
}

}  // namespace

TEST(PreflightJson, has_every_key_of_the_old_document_sorted_by_host) {
  auto const root =
      json::parse(preflight_json({"2026-01-31T12:00:00+00:00", "h.txt", {node("b"), dead("a")}}));
  EXPECT_EQ(root["schema_version"], "nextstat.cpu_farm_preflight.v1");
  EXPECT_EQ(root["hosts_file"], "h.txt");
  ASSERT_EQ(root["stats"].size(), 2);
  auto const& a = root["stats"][0];
  auto const& b = root["stats"][1];
  EXPECT_EQ(b["host"], "b");
  EXPECT_EQ(b["ok"], true);
  EXPECT_EQ(b["ssh_target"], "a@b");
  EXPECT_EQ(b["hostname"], "b");
  EXPECT_EQ(b["logical_cores"], 32);
  EXPECT_EQ(b["physical_cores"], 16);
  EXPECT_EQ(b["threads_per_core"], 2.0);
  EXPECT_EQ(b["cpu_model"], "Example CPU");
  EXPECT_TRUE(b["error"].is_null());
  EXPECT_EQ(b["numa_domains"], 2);
  EXPECT_EQ(b["toys_per_s"], 1234.5);
  EXPECT_EQ(b["versions"]["toyfarm"], "1");
  EXPECT_EQ(a["host"], "a");
  EXPECT_EQ(a["ok"], false);
  EXPECT_EQ(a["error"], "Connection refused");
  for (char const* const key :
       {"hostname", "logical_cores", "physical_cores", "threads_per_core", "cpu_model"}) {
    EXPECT_TRUE(a[key].is_null()) << key;
  }
}

TEST(PreflightJson, comes_back) {
  auto const hosts = read(preflight_json({"now", "h.txt", {node("b"), dead("a")}}));
  ASSERT_EQ(hosts.size(), 2);
  EXPECT_FALSE(hosts[0].ok);
  EXPECT_EQ(hosts[0].error, "Connection refused");
  EXPECT_FALSE(hosts[0].logical_cores);
  auto const& b = hosts[1];
  EXPECT_TRUE(b.ok);
  EXPECT_EQ(b.logical_cores, 32);
  EXPECT_EQ(b.physical_cores, 16);
  EXPECT_EQ(b.toys_per_s, 1234.5);
  EXPECT_EQ(b.memory_bytes, std::uint64_t{1} << 38U);
  EXPECT_EQ(b.numa_domains, 2);
  EXPECT_EQ(b.isa, "avx2");
}

TEST(OldPreflight, is_read_as_the_old_launcher_read_it) {
  auto const hosts = read(R"({"stats": [
      {"host": "node01", "ok": true, "logical_cores": 2, "physical_cores": 2},
      7, {"ok": true}, {"host": 3, "ok": true},
      {"host": "node02", "ok": true, "logical_cores": "96", "physical_cores": "48"},
      {"host": "node03", "ok": true, "logical_cores": null, "physical_cores": 0},
      {"host": "node04", "ok": "yes", "logical_cores": 4},
      {"host": "node01", "ok": true, "logical_cores": 8, "physical_cores": 4}]})");
  ASSERT_EQ(hosts.size(), 4);
  EXPECT_EQ(hosts[0].logical_cores, 8);
  EXPECT_EQ(hosts[0].physical_cores, 4);
  EXPECT_EQ(hosts[1].logical_cores, 96);
  EXPECT_EQ(hosts[1].physical_cores, 48);
  EXPECT_FALSE(hosts[2].logical_cores);
  EXPECT_FALSE(hosts[2].physical_cores);
  EXPECT_FALSE(hosts[3].ok);
  EXPECT_EQ(hosts[0].toys_per_s, 0);
}

TEST(OldPreflight, is_refused_without_a_list_of_hosts) {
  for (char const* const text : {"", "[]", "{}", R"({"stats": {}})", "3", "{"}) {
    auto const thrown = test::thrown_by([&] { static_cast<void>(read(text)); });
    EXPECT_EQ(thrown.code, core::ExitCode::bad_data) << text;
    EXPECT_TRUE(thrown.says("preflight.json: ")) << thrown;
  }
  EXPECT_EQ(test::thrown_by([] { static_cast<void>(read_preflight("/nowhere/p.json")); }).code,
            core::ExitCode::no_input);
}

}  // namespace toyfarm::io
