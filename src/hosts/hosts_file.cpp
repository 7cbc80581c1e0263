#include "toyfarm/hosts/hosts_file.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <tuple>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/file.hpp"
#include "toyfarm/os/shell.hpp"

namespace toyfarm::hosts {
namespace {

constexpr int port_max = 65535;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_control(char c) {
  auto const byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
  return out;
}

bool is_name_character(char c) {
  return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
}

bool is_name(std::string_view word) {
  return !word.empty() && word.front() != '-' && std::ranges::all_of(word, is_name_character);
}

bool is_ipv6(std::string_view word) {
  return std::ranges::count(word, ':') >= 2 && std::ranges::all_of(word, [](char c) {
           return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f') || c == ':' || c == '.';
         });
}

bool is_address(std::string_view word) {
  return is_ipv6(word) || std::ranges::all_of(word, [](char c) { return is_digit(c) || c == '.'; });
}

/// What is wrong with a line.
struct Problem {
  std::string text;
};

/// All of `word`, which may begin with a plus sign, as a number.
template <class T>
std::optional<T> number(std::string_view word) {
  while (!word.empty() && is_blank(word.front())) {
    word.remove_prefix(1);
  }
  while (!word.empty() && is_blank(word.back())) {
    word.remove_suffix(1);
  }
  if (word.size() > 1 && word[0] == '+' && word[1] != '-') {
    word.remove_prefix(1);
  }
  T value{};
  auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || error != std::errc() || end != word.data() + word.size()) {
    return std::nullopt;
  }
  return value;
}

double weight_of(std::string const& word) {
  auto const value = number<double>(word);
  if (!value || !(std::isfinite(*value) && *value > 0)) {
    throw Problem{"weight must be a finite number > 0, not '" + word + "'"};
  }
  return *value;
}

int whole(std::string const& name, std::string const& word, int most) {
  auto const value = number<int>(word);
  if (!value || *value < 1 || *value > most) {
    throw Problem{name + " must be a whole number from 1 to " + std::to_string(most) + ", not '" +
                  word + "'"};
  }
  return *value;
}

void check_host(std::string const& host) {
  if (host.starts_with('-')) {
    throw Problem{"a host cannot be called '" + host + "': ssh would take it for an option"};
  }
  if (!is_name(host) && !is_ipv6(host)) {
    throw Problem{"a host's name, of letters, digits, '.', '-' and '_', is needed first, not '" +
                  host + "'"};
  }
}

void set_user(HostEntry& entry, std::string const& user) {
  if (!user.empty() && !is_name(user)) {
    throw Problem{"user '" + user +
                  "' must be letters, digits, '.', '_' and '-', and not start with '-'"};
  }
  entry.user = user;
}

void take_word(HostEntry& entry, std::string const& word) {
  auto const equals = word.find('=');
  if (equals == std::string::npos) {
    if (entry.weight) {
      throw Problem{"ambiguous word '" + word + "': the weight is given already"};
    }
    entry.weight = weight_of(word);
    return;
  }
  auto const key = lower(word.substr(0, equals));
  auto const value = word.substr(equals + 1);
  if (key == "weight") {
    entry.weight = weight_of(value);
  } else if (key == "threads") {
    entry.threads = whole("threads", value, max_threads_per_node);
  } else if (key == "port") {
    entry.port = whole("port", value, port_max);
  } else if (key == "user") {
    set_user(entry, value);
  } else {
    throw Problem{"unknown word '" + word + "'; known are weight=, threads=, user= and port="};
  }
}

/// No host where the line has no words.
HostEntry parse_line(std::string_view line) {
  if (std::ranges::any_of(line, is_control)) {
    throw Problem{"there is a control character in this line"};
  }
  auto const words = os::shell_words(line);
  HostEntry entry;
  if (words.empty()) {
    return entry;
  }
  entry.host = without_user(words.front());
  check_host(entry.host);
  if (entry.host.size() < words.front().size()) {
    set_user(entry, words.front().substr(0, words.front().size() - entry.host.size() - 1));
  }
  for (std::size_t i = 1; i < words.size(); ++i) {
    take_word(entry, words[i]);
  }
  return entry;
}

void check_new(std::vector<HostEntry> const& hosts, HostEntry const& entry) {
  for (auto const& other : hosts) {
    if (same_host(other.host, entry.host)) {
      throw Problem{"host '" + entry.host + "' is on line " + std::to_string(other.line) +
                    (other.host == entry.host ? "" : " as '" + other.host + "'") +
                    " already; a host runs one share of the toys: give it a weight= instead"};
    }
  }
  double sum = entry.weight.value_or(0);
  for (auto const& other : hosts) {
    sum += other.weight.value_or(0);
  }
  if (!std::isfinite(sum)) {
    throw Problem{"the weights up to here add up to more than a number can hold"};
  }
}

}  // namespace

