# A shared library for others' programs: the objects of one room, linked with what stands above it,
# of which only the functions named PREFIX* can be seen. `make install` puts it in place with its
# header include/headroom/HEADER, its manual pages and NAME.pc for pkg-config.
#   headroom_library(headroom-dmn ROOM dmn PREFIX hr_dmn_ HEADER dmn.h MAN hr_dmn.3)
function(headroom_library name)
  cmake_parse_arguments(LIBRARY "" "ROOM;PREFIX;HEADER" "MAN" ${ARGN})
  file(WRITE ${CMAKE_BINARY_DIR}/${name}.map "{ global: ${LIBRARY_PREFIX}*; local: *; };\n")
  get_target_property(rooms ${LIBRARY_ROOM} LINK_LIBRARIES)
  add_library(${name} SHARED $<TARGET_OBJECTS:${LIBRARY_ROOM}>)
  set_target_properties(${name} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0 LINKER_LANGUAGE C
                        LINK_DEPENDS ${CMAKE_BINARY_DIR}/${name}.map)
  target_link_libraries(${name} PRIVATE ${rooms})
  target_link_options(${name} PRIVATE -Wl,--version-script=${CMAKE_BINARY_DIR}/${name}.map
                      -Wl,--as-needed)
  install(TARGETS ${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(FILES include/headroom/${LIBRARY_HEADER}
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/headroom)
  foreach(page ${LIBRARY_MAN})
    install(FILES man/${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
  endforeach()
  # The prefix is known when it is installed, as in `make install prefix=/usr`.
  install(CODE "
    set(CMAKE_INSTALL_LIBDIR ${CMAKE_INSTALL_LIBDIR})
    set(CMAKE_INSTALL_INCLUDEDIR ${CMAKE_INSTALL_INCLUDEDIR})
    set(PROJECT_VERSION ${PROJECT_VERSION})
    configure_file(${CMAKE_SOURCE_DIR}/packaging/${name}.pc.in
                   ${CMAKE_BINARY_DIR}/${name}.pc @ONLY)
    file(INSTALL ${CMAKE_BINARY_DIR}/${name}.pc
         DESTINATION \${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig)")
endfunction()
