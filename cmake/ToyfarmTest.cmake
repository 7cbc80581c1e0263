include_guard()
# Registration of tests. Every test gets TOYFARM_SOURCE_DIR; TOYFARM_SHARED reaches it from ctest's own environment.
find_package(GTest QUIET)
if(NOT GTest_FOUND)
  message(FATAL_ERROR "tests need GoogleTest: run bash cmake/install-deps.sh --test, or configure with -DBUILD_TESTING=OFF")
endif()

toyfarm_parsed_set(tests LINK toyfarm_quick_build GTest::gtest HEADERS <random> <gtest/gtest.h>)
if(TOYFARM_PARSE_ONCE)
  set_target_properties(toyfarm_parsed_tests PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(toyfarm_parsed_tests PRIVATE ${CMAKE_CXX_COMPILE_OPTIONS_PIE})  # as executables have it
endif()

# The tests that CI runs under ASan and UBSan, also those with the label "sanitized".
add_custom_target(toyfarm_sanitized_tests)

set(TOYFARM_MPI_ENVIRONMENT
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
  OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,vader OMPI_MCA_odls_base_sigkill_timeout=0)

# toyfarm_test_name(<room/thing.test.cpp> <out: room/thing> <out: test_room_thing>)
function(toyfarm_test_name source name_out exe_out)
  string(REGEX REPLACE "\\.test\\.cpp$" "" name "${source}")
  string(REPLACE "/" "_" exe "test_${name}")
  set(${name_out} ${name} PARENT_SCOPE)
  set(${exe_out} ${exe} PARENT_SCOPE)
endfunction()

# toyfarm_add_test(<room/thing.test.cpp> LINK <targets> [TIMEOUT s] [LABEL quick|long])
# A single-process GoogleTest executable, one ctest entry.
function(toyfarm_add_test source)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT;LABEL" "LINK")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_LINK)
    message(FATAL_ERROR "toyfarm_add_test(${source}): LINK is required; unknown: '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(NOT arg_LABEL)
    set(arg_LABEL quick)
  endif()
  toyfarm_test_name(${source} name exe)
  add_executable(${exe} ${PROJECT_SOURCE_DIR}/tests/${source})
  target_link_libraries(${exe} PRIVATE toyfarm_flags toyfarm_quick_build ${arg_LINK} GTest::gtest GTest::gtest_main)
  toyfarm_uses_parsed(${exe} tests)
  target_include_directories(${exe} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  add_test(NAME ${name} COMMAND ${exe})
  # Whole studies and runs repeat, slower, what the rooms below them are tested for.
  if(arg_LABEL STREQUAL quick AND NOT arg_LINK MATCHES "toyfarm::(study|run|app)")
    list(APPEND arg_LABEL sanitized)
    add_dependencies(toyfarm_sanitized_tests ${exe})
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABEL}" ENVIRONMENT "TOYFARM_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
endfunction()

# toyfarm_add_mpi_test(<room/thing.test.cpp> RANKS <counts> LINK <targets> [TIMEOUT s] [THREADS n])
# The same executable once per rank count; needs target toyfarm_test_main (tests/support/mpi_main.cpp).
function(toyfarm_add_mpi_test source)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT;THREADS" "RANKS;LINK")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_RANKS)
    message(FATAL_ERROR "toyfarm_add_mpi_test(${source}): RANKS is required; unknown: '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  if(NOT arg_THREADS)
    set(arg_THREADS 1)
  endif()
  toyfarm_test_name(${source} name exe)
  add_executable(${exe} ${PROJECT_SOURCE_DIR}/tests/${source})
  target_link_libraries(${exe} PRIVATE toyfarm_flags toyfarm_quick_build toyfarm_test_main ${arg_LINK})
  toyfarm_uses_parsed(${exe} tests)
  target_include_directories(${exe} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  foreach(ranks IN LISTS arg_RANKS)
    set(test "${name}/np${ranks}")
    math(EXPR slots "${ranks} * ${arg_THREADS}")
    add_test(NAME ${test}
      COMMAND ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${ranks} ${MPIEXEC_PREFLAGS}
              $<TARGET_FILE:${exe}> ${MPIEXEC_POSTFLAGS} --ranks=${ranks})
    set_tests_properties(${test} PROPERTIES PROCESSORS ${slots} TIMEOUT ${arg_TIMEOUT} LABELS "mpi;np${ranks}"
      ENVIRONMENT "${TOYFARM_MPI_ENVIRONMENT};OMP_NUM_THREADS=${arg_THREADS};TOYFARM_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
  endforeach()
endfunction()

# toyfarm_add_cli_test(<name> SCRIPT <tests/cli/x.sh> [LABEL cli|long] [TIMEOUT s] [PROCESSORS n] [ALONE])
# A bash script that runs the real binary: $TOYFARM is its path, $TOYFARM_LOCAL that of the one without MPI, $TOYFARM_SOURCE_DIR the source tree, $TOYFARM_MPIEXEC the launcher.
# It starts in an empty folder of its own. Exit 77 means skipped, any other but 0 failed. ALONE: no other test runs meanwhile.
function(toyfarm_add_cli_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "ALONE" "SCRIPT;LABEL;TIMEOUT;PROCESSORS" "")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SCRIPT)
    message(FATAL_ERROR "toyfarm_add_cli_test(${name}): SCRIPT is required; unknown: '${arg_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT EXISTS ${PROJECT_SOURCE_DIR}/${arg_SCRIPT})
    message(FATAL_ERROR "toyfarm_add_cli_test(${name}): no file ${PROJECT_SOURCE_DIR}/${arg_SCRIPT}")
  endif()
  if(NOT arg_LABEL)
    set(arg_LABEL cli)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(NOT arg_PROCESSORS)
    set(arg_PROCESSORS 1)
  endif()
  string(REPLACE "/" "_" folder "${name}")
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${folder}.run)
  add_test(NAME ${name}
    COMMAND bash -c "rm -rf \"$2\" && mkdir -p \"$2\" && cd \"$2\" && exec bash \"$1\"" cli-test ${PROJECT_SOURCE_DIR}/${arg_SCRIPT} ${folder})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS ${arg_LABEL} PROCESSORS ${arg_PROCESSORS} RUN_SERIAL ${arg_ALONE} SKIP_RETURN_CODE 77
    ENVIRONMENT "${TOYFARM_MPI_ENVIRONMENT};TOYFARM=$<TARGET_FILE:toyfarm>;TOYFARM_LOCAL=$<TARGET_FILE:toyfarm_local>;TOYFARM_MPIEXEC=${MPIEXEC_EXECUTABLE};TOYFARM_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
endfunction()
