#include "parallel/mailbox.hpp"

#include <algorithm>
#include <list>
#include <utility>

#include <boost/mpi/exception.hpp>

#include "toyfarm/core/contract.hpp"

#include "parallel/job_impl.hpp"
#include "parallel/message.hpp"

namespace toyfarm::parallel {
namespace {

constexpr int message_tag = 2;
/// Large messages being received at a time, which bounds memory whatever the number of ranks. One
/// whose sender died stays among them for ever, so there is room for many such.
constexpr std::size_t n_incoming = 64;

struct Slot {
  int peer = 0;
  std::vector<std::uint64_t> words;
  MPI_Request request = MPI_REQUEST_NULL;

  [[nodiscard]] bool is_done() {
    int done = 0;
    // An error means that it will never be done any other way.
    return MPI_Test(&request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS || done != 0;
  }
};

}  // namespace

struct Mailbox::Slots {
  std::list<Slot> outgoing;
  std::list<Slot> incoming;  ///< in order of arrival
};

Mailbox::Mailbox(Job const& job) : job_(job), slots_(std::make_unique<Slots>()) {}

Mailbox::~Mailbox() {
  push();
  if (!slots_->outgoing.empty() || !slots_->incoming.empty()) {
    [[maybe_unused]] auto const* const left = slots_.release();
  }
}

bool Mailbox::send(int to, std::vector<std::uint64_t> words) {
  TOYFARM_EXPECTS(job_.impl_ && to != job_.rank());
  push();
  auto& slot = slots_->outgoing.emplace_back(Slot{to, std::move(words)});
  auto const code = MPI_Isend(slot.words.data(),
                              static_cast<int>(slot.words.size()),
                              MPI_UINT64_T,
                              to,
                              message_tag,
                              job_.impl_->world,
                              &slot.request);
  if (code != MPI_SUCCESS) {
    slots_->outgoing.pop_back();
    return false;
  }
  ++n_messages_;
  return true;
}

std::size_t Mailbox::push() {
  std::erase_if(slots_->outgoing, [](Slot& slot) { return slot.is_done(); });
  return slots_->outgoing.size();
}

std::optional<Mailbox::Message> Mailbox::receive() {
  if (!job_.impl_) {
    return std::nullopt;
  }
  push();
  auto& incoming = slots_->incoming;
  int arrived = 0;
  MPI_Status status;
  if (incoming.size() < n_incoming) {
    BOOST_MPI_CHECK_RESULT(MPI_Iprobe,
                           (MPI_ANY_SOURCE, message_tag, job_.impl_->world, &arrived, &status));
  }
  if (arrived != 0) {
    int count = 0;
    BOOST_MPI_CHECK_RESULT(MPI_Get_count, (&status, MPI_UINT64_T, &count));
    auto& slot = incoming.emplace_back(Slot{status.MPI_SOURCE, {}});
    slot.words.resize(static_cast<std::size_t>(count));
    BOOST_MPI_CHECK_RESULT(MPI_Irecv,
                           (slot.words.data(),
                            count,
                            MPI_UINT64_T,
                            slot.peer,
                            message_tag,
                            job_.impl_->world,
                            &slot.request));
  }
  // Of one sender the first only: a small message may overtake a large one that came before it.
  std::vector<int> waiting;
  for (auto slot = incoming.begin(); slot != incoming.end(); ++slot) {
    bool const is_first = std::ranges::find(waiting, slot->peer) == waiting.end();
    if (is_first && slot->is_done()) {
      Message message{slot->peer, std::move(slot->words)};
      incoming.erase(slot);
      ++n_messages_;
      if (message.words.size() >= head_words) {
        return message;
      }
      return std::nullopt;
    }
    waiting.push_back(slot->peer);
  }
  return std::nullopt;
}

}  // namespace toyfarm::parallel
