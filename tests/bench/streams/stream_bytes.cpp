// Writes the bits of event streams to stdout, in the orders and forms in which toys use them, for
// a battery of randomness tests that reads stdin (PractRand, TestU01, dieharder).
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "toyfarm/kernels/random.hpp"

namespace {

namespace kernels = toyfarm::kernels;
using kernels::Lanes;
using kernels::StreamKey;

constexpr std::size_t lanes = 8;
constexpr std::size_t block = 256;        // words of a stream before the next one follows
constexpr std::size_t crowd = 4096;       // streams read side by side in the order `across`
constexpr std::size_t words_each = 4096;  // of a stream of the crowd

constexpr char usage[] =
    "usage: stream_bytes ORDER FORM [BYTES] [SEED]      (BYTES: default without end; SEED: 42)\n"
    "ORDER  stream  one event stream\n"
    "       toys    256 words of each event stream (channels 0 to 2, factors 0 and 1) of toy 0,\n"
    "               1, 2, ...\n"
    "       seeds   the same of toys 0 and 1 with SEED, SEED + 1, SEED + 2, ...\n"
    "       across  8 words of toy 0, of toy 1, ..., of toy 4095, then the next 8 of each, ...\n"
    "       starts  the first 8 words of toy 0, 1, 2, ...\n"
    "FORM   raw          the 64-bit words\n"
    "       upper        their upper 32 bits\n"
    "       lower        their lower 32 bits\n"
    "       deviate      the first 32 bits of the deviates as doubles, (u + 1) / 2\n"
    "       deviate-low  their last 32 bits of 52\n"
    "Ends quietly when nobody reads on; says on stderr how many bytes it wrote.\n";

enum class Order { stream, toys, seeds, across, starts };
enum class Form { raw, upper, lower, deviate, deviate_low };

constexpr std::array<std::string_view, 5> orders = {"stream", "toys", "seeds", "across", "starts"};
constexpr std::array<std::string_view, 5> forms = {
    "raw", "upper", "lower", "deviate", "deviate-low"};

/// Puts words into their form and writes them, until so many bytes are written or nobody reads on.
class Writer {
 public:
  Writer(Form form, std::uint64_t bytes) : form_(form), bytes_(bytes) {}

  [[nodiscard]] bool done() const { return stopped_ || written_ == bytes_; }
  [[nodiscard]] std::uint64_t written() const { return written_; }

  /// The next n words of a stream, n a multiple of 8.
  void take(Lanes& state, std::size_t n) {
    bool const deviates = form_ == Form::deviate || form_ == Form::deviate_low;
    if (deviates) {
      u_.resize(n);
      kernels::fill_symmetric(state, u_.data(), n);
    } else {
      bits_.resize(n);
      kernels::fill_bits(state, bits_.data(), n);
    }
    if (form_ == Form::raw) {
      append(std::as_bytes(std::span(bits_)));
      return;
    }
    words_.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      // The deviates are multiples of 2^-51, so u + 1 is exact.
      std::uint64_t const word =
          deviates ? static_cast<std::uint64_t>((u_[i] + 1) * 0x1p51) << 12 : bits_[i];
      bool const upper = form_ == Form::upper || form_ == Form::deviate;
      words_[i] = static_cast<std::uint32_t>(word >> (upper                        ? 32
                                                      : form_ == Form::deviate_low ? 12
                                                                                   : 0));
    }
    append(std::as_bytes(std::span(words_)));
  }

 private:
  void append(std::span<std::byte const> bytes) {
    std::uint64_t const left = bytes_ - written_;
    std::size_t const n = bytes.size() < left ? bytes.size() : static_cast<std::size_t>(left);
    std::size_t const done = stopped_ ? 0 : std::fwrite(bytes.data(), 1, n, stdout);
    written_ += done;
    stopped_ = stopped_ || done < n;
  }

  Form form_;
  std::uint64_t bytes_;
  std::uint64_t written_ = 0;
  bool stopped_ = false;
  std::vector<double> u_;
  std::vector<std::uint64_t> bits_;
  std::vector<std::uint32_t> words_;
};

StreamKey events_of(std::uint64_t seed, std::uint64_t toy) {
  return {.seed = seed, .toy = toy, .purpose = kernels::Purpose::events};
}

void write_toy(Writer& out, StreamKey key) {
  for (key.channel = 0; key.channel < 3; ++key.channel) {
    for (key.index = 0; key.index < 2; ++key.index) {
      auto state = kernels::seed_lanes(key);
      out.take(state, block);
    }
  }
}

void write_crowd(Writer& out, std::uint64_t seed, std::uint64_t first_toy) {
  std::vector<Lanes> states;
  for (std::uint64_t i = 0; i < crowd; ++i) {
    states.push_back(kernels::seed_lanes(events_of(seed, first_toy + i)));
  }
  for (std::size_t word = 0; word < words_each && !out.done(); word += lanes) {
    for (auto& state : states) {
      out.take(state, lanes);
    }
  }
}

void write(Writer& out, Order order, std::uint64_t seed) {
  auto whole = kernels::seed_lanes(events_of(seed, 0));
  for (std::uint64_t i = 0; !out.done(); ++i) {
    switch (order) {
      case Order::stream:
        out.take(whole, block);
        break;
      case Order::toys:
        write_toy(out, events_of(seed, i));
        break;
      case Order::seeds:
        write_toy(out, events_of(seed + i / 2, i % 2));
        break;
      case Order::across:
        write_crowd(out, seed, i * crowd);
        break;
      case Order::starts: {
        auto state = kernels::seed_lanes(events_of(seed, i));
        out.take(state, lanes);
        break;
      }
    }
  }
}

/// Place of `name` in `names`, or their number.
std::size_t place(std::span<std::string_view const> names, std::string_view name) {
  std::size_t i = 0;
  while (i < names.size() && names[i] != name) {
    ++i;
  }
  return i;
}

bool read(std::string_view text, std::uint64_t& value) {
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string_view> const args(argv + 1, argv + argc);
  std::uint64_t bytes = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t seed = 42;
  bool good = args.size() >= 2 && args.size() <= 4;
  std::size_t const order = good ? place(orders, args[0]) : 0;
  std::size_t const form = good ? place(forms, args[1]) : 0;
  good = good && order < orders.size() && form < forms.size();
  good =
      good && (args.size() < 3 || read(args[2], bytes)) && (args.size() < 4 || read(args[3], seed));
  if (!good) {
    std::fputs(usage, stderr);
    return 64;
  }
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has seen enough is no fault
  errno = 0;
  Writer out(static_cast<Form>(form), bytes);
  write(out, static_cast<Order>(order), seed);
  bool const flushed = std::fflush(stdout) == 0;
  std::fprintf(stderr, "%llu bytes written\n", static_cast<unsigned long long>(out.written()));
  return (flushed && out.written() == bytes) || errno == EPIPE ? 0 : 74;
}
