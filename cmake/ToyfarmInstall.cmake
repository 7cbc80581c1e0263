include_guard()
include(GNUInstallDirs)
# `cmake --install build/release --prefix P`: both programs, the manual page and completions (written by the program itself), job scripts.
set(folder ${PROJECT_BINARY_DIR}/documents)
set(documents toyfarm.1 toyfarm.bash _toyfarm)
list(TRANSFORM documents PREPEND ${folder}/)
# Leaks are for tests to find, not for a build to stop at.
set(run ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0 $<TARGET_FILE:toyfarm_local>)
add_custom_command(
  OUTPUT ${documents}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
  COMMAND ${run} man > ${folder}/toyfarm.1
  COMMAND ${run} completion bash > ${folder}/toyfarm.bash
  COMMAND ${run} completion zsh > ${folder}/_toyfarm
  DEPENDS toyfarm_local VERBATIM)
add_custom_target(toyfarm_documents ALL DEPENDS ${documents})

# Libraries outside the system's folders are found where they were at build time, but for those of a wheel in the build tree: these come along.
set_target_properties(toyfarm toyfarm_local PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
if(TARGET ArrowWheel::parquet)
  set_target_properties(toyfarm toyfarm_local PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}/toyfarm")
  foreach(library arrow parquet)
    get_target_property(file ArrowWheel::${library} IMPORTED_LOCATION)
    install(FILES ${file} DESTINATION ${CMAKE_INSTALL_LIBDIR}/toyfarm)
  endforeach()
endif()
install(TARGETS toyfarm toyfarm_local)
foreach(program toyfarm toyfarm-local)
  install(FILES ${folder}/toyfarm.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 RENAME ${program}.1)
  install(FILES ${folder}/toyfarm.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ${program})
endforeach()
install(FILES ${folder}/_toyfarm DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/jobscripts DESTINATION ${CMAKE_INSTALL_DATADIR}/toyfarm USE_SOURCE_PERMISSIONS
  PATTERN quickstart.sh EXCLUDE)
