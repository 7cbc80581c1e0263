#include "toyfarm/core/sha256.hpp"

#include <gtest/gtest.h>

namespace toyfarm::core {

// The pieces of the text do not show in its digest, wherever the 64-byte blocks and the padding
// fall.
TEST(Sha256, does_not_depend_on_how_the_text_is_cut) {
  for (std::size_t n = 0; n <= 200; ++n) {
    std::string text;
    for (std::size_t i = 0; i < n; ++i) {
      text += static_cast<char>(i * 37 + n);
    }
    auto const whole = sha256_hex(text);
    for (auto const piece : {1UL, 3UL, 55UL, 63UL, 64UL, 65UL}) {
      Sha256 hash;
      for (std::size_t i = 0; i < n; i += piece) {
        hash.update(std::string_view(text).substr(i, piece));
      }
      ASSERT_EQ(hash.hex(), whole) << n << " bytes by " << piece;
    }
  }
}

// Example values published with FIPS 180-4.
TEST(Sha256, gives_the_digests_of_the_standard) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjkl"
                       "mnopqklmnopqrlmnopqrsmnopqrstnopqrstu"),
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace toyfarm::core
