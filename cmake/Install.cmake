# An installed cleave: `find_package(cleave)` gives cleave::cleave.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cleave)

install(TARGETS cleave EXPORT cleaveTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS cleave_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS cleave-onnx cleave-execution LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/cleave)
install(DIRECTORY include/cleave DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT cleaveTargets NAMESPACE cleave:: DESTINATION ${package_dir})
configure_package_config_file(cmake/cleaveConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/cleaveConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/cleaveConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/cleaveConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/cleaveConfigVersion.cmake
  cmake/FindGLPK.cmake DESTINATION ${package_dir})
