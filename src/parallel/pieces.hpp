#pragma once
#include <algorithm>
#include <cstdint>
#include <string>

#include <boost/mpi/collectives/broadcast.hpp>
#include <boost/mpi/communicator.hpp>

// Byte strings of any length. MPI counts with int, so they travel in pieces; both sides must use
// the same piece size.
namespace toyfarm::parallel {

inline constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30U;
inline constexpr int piece_tag = 1;

/// Calls transfer(offset, length) for pieces of at most `piece` bytes, in order, that make up [0,
/// n).
template <class Transfer>
void for_each_piece(std::uint64_t n, std::uint64_t piece, Transfer transfer) {
  for (std::uint64_t offset = 0; offset < n; offset += piece) {
    transfer(offset, static_cast<int>(std::min(piece, n - offset)));
  }
}

inline void send_pieces(boost::mpi::communicator const& world,
                        int to,
                        char const* bytes,
                        std::uint64_t n,
                        std::uint64_t piece = gibibyte) {
  for_each_piece(n, piece, [&](std::uint64_t offset, int length) {
    world.send(to, piece_tag, bytes + offset, length);
  });
}

inline void receive_pieces(boost::mpi::communicator const& world,
                           int from,
                           char* bytes,
                           std::uint64_t n,
                           std::uint64_t piece = gibibyte) {
  for_each_piece(n, piece, [&](std::uint64_t offset, int length) {
    world.recv(from, piece_tag, bytes + offset, length);
  });
}

/// Rank 0's bytes on every rank. @collective
inline void broadcast_pieces(boost::mpi::communicator const& world,
                             std::string& bytes,
                             std::uint64_t piece = gibibyte) {
  std::uint64_t n = bytes.size();
  boost::mpi::broadcast(world, n, 0);
  bytes.resize(n);
  for_each_piece(n, piece, [&](std::uint64_t offset, int length) {
    boost::mpi::broadcast(world, bytes.data() + offset, length, 0);
  });
}

}  // namespace toyfarm::parallel
