#include "io/journal_notes.hpp"

#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/process.hpp"
#include "toyfarm/os/utc.hpp"

#include "io/rows_json.hpp"

namespace toyfarm::io {
namespace {

// CBOR rather than text: it keeps every bit of a spec that is no UTF-8.
std::string packed(Json const& document) {
  std::string bytes;
  Json::to_cbor(document, bytes);
  return bytes;
}

Json unpacked(std::span<std::byte const> payload) {
  auto const* const begin = reinterpret_cast<std::uint8_t const*>(payload.data());
  return Json::from_cbor(begin, begin + payload.size());
}

void require_columns(std::vector<std::string> const& signatures, std::string const& file) {
  if (auto const other = record::other_columns(record::schema, signatures)) {
    throw core::DataError(file,
                          "was written by another version of toyfarm, since its rows " + *other +
                              ": go on with the version that began the run, or start it anew "
                              "under another name");
  }
}

}  // namespace

std::string header_payload(JournalHeader const& header) {
  Json shard;
  if (header.shard) {
    shard = {{"index", header.shard->index}, {"total", header.shard->total}};
  }
  Json columns = Json::array();
  for (auto const& column : record::schema) {
    columns.push_back(record::signature(column));
  }
  return packed({{"study", study_block(header.study)},
                 {"columns", columns},
                 {"first", header.range.first.value},
                 {"count", header.range.count},
                 {"shard", shard},
                 {"run_id", header.run_id},
                 {"options", header.options}});
}

JournalHeader read_header_payload(std::span<std::byte const> payload,
                                  std::string const& file,
                                  JournalPart part) {
  try {
    auto const document = unpacked(payload);
    if (part == JournalPart::rows) {
      require_columns(document.at("columns").get<std::vector<std::string>>(), file);
    }
    JournalHeader header;
    header.study = read_study_block(document.at("study"), file);
    document.at("first").get_to(header.range.first.value);
    document.at("count").get_to(header.range.count);
    if (auto const& shard = document.at("shard"); !shard.is_null()) {
      header.shard = record::Shard{shard.at("index").get<std::uint64_t>(),
                                   shard.at("total").get<std::uint64_t>()};
    }
    document.at("run_id").get_to(header.run_id);
    document.at("options").get_to(header.options);
    return header;
  } catch (Json::exception const& error) {
    throw core::DataError(file, std::string("its header cannot be read: ") + error.what());
  }
}

WriterNote this_writer() {
  return {os::host_name(), ::getpid(), os::utc_now(os::UtcForm::seconds)};
}

std::string writer_payload(WriterNote const& note) {
  return packed({{"host", note.host}, {"pid", note.pid}, {"utc", note.utc}});
}

WriterNote read_writer_payload(std::span<std::byte const> payload) {
  try {
    auto const document = unpacked(payload);
    return {document.at("host").get<std::string>(),
            document.at("pid").get<std::int64_t>(),
            document.at("utc").get<std::string>()};
  } catch (Json::exception const&) {
    return {};
  }
}

std::string described(WriterNote const& note, std::uint32_t epoch) {
  if (note.host.empty()) {
    return "an unknown process, epoch " + std::to_string(epoch);
  }
  return "process " + std::to_string(note.pid) + " on host " + note.host + ", epoch " +
         std::to_string(epoch) + ", since " + note.utc;
}

}  // namespace toyfarm::io
