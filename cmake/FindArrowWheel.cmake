# Arrow and Parquet out of the pyarrow wheel that TOYFARM_PYTHON can import (default: the
# environment variable of that name, or else the venv that cmake/install-deps.sh makes).
# Defines ArrowWheel::arrow and ArrowWheel::parquet.
include(FindPackageHandleStandardArgs)
set(default_python "${PROJECT_SOURCE_DIR}/build/venv/bin/python")
if(DEFINED ENV{TOYFARM_PYTHON})
  set(default_python "$ENV{TOYFARM_PYTHON}")
endif()
set(TOYFARM_PYTHON "${default_python}" CACHE FILEPATH "Python that can import pyarrow")
execute_process(
  COMMAND ${TOYFARM_PYTHON} -c "import importlib.util as u,os;print(os.path.dirname(u.find_spec('pyarrow').origin))"
  OUTPUT_VARIABLE ArrowWheel_DIR OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(EXISTS "${ArrowWheel_DIR}/include/arrow/util/config.h")
  file(STRINGS "${ArrowWheel_DIR}/include/arrow/util/config.h" arrow_config REGEX "ARROW_(SO_VERSION|VERSION_STRING) ")
  string(REGEX MATCH "ARROW_VERSION_STRING \"([^\"]+)" _ "${arrow_config}")
  set(ArrowWheel_VERSION ${CMAKE_MATCH_1})
  string(REGEX MATCH "ARROW_SO_VERSION \"([^\"]+)" _ "${arrow_config}")
  set(ArrowWheel_SO ${CMAKE_MATCH_1})
endif()
find_package_handle_standard_args(ArrowWheel REQUIRED_VARS ArrowWheel_SO VERSION_VAR ArrowWheel_VERSION
  REASON_FAILURE_MESSAGE "no Parquet CMake package and no pyarrow in ${TOYFARM_PYTHON}, run bash cmake/install-deps.sh")
if(ArrowWheel_FOUND AND NOT TARGET ArrowWheel::parquet)
  foreach(library arrow parquet)
    add_library(ArrowWheel::${library} SHARED IMPORTED)
    set_target_properties(ArrowWheel::${library} PROPERTIES
      IMPORTED_LOCATION "${ArrowWheel_DIR}/lib${library}.so.${ArrowWheel_SO}"
      IMPORTED_SONAME "lib${library}.so.${ArrowWheel_SO}"
      INTERFACE_INCLUDE_DIRECTORIES "${ArrowWheel_DIR}/include")
  endforeach()
  set_property(TARGET ArrowWheel::parquet PROPERTY INTERFACE_LINK_LIBRARIES ArrowWheel::arrow)
endif()
