#pragma once

// 1 where a sanitizer counts allocations and reserves terabytes of the address space for itself.
// GCC's macros come first, since GoogleTest defines __has_feature for compilers that lack it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TOYFARM_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TOYFARM_IS_SANITIZED 1
#endif
#endif
#ifndef TOYFARM_IS_SANITIZED
#define TOYFARM_IS_SANITIZED 0
#endif
