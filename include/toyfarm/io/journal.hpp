#pragma once
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "toyfarm/record/study_info.hpp"
#include "toyfarm/record/toy_record.hpp"
#include "toyfarm/record/toy_set.hpp"

// The journal of a run: an append-only file of checksummed frames that holds the rows of its toys
// and all that is needed to go on with it. src/io/journal_frame.hpp has the format.
namespace toyfarm::io {

/// What a journal says of its run: enough to go on with it on any number of ranks.
struct JournalHeader {
  record::StudyInfo study;
  core::ToyRange range;  ///< toys of this run: all, or the shard's
  std::optional<record::Shard> shard;
  std::string run_id;
  std::string options;  ///< the command's own text, opaque here
  std::string setup;    ///< opaque bytes, perhaps many MB
};

/// What was found wrong when a journal was opened.
struct JournalDamage {
  std::uint64_t torn_bytes = 0;       ///< after the last good frame
  std::uint64_t n_bad_regions = 0;    ///< between good frames
  std::uint64_t bad_bytes = 0;        ///< of these regions
  std::uint64_t n_fenced_frames = 0;  ///< by a writer whose run had been taken over
};

enum class JournalAccess {
  read,       ///< changes nothing
  append,     ///< cuts a torn tail, replaces a damaged file, refuses if another one writes
  take_over,  ///< as append, but goes on and fences the other one
};

struct JournalState;

/// Rows of the toys of one run, appended in any order and walked in order of ToyId. Not to be used
/// by two threads at once, `acknowledged` excepted.
class Journal final : public record::RowSource {
 public:
  /// Makes the file, which must not exist, with a header that is on disk on return, and locks it.
  /// Throws core::RuntimeFailure: cannot_create, or io_error halfway.
  [[nodiscard]] static std::unique_ptr<Journal> create(std::filesystem::path const& file,
                                                       JournalHeader const& header);
  /// A journal without a name in `folder`, of which nothing is left whatever happens: for a run
  /// that keeps no directory. `sync` does nothing and nothing is ever acknowledged.
  [[nodiscard]] static std::unique_ptr<Journal> create_unnamed(std::filesystem::path const& folder,
                                                               JournalHeader const& header);
  /// Reads every frame. Throws core::RuntimeFailure: no_input, cannot_create (another one writes),
  /// io_error; core::DataError: no journal, another format, other stream_version, a damaged header,
  /// or two different rows of one toy.
  [[nodiscard]] static std::unique_ptr<Journal> open(std::filesystem::path const& file,
                                                     JournalAccess access);
  Journal(Journal const&) = delete;
  Journal& operator=(Journal const&) = delete;
  ~Journal() override;

  /// n_toys and range follow `extend`.
  [[nodiscard]] JournalHeader const& header() const noexcept;
  [[nodiscard]] JournalDamage const& damage() const noexcept;
  /// Toys whose rows it holds.
  [[nodiscard]] record::ToySet const& toys() const noexcept;
  /// How many of them were found when it was opened.
  [[nodiscard]] std::uint64_t n_at_open() const noexcept;
  /// Counts openings for writing, from 1.
  [[nodiscard]] int epoch() const noexcept;
  /// False where the file system knows no locks, or while a fenced writer still has the lock.
  [[nodiscard]] bool is_locked() const noexcept;

  /// Appends whole encoded rows in any order. Throws core::RuntimeFailure: internal for a toy that
  /// it holds or that is none of the range (nothing of that frame is written then), io_error if the
  /// disk refuses or the run was taken over, after which nothing is written any more.
  void put(std::span<std::uint64_t const> words);
  /// Returns when every row is on disk. A failure is io_error and final: what the kernel could not
  /// write it may have forgotten.
  void sync();
  /// Toys covered by a completed sync. May be asked from any thread.
  [[nodiscard]] std::uint64_t acknowledged() const noexcept;
  /// Makes the study one of `n_toys`, on disk on return. Throws core::UsageError for fewer toys
  /// than before and for a shard.
  void extend(std::uint64_t n_toys);
  /// Tells that the file has another name now.
  void renamed(std::filesystem::path const& file);

  [[nodiscard]] record::RowLayout const& layout() const noexcept override;
  [[nodiscard]] std::size_t size() const noexcept override;
  void walk(Visit const& visit) const override;

 private:
  explicit Journal(std::unique_ptr<JournalState> state);
  std::unique_ptr<JournalState> state_;
};

/// Which study and run a journal is of, as it was begun; of older formats too, whose rows `open`
/// refuses. Throws as Journal::open.
[[nodiscard]] JournalHeader read_journal_header(std::filesystem::path const& file);

/// Whether a process holds the journal for writing, so that its run is alive. False where that
/// cannot be told.
/// Appends rows in a thread of its own, so that neither a slow disk nor an fsync holds up whoever
/// hands them over. The journal must not be used otherwise between the first `put` and `flush`.
class JournalWriter {
 public:
  /// Syncs when `interval` has passed since the last time and there is something new.
  JournalWriter(Journal& journal, std::chrono::duration<double> interval);
  JournalWriter(JournalWriter const&) = delete;
  JournalWriter& operator=(JournalWriter const&) = delete;
  /// Writes what waits, but does not sync.
  ~JournalWriter();

  /// Takes whole encoded rows; returns at once. Throws the thread's failure if there was one.
  void put(std::vector<std::uint64_t> rows);
  /// So much waits (64 MiB) that the caller should take no more rows for now.
  [[nodiscard]] bool is_full() const;
  /// Asks for a sync of what was put so far, without waiting for the interval or for the sync.
  void sync_soon();
  /// Returns when all that was put is on disk. Throws the thread's failure.
  void flush();
  /// Toys of the journal that are on disk, those it was opened with included.
  [[nodiscard]] std::uint64_t acknowledged() const noexcept;
  /// Toys of the journal that were handed to the kernel, likewise.
  [[nodiscard]] std::uint64_t written() const noexcept;
  /// Why nothing is written any more; null as long as all is well.
  [[nodiscard]] std::exception_ptr failure() const;

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
};

}  // namespace toyfarm::io
