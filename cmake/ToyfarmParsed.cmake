include_guard()
# Headers of others parsed once for all sources with the same flags, which spares a fifth to two fifths of the time to compile. Off unless asked for: with them
# GCC 12 warns of sound strings (-Warray-bounds), and sources no longer show what they forgot to include. No header of a room is among them.
option(TOYFARM_PARSE_ONCE "Precompile the headers of other libraries" OFF)
set(TOYFARM_STANDARD_HEADERS
  <algorithm> <array> <chrono> <cmath> <cstdint> <filesystem> <fstream> <functional> <limits> <map> <memory> <numeric> <optional> <set> <span> <sstream>
  <string> <string_view> <utility> <vector>)
if(TOYFARM_PARSE_ONCE AND CCACHE_PROGRAM)
  # ccache cannot see whether the headers use macros of the source or the time of day. They do not.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
endif()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/parsed.cpp CONTENT "")

# toyfarm_parsed_set(<name> [LINK <targets with its flags>] [HEADERS <besides those of the standard library>])
function(toyfarm_parsed_set name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK;HEADERS")
  if(TOYFARM_PARSE_ONCE)
    add_library(toyfarm_parsed_${name} OBJECT ${PROJECT_BINARY_DIR}/parsed.cpp)
    target_link_libraries(toyfarm_parsed_${name} PRIVATE toyfarm_flags ${arg_LINK})
    target_precompile_headers(toyfarm_parsed_${name} PRIVATE ${TOYFARM_STANDARD_HEADERS} ${arg_HEADERS})
  endif()
endfunction()

# toyfarm_uses_parsed(<target> <set>)
function(toyfarm_uses_parsed target name)
  if(TOYFARM_PARSE_ONCE)
    target_precompile_headers(${target} REUSE_FROM toyfarm_parsed_${name})
  endif()
endfunction()
