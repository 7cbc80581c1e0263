#include "toyfarm/parallel/job.hpp"

#include <cstdlib>

#include <boost/mpi/collectives/all_reduce.hpp>
#include <boost/mpi/operations.hpp>
#include <gtest/gtest.h>

#include "parallel/pieces.hpp"

// MPI itself belongs to the driver here; Job finds it initialised and leaves it so.
namespace toyfarm::parallel {
namespace {

Job make_job(Job::Kind kind) {
  static int argc = 0;
  static char** argv = nullptr;
  return {kind, argc, argv};
}

std::string text_of(int rank) {
  return std::string(static_cast<std::size_t>(rank) * 1000, static_cast<char>('a' + rank)) +
         std::string(1, '\0');
}

bool everywhere(bool mine) {
  return boost::mpi::all_reduce(
             boost::mpi::communicator(), mine ? 1 : 0, boost::mpi::minimum<int>()) == 1;
}

}  // namespace

TEST(Job, knows_its_place) {
  auto const job = make_job(Job::Kind::mpi);
  EXPECT_EQ(job.rank(), boost::mpi::communicator().rank());
  EXPECT_EQ(job.size(), boost::mpi::communicator().size());
  EXPECT_EQ(job.max(0), 0);
  EXPECT_EQ(job.max(-job.rank()), 0);
  EXPECT_EQ(job.max(10 * job.rank()), 10 * (job.size() - 1));
  EXPECT_NE(job.library(), "none");
  EXPECT_EQ(job.library().find_first_of(",\n"), std::string::npos);
}

TEST(Job, broadcasts_bytes_of_any_length_and_content) {
  auto const job = make_job(Job::Kind::mpi);
  for (auto const& sent : {std::string(), std::string(1, '\0'), std::string(3'000'001, 'x')}) {
    auto bytes = job.rank() == 0 ? sent : std::string("left over from before");
    job.broadcast(bytes);
    EXPECT_TRUE(bytes == sent) << bytes.size() << " bytes instead of " << sent.size();
  }
}

TEST(Job, gathers_texts_in_rank_order) {
  auto const job = make_job(Job::Kind::mpi);
  auto const all = job.gather(text_of(job.rank()));
  ASSERT_TRUE(
      everywhere(all.size() == (job.rank() == 0 ? static_cast<std::size_t>(job.size()) : 0)));
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    EXPECT_TRUE(all[rank] == text_of(static_cast<int>(rank))) << rank;
  }
}

TEST(Job, gathers_reports_whole_and_with_their_ranks) {
  auto const job = make_job(Job::Kind::mpi);
  RankReport mine{.rank = -1,
                  .host = "node\n" + std::to_string(job.rank()),
                  .logical_cores = 4,
                  .physical_cores = 2,
                  .cpuset = "0-3"};
  mine.cores = "0,2";
  mine.host_cores = 96;
  mine.cpu_model = "A, B (R)";
  mine.isa = "avx2";
  mine.pid = 1'000'000'000'000 + job.rank();
  mine.numa = "0-1";
  mine.memory_bytes = std::uint64_t{1} << 40U;
  mine.toys_per_s = 1234.5;
  mine.addresses = {"10.0.0.1", "fd00::1"};
  auto const all = job.gather(mine);
  ASSERT_TRUE(
      everywhere(all.size() == (job.rank() == 0 ? static_cast<std::size_t>(job.size()) : 0)));
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    auto const& got = all[rank];
    EXPECT_EQ(got.rank, static_cast<int>(rank));
    EXPECT_EQ(got.host, "node\n" + std::to_string(rank));
    EXPECT_EQ(got.logical_cores, 4);
    EXPECT_EQ(got.physical_cores, 2);
    EXPECT_EQ(got.cpuset, "0-3");
    EXPECT_EQ(got.cores, "0,2");
    EXPECT_EQ(got.host_cores, 96);
    EXPECT_EQ(got.cpu_model, "A, B (R)");
    EXPECT_EQ(got.isa, "avx2");
    EXPECT_EQ(got.pid, 1'000'000'000'000 + static_cast<long>(rank));
    EXPECT_EQ(got.numa, "0-1");
    EXPECT_EQ(got.memory_bytes, std::uint64_t{1} << 40U);
    EXPECT_EQ(got.toys_per_s, 1234.5);
    EXPECT_EQ(got.addresses, (std::vector<std::string>{"10.0.0.1", "fd00::1"}));
  }
}

TEST(Job, is_alone_when_single_even_under_a_launcher) {
  auto const job = make_job(Job::Kind::single);
  EXPECT_EQ(job.rank(), 0);
  EXPECT_EQ(job.size(), 1);
  EXPECT_EQ(job.library(), "none");
  EXPECT_EQ(job.max(-3), -3);
  EXPECT_EQ(job.gather(std::string("x")), std::vector<std::string>{"x"});
  EXPECT_EQ(job.gather(RankReport{.rank = 5}).front().rank, 0);
  std::string bytes = "unchanged";
  job.broadcast(bytes);
  EXPECT_EQ(bytes, "unchanged");
}

// What 2^31 elements would do, with pieces of a few bytes: the law is that the piece size does not
// show.
TEST(Pieces, carry_the_same_bytes_for_every_piece_size) {
  boost::mpi::communicator const world;
  std::string const sent = "0123456789";
  for (std::uint64_t piece = 1; piece <= 11; ++piece) {
    auto bytes = world.rank() == 0 ? sent : std::string();
    broadcast_pieces(world, bytes, piece);
    EXPECT_EQ(bytes, sent) << piece;
    if (world.rank() != 0) {
      send_pieces(world, 0, bytes.data(), bytes.size(), piece);
    }
    for (int from = 1; world.rank() == 0 && from < world.size(); ++from) {
      std::string got(sent.size(), '-');
      receive_pieces(world, from, got.data(), got.size(), piece);
      EXPECT_EQ(got, sent) << piece;
    }
  }
}

TEST(Pieces, cover_more_than_an_int_can_count) {
  std::uint64_t covered = 0;
  std::uint64_t n_pieces = 0;
  std::uint64_t const n = 5 * gibibyte + 3;
  for_each_piece(n, gibibyte, [&](std::uint64_t offset, int length) {
    EXPECT_EQ(offset, covered);
    EXPECT_GT(length, 0);
    covered += static_cast<std::uint64_t>(length);
    ++n_pieces;
  });
  EXPECT_EQ(covered, n);
  EXPECT_EQ(n_pieces, 6);
}

}  // namespace toyfarm::parallel
