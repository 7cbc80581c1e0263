#include "toyfarm/hosts/addresses.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

namespace toyfarm::hosts {
namespace {

/// As text; empty for an address of another kind, or one that any host could have.
std::string text_of(sockaddr const* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address->sa_family == AF_INET) {
    auto const& ip = reinterpret_cast<sockaddr_in const*>(address)->sin_addr;
    constexpr unsigned loopback = 127;
    constexpr unsigned byte = 24;
    return ntohl(ip.s_addr) >> byte == loopback ? ""
                                                : inet_ntop(AF_INET, &ip, text.data(), text.size());
  }
  if (address->sa_family == AF_INET6) {
    auto const& ip = reinterpret_cast<sockaddr_in6 const*>(address)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(&ip) || IN6_IS_ADDR_LINKLOCAL(&ip)
               ? ""
               : inet_ntop(AF_INET6, &ip, text.data(), text.size());
  }
  return "";
}

void add_new(std::vector<std::string>& addresses, std::string const& text) {
  if (!text.empty() && std::ranges::find(addresses, text) == addresses.end()) {
    addresses.push_back(text);
  }
}

}  // namespace

std::vector<std::string> own_addresses() {
  ifaddrs* raw = nullptr;
  if (getifaddrs(&raw) != 0) {
    return {};
  }
  std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> const first(raw, &freeifaddrs);
  std::vector<std::string> addresses;
  for (auto const* entry = raw; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr != nullptr) {
      add_new(addresses, text_of(entry->ifa_addr));
    }
  }
  return addresses;
}

std::vector<std::string> addresses_of(std::string const& name) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;  // else every address comes once per kind of socket
  addrinfo* raw = nullptr;
  if (getaddrinfo(name.c_str(), nullptr, &wanted, &raw) != 0) {
    return {};
  }
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> const first(raw, &freeaddrinfo);
  std::vector<std::string> addresses;
  for (auto const* entry = raw; entry != nullptr; entry = entry->ai_next) {
    add_new(addresses, text_of(entry->ai_addr));
  }
  return addresses;
}

}  // namespace toyfarm::hosts
