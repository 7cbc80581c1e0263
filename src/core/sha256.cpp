#include "toyfarm/core/sha256.hpp"

#include <array>

#include <openssl/evp.h>

#include "toyfarm/core/error.hpp"

namespace toyfarm::core {

struct Sha256::Context {
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  bool has_failed = false;

  Context() = default;
  Context(Context const&) = delete;
  Context& operator=(Context const&) = delete;
  ~Context() { EVP_MD_CTX_free(digest); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  if (EVP_DigestInit_ex(context_->digest, EVP_sha256(), nullptr) != 1) {
    throw RuntimeFailure(ExitCode::internal, "libcrypto offers no SHA-256");
  }
}

Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::span<std::byte const> bytes) noexcept {
  if (EVP_DigestUpdate(context_->digest, bytes.data(), bytes.size()) != 1) {
    context_->has_failed = true;
  }
}

std::string Sha256::hex() {
  std::array<unsigned char, 32> digest{};
  if (context_->has_failed || EVP_DigestFinal_ex(context_->digest, digest.data(), nullptr) != 1) {
    throw RuntimeFailure(ExitCode::internal, "libcrypto cannot compute a SHA-256");
  }
  std::string text;
  for (auto const byte : digest) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

}  // namespace toyfarm::core
