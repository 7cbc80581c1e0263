include_guard()
option(TOYFARM_CONTRACTS "Check contracts at run time" OFF)
set(TOYFARM_SANITIZE "" CACHE STRING "Sanitizers, as in -fsanitize=...")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# -ffp-contract=off: results must not depend on what a compiler fuses.
add_library(toyfarm_flags INTERFACE)
target_compile_options(toyfarm_flags INTERFACE -ffp-contract=off -Wall -Wextra -Wpedantic -Wconversion)
# Of sources that are compiled as one, a name of the first may stand in a function of the second, and GCC takes them for headers.
set(toyfarm_joined $<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>)
target_compile_options(toyfarm_flags INTERFACE
  $<$<NOT:${toyfarm_joined}>:-Wshadow> $<$<AND:${toyfarm_joined},$<CXX_COMPILER_ID:GNU>>:-Wno-subobject-linkage>)
target_compile_definitions(toyfarm_flags INTERFACE JSON_USE_IMPLICIT_CONVERSIONS=0 $<$<BOOL:${TOYFARM_CONTRACTS}>:TOYFARM_CONTRACTS=1>)
if(TOYFARM_SANITIZE)
  target_compile_options(toyfarm_flags INTERFACE -fsanitize=${TOYFARM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(TOYFARM_SANITIZE MATCHES undefined)
    # Checks of every pointer, which double the time to compile; what they would find ASan finds.
    target_compile_options(toyfarm_flags INTERFACE -fno-sanitize=null,alignment,object-size,vptr,pointer-overflow)
  endif()
  target_link_options(toyfarm_flags INTERFACE -fsanitize=${TOYFARM_SANITIZE})
endif()

# For code that takes longer to compile than it ever runs: tests, command lines, documents.
add_library(toyfarm_quick_build INTERFACE)
target_compile_options(toyfarm_quick_build INTERFACE $<$<CONFIG:Release>:-O1>)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
