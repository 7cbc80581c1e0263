#include <cstdint>
#include <span>

#include "toyfarm/core/archive.hpp"
#include "toyfarm/core/sha256.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::toys {
namespace {

constexpr std::uint64_t magic = 0x35736c6261743174;  // also tells of another byte order

}  // namespace

// Found by the archives through their arguments, hence in no unnamed namespace.

template <class Archive>
void visit(Archive& a, QuantileCells& cells) {
  a(cells.coefficients, cells.lower, cells.upper, cells.events, cells.kinds);
}

template <class Archive>
void visit(Archive& a, AliasTable& table) {
  a(table.keep, table.other);
}

template <class Archive>
void visit(Archive& a, FactorTables& factor) {
  a(factor.observable, factor.cells, factor.choice);
}

template <class Archive>
void visit(Archive& a, ProductCells& cells) {
  a(cells.pieces, cells.index, cells.events, cells.kinds);
}

template <class Archive>
void visit(Archive& a, Filler& filler) {
  a(filler.observable, filler.lower, filler.upper);
}

template <class Archive>
void visit(Archive& a, SingleProcess& single) {
  a(single.process, single.factor);
}

template <class Archive>
void visit(Archive& a, PoissonTables& counts) {
  a(counts.mean, counts.smallest, counts.first, counts.keep, counts.other);
}

template <class Archive>
void visit(Archive& a, ChannelTables& channel) {
  a(channel.n_observables, channel.expected, channel.observable, channel.cells, channel.axes);
  a(channel.products, channel.processes, channel.fillers, channel.counts);
  a(channel.weak, channel.roots, channel.depths, channel.singles, channel.single_counts);
}

template <class Archive>
void visit(Archive& a, GenerationTables& tables) {
  a(tables.channels);
}

std::string serialise(GenerationTables const& tables) {
  auto copy = tables;
  auto head = magic;
  core::ByteWriter writer;
  writer(head, copy);
  return writer.take();
}

GenerationTables deserialise(std::string_view bytes) {
  core::ByteReader reader(bytes, "the tables of toys were");
  std::uint64_t head = 0;
  reader(head);
  if (head != magic) {
    reader.fail();
  }
  GenerationTables tables;
  reader(tables);
  reader.finish();
  return tables;
}

std::string layout_hash(GenerationTables const& tables) {
  core::Sha256 hash;
  auto const add_array = [&](auto const& values) { hash.update(std::as_bytes(std::span(values))); };
  auto const add = [&](QuantileCells const& cells) {
    std::uint64_t const n[1] = {cells.size()};
    add_array(n);
    add_array(cells.lower);
    add_array(cells.upper);
    add_array(cells.kinds);
  };
  for (auto const& channel : tables.channels) {
    add(channel.cells);
    add_array(channel.depths);
    for (auto const& single : channel.singles) {
      add(single.factor.cells);
    }
    for (auto const& process : channel.processes) {
      for (auto const& factor : process) {
        add(factor.cells);
      }
    }
    for (auto const& cells : channel.products) {
      for (std::size_t a = 0; a < 2; ++a) {
        add(cells.pieces[a]);
        add_array(cells.index[a]);
      }
      add_array(cells.kinds);
    }
  }
  return hash.hex();
}

}  // namespace toyfarm::toys
