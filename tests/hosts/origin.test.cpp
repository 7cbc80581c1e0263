// Faults L1, L3 of jobs: ranks that launchers name and MPI does not know, srun without PMIx.
#include "toyfarm/hosts/origin.hpp"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

namespace toyfarm::hosts {
namespace {

using Variables = std::map<std::string, std::string>;

constexpr char const* alive = "7.0;tcp4://127.0.0.1:1234";
constexpr char const* dead = "7.0;tcp4://127.0.0.1:4321";

Origin origin_of(Variables const& variables, std::string const& library = "Open MPI 4.1.4") {
  return find_origin({[&](char const* name) -> char const* {
                        auto const found = variables.find(name);
                        return found == variables.end() ? nullptr : found->second.c_str();
                      },
                      [](std::string const& uri) { return uri == alive; },
                      library});
}

/// The message of the refusal, or nothing.
std::string refusal(Origin const& origin,
                    int mpi_size,
                    std::string const& mpi_library = "Open MPI 4.1.4") {
  try {
    require_whole(origin, mpi_size, mpi_library);
    return "";
  } catch (core::UsageError const& error) {
    return error.what();
  }
}

Variables joined(Variables a, Variables const& b) {
  a.insert(b.begin(), b.end());
  return a;
}

Variables mpirun(int rank, int size, char const* server) {
  return {{"OMPI_COMM_WORLD_RANK", std::to_string(rank)},
          {"OMPI_COMM_WORLD_SIZE", std::to_string(size)},
          {"PMIX_RANK", std::to_string(rank)},
          {"PMIX_NAMESPACE", "7"},
          {"PMIX_SERVER_URI2", server}};
}

Variables srun(int rank, int size) {
  return {{"SLURM_PROCID", std::to_string(rank)}, {"SLURM_STEP_NUM_TASKS", std::to_string(size)}};
}

Variables hydra(int rank, int size) {
  return {{"PMI_RANK", std::to_string(rank)}, {"PMI_SIZE", std::to_string(size)}, {"PMI_FD", "7"}};
}

TEST(Origin, is_a_single_process_without_a_launcher) {
  auto const origin = origin_of({{"PATH", "/bin"}, {"SLURM_NTASKS", "8"}});
  EXPECT_FALSE(origin.asks_mpi);
  EXPECT_EQ(origin.rank(), 0);
  EXPECT_EQ(origin.size(), 1);
  EXPECT_EQ(refusal(origin, 1), "");
}

TEST(Origin, asks_mpi_under_mpirun_and_believes_it) {
  auto const origin = origin_of(mpirun(1, 2, alive));
  EXPECT_TRUE(origin.asks_mpi);
  EXPECT_EQ(origin.rank(), 1);
  EXPECT_EQ(refusal(origin, 2), "");
  EXPECT_NE(refusal(origin, 1).find("OMPI_COMM_WORLD_SIZE=2"), std::string::npos);
}

TEST(Origin, asks_mpi_under_srun_with_pmix) {
  auto const origin =
      origin_of(joined(srun(1, 4), {{"PMIX_RANK", "1"}, {"PMIX_SERVER_URI3", alive}}));
  EXPECT_TRUE(origin.asks_mpi);
  EXPECT_EQ(refusal(origin, 4), "");
  EXPECT_NE(refusal(origin, 1), "");
}

TEST(Origin, refuses_a_rank_of_a_dead_job_without_asking_mpi) {
  auto const origin = origin_of(mpirun(0, 4, dead));
  EXPECT_FALSE(origin.asks_mpi) << "MPI_Init would end the process";
  EXPECT_NE(refusal(origin, 1).find("unset OMPI_COMM_WORLD_RANK OMPI_COMM_WORLD_SIZE"),
            std::string::npos);
}

TEST(Origin, runs_alone_with_the_words_of_a_dead_job_of_one) {
  auto const origin = origin_of(mpirun(0, 1, dead));
  EXPECT_FALSE(origin.asks_mpi);
  EXPECT_EQ(refusal(origin, 1), "");
}

TEST(Origin, refuses_ranks_without_a_size) {
  for (char const* const name : {"OMPI_COMM_WORLD_RANK",
                                 "PMIX_RANK",
                                 "PMI_RANK",
                                 "MV2_COMM_WORLD_RANK",
                                 "JSM_NAMESPACE_RANK",
                                 "PALS_RANKID",
                                 "ALPS_APP_PE",
                                 "FLUX_TASK_RANK",
                                 "SLURM_PROCID"}) {
    auto const origin = origin_of({{name, "17"}});
    EXPECT_EQ(origin.rank(), 17) << name;
    EXPECT_NE(refusal(origin, 1).find(name + std::string("=17")), std::string::npos) << name;
    EXPECT_EQ(refusal(origin_of({{name, "0"}}), 1), "") << name;
  }
}

TEST(Origin, ignores_values_that_are_no_numbers) {
  for (char const* const value : {"", "x1", "-1", "1.5", " 1", "99999999999"}) {
    auto const origin =
        origin_of({{"OMPI_COMM_WORLD_RANK", value}, {"OMPI_COMM_WORLD_SIZE", value}});
    EXPECT_EQ(origin.rank(), 0) << value;
    EXPECT_EQ(refusal(origin, 1), "") << value;
  }
}

TEST(Origin, refuses_srun_without_pmix) {
  auto const origin = origin_of(srun(0, 4));
  EXPECT_FALSE(origin.asks_mpi);
  EXPECT_NE(refusal(origin, 1).find("srun --mpi=pmix"), std::string::npos);
  EXPECT_EQ(refusal(origin_of(srun(0, 1)), 1), "");
}

TEST(Origin, refuses_a_program_without_mpi_among_several) {
  auto const said = refusal(origin_of(srun(1, 4), no_mpi), 1, no_mpi);
  EXPECT_NE(said.find("this is the program without MPI"), std::string::npos) << said;
  EXPECT_EQ(refusal(origin_of(srun(0, 1), no_mpi), 1, no_mpi), "");
}

TEST(Origin, asks_mpi_whether_it_knows_pmi_and_refuses_where_not) {
  auto const origin = origin_of(hydra(0, 3));
  EXPECT_TRUE(origin.asks_mpi);
  EXPECT_TRUE(origin.may_end_in_mpi);
  EXPECT_EQ(refusal(origin, 3), "");
  EXPECT_NE(refusal(origin, 1).find("PMI_SIZE=3"), std::string::npos);
  EXPECT_TRUE(origin_of({{"PMI_RANK", "0"}}, "MPICH 4.0").asks_mpi);
  EXPECT_FALSE(origin_of({{"PMI_RANK", "0"}}).asks_mpi) << "Open MPI has nobody to ask";
}

TEST(Origin, believes_the_living_launcher_before_what_is_left_over) {
  auto const left_over = mpirun(5, 8, dead);
  for (auto const& real : {srun(1, 3), hydra(1, 3)}) {
    auto const origin = origin_of(joined(real, left_over));
    EXPECT_EQ(origin.rank(), 1);
    EXPECT_EQ(origin.size(), 3);
  }
  auto const origin = origin_of(joined(mpirun(1, 2, alive), hydra(6, 8)));
  EXPECT_EQ(origin.rank(), 1);
  EXPECT_EQ(refusal(origin, 2), "");
}

TEST(Origin, does_not_count_the_daemons_that_mpirun_has_srun_start) {
  auto here = joined(mpirun(0, 1, alive), srun(2, 4));
  here["OMPI_MCA_orte_hnp_uri"] = "7.0;tcp://10.0.0.1:1";
  here["OMPI_MCA_orte_local_daemon_uri"] = "7.1;tcp://10.0.0.2:1";
  EXPECT_EQ(refusal(origin_of(here), 1), "");
}

TEST(Origin, refuses_mpiruns_that_srun_started) {
  auto here = joined(mpirun(1, 2, alive), srun(0, 4));
  here["OMPI_MCA_orte_hnp_uri"] = here["OMPI_MCA_orte_local_daemon_uri"] = "7.0;tcp://10.0.0.1:1";
  EXPECT_NE(refusal(origin_of(here), 2).find("SLURM_STEP_NUM_TASKS=4"), std::string::npos);
}

TEST(Origin, finds_who_listens_in_the_kernels_table) {
  std::string const tcp4 =
      "  sl  local_address rem_address   st tx_queue rx_queue\n"
      "   0: 0100007F:04D2 00000000:0000 0A 00000000:00000000\n"
      "   1: 0100007F:10E1 0100007F:04D2 01 00000000:00000000\n";
  std::string const tcp6 =
      "  sl  local_address rem_address   st\n"
      "   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A\n";
  EXPECT_TRUE(listens_at("7.0;tcp4://127.0.0.1:1234", tcp4, tcp6));
  EXPECT_FALSE(listens_at("7.0;tcp4://127.0.0.1:4321", tcp4, tcp6)) << "connected, not listening";
  EXPECT_FALSE(listens_at("7.0;tcp4://127.0.0.1:1235", tcp4, tcp6));
  EXPECT_TRUE(listens_at("7.0;tcp6://[::1]:80", tcp4, tcp6));
  EXPECT_FALSE(listens_at("7.0;tcp4://127.0.0.1:", tcp4, tcp6));
  EXPECT_TRUE(listens_at("pmix-server:17:/tmp/pmix-17", tcp4, tcp6)) << "of a kind not known";
}

}  // namespace
}  // namespace toyfarm::hosts