std::vector<HostEntry> parse_hosts(std::string_view text, std::string const& file) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) {
    text.remove_prefix(byte_order_mark.size());
  }
  std::vector<HostEntry> hosts;
  for (int line = 1; !text.empty(); ++line) {
    auto const end = text.find('\n');
    auto words = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (words.ends_with('\r')) {
      words.remove_suffix(1);
    }
    try {
      auto entry = parse_line(words);
      if (!entry.host.empty()) {
        entry.line = line;
        check_new(hosts, entry);
        hosts.push_back(std::move(entry));
      }
    } catch (Problem const& problem) {
      throw core::DataError(file + ":" + std::to_string(line), problem.text);
    } catch (core::UsageError const& error) {
      throw core::DataError(file + ":" + std::to_string(line), error.what());
    }
  }
  if (hosts.empty()) {
    throw core::DataError(file, "there is no host in it; write one a line");
  }
  return hosts;
}

std::vector<HostEntry> read_hosts(std::string const& file) {
  return parse_hosts(os::read_file(file), file);
}

bool same_host(std::string_view a, std::string_view b) {
  auto const first = lower(a);
  auto const second = lower(b);
  if (first == second || is_address(first) || is_address(second)) {
    return first == second;
  }
  auto const& [shorter, longer] =
      first.size() < second.size() ? std::tie(first, second) : std::tie(second, first);
  return shorter.find('.') == std::string::npos && longer.starts_with(shorter) &&
         longer[shorter.size()] == '.';
}

bool is_full_name(std::string_view host) {
  return !is_address(host) && host.find('.') != std::string_view::npos;
}

std::string_view without_user(std::string_view target) {
  return target.substr(target.rfind('@') + 1);
}

std::string ssh_target(HostEntry const& host, Login const& defaults) {
  auto const& user = host.user.empty() ? defaults.user : host.user;
  return user.empty() ? host.host : user + "@" + host.host;
}

namespace {

/// Open MPI 4.1 ends at such a host, and asks for no user at all in the place of such a user.
void check_for_open_mpi(HostEntry const& host, std::string const& user) {
  if (host.host.find('_') != std::string::npos) {
    throw core::UsageError("host " + host.host +
                           ": Open MPI takes no '_' in a host's name; use its address");
  }
  if (user.find('.') != std::string::npos) {
    throw core::UsageError("host " + host.host + ": Open MPI loses a user with a '.' ('" + user +
                           "'); name that user in ~/.ssh/config instead");
  }
}

}  // namespace

std::string open_mpi_hostfile(std::vector<HostEntry> const& hosts,
                              Login const& defaults,
                              int slots) {
  std::string text;
  for (auto const& host : hosts) {
    auto const& user = host.user.empty() ? defaults.user : host.user;
    check_for_open_mpi(host, user);
    text += host.host + " slots=" + std::to_string(slots);
    text += user.empty() ? "" : " username=" + user;
    auto const port = host.port ? host.port : defaults.port;
    text += port ? " port=" + std::to_string(*port) : "";
    text += "\n";
  }
  return text;
}

void check_user(std::string_view user, std::string const& where) {
  if (!is_name(user)) {
    throw core::UsageError(where + ": '" + std::string(user) +
                           "' must be letters, digits, '.', '_' and '-', and not start with '-'");
  }
}

}  // namespace toyfarm::hosts
