#include <cstdint>
#include <cstring>
#include <type_traits>

#include "toyfarm/core/error.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::toys {
namespace {

constexpr std::uint64_t magic = 0x35736c6261743174;  // also tells of another byte order

[[noreturn]] void fail() {
  throw core::RuntimeFailure(core::ExitCode::internal,
                             "the tables of toys were damaged on their way");
}

// One list of members serves both directions, so that they cannot drift apart.
class Writer {
 public:
  template <class T>
  void value(T& v) {
    static_assert(std::is_arithmetic_v<T>);
    bytes_.append(reinterpret_cast<char const*>(&v), sizeof v);
  }
  template <class T, class Each>
  void list(std::vector<T>& items, Each each) {
    std::uint64_t n = items.size();
    value(n);
    for (auto& item : items) {
      each(*this, item);
    }
  }
  template <class T>
  void array(std::vector<T>& items) {
    std::uint64_t n = items.size();
    value(n);
    bytes_.append(reinterpret_cast<char const*>(items.data()), n * sizeof(T));
  }
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  void value(T& v) {
    static_assert(std::is_arithmetic_v<T>);
    take(&v, sizeof v);
  }
  template <class T, class Each>
  void list(std::vector<T>& items, Each each) {
    std::uint64_t n = 0;
    value(n);
    if (n > bytes_.size()) {
      fail();
    }
    items.resize(n);
    for (auto& item : items) {
      each(*this, item);
    }
  }
  template <class T>
  void array(std::vector<T>& items) {
    std::uint64_t n = 0;
    value(n);
    if (n > bytes_.size() / sizeof(T)) {
      fail();
    }
    items.resize(n);
    take(items.data(), n * sizeof(T));
  }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

 private:
  void take(void* to, std::size_t n) {
    if (n > bytes_.size()) {
      fail();
    }
    if (n > 0) {
      std::memcpy(to, bytes_.data(), n);
    }
    bytes_.remove_prefix(n);
  }
  std::string_view bytes_;
};

template <class Archive>
void visit(Archive& a, QuantileCells& cells) {
  a.array(cells.coefficients);
  a.array(cells.lower);
  a.array(cells.upper);
  a.array(cells.events);
  a.array(cells.kinds);
}

template <class Archive>
void visit(Archive& a, FactorTables& factor) {
  a.value(factor.observable);
  visit(a, factor.cells);
  a.array(factor.choice.keep);
  a.array(factor.choice.other);
}

template <class Archive>
void visit(Archive& a, ProductCells& cells) {
  for (std::size_t axis = 0; axis < 2; ++axis) {
    visit(a, cells.pieces[axis]);
    a.array(cells.index[axis]);
  }
  a.array(cells.events);
  a.array(cells.kinds);
}

template <class Archive>
void visit(Archive& a, Filler& filler) {
  a.value(filler.observable);
  a.value(filler.lower);
  a.value(filler.upper);
}

template <class Archive>
void visit(Archive& a, PoissonTables& counts) {
  a.array(counts.mean);
  a.array(counts.smallest);
  a.array(counts.first);
  a.array(counts.keep);
  a.array(counts.other);
}

template <class Archive>
void visit(Archive& a, ChannelTables& channel) {
  a.value(channel.n_observables);
  a.value(channel.expected);
  a.value(channel.observable);
  visit(a, channel.cells);
  a.value(channel.axes[0]);
  a.value(channel.axes[1]);
  a.list(channel.products, [](Archive& archive, ProductCells& cells) { visit(archive, cells); });
  a.list(channel.processes, [](Archive& archive, std::vector<FactorTables>& factors) {
    archive.list(factors, [](Archive& inner, FactorTables& factor) { visit(inner, factor); });
  });
  a.list(channel.fillers, [](Archive& archive, Filler& filler) { visit(archive, filler); });
  visit(a, channel.counts);
  a.array(channel.weak);
  visit(a, channel.roots);
  a.array(channel.depths);
  a.list(channel.singles, [](Archive& archive, SingleProcess& single) {
    archive.value(single.process);
    visit(archive, single.factor);
  });
  visit(a, channel.single_counts);
}

template <class Archive>
void visit(Archive& a, GenerationTables& tables) {
  a.list(tables.channels,
         [](Archive& archive, ChannelTables& channel) { visit(archive, channel); });
}

}  // namespace

std::string serialise(GenerationTables const& tables) {
  GenerationTables copy = tables;
  Writer writer;
  std::uint64_t head = magic;
  writer.value(head);
  visit(writer, copy);
  return std::move(writer.bytes_);
}

GenerationTables deserialise(std::string_view bytes) {
  Reader reader(bytes);
  std::uint64_t head = 0;
  reader.value(head);
  if (head != magic) {
    fail();
  }
  GenerationTables tables;
  visit(reader, tables);
  if (!reader.at_end()) {
    fail();
  }
  return tables;
}

}  // namespace toyfarm::toys
