include_guard()
option(TOYFARM_CONTRACTS "Check contracts at run time" OFF)
set(TOYFARM_SANITIZE "" CACHE STRING "Sanitizers, as in -fsanitize=...")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# -ffp-contract=off: results must not depend on what a compiler fuses.
add_library(toyfarm_flags INTERFACE)
target_compile_options(toyfarm_flags INTERFACE -ffp-contract=off -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
target_compile_definitions(toyfarm_flags INTERFACE JSON_USE_IMPLICIT_CONVERSIONS=0 $<$<BOOL:${TOYFARM_CONTRACTS}>:TOYFARM_CONTRACTS=1>)
if(TOYFARM_SANITIZE)
  target_compile_options(toyfarm_flags INTERFACE -fsanitize=${TOYFARM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(toyfarm_flags INTERFACE -fsanitize=${TOYFARM_SANITIZE})
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
