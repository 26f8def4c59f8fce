# A shared library for others' programs: the objects of one room, linked with what stands above it,
# of which only the functions named PREFIX* can be seen. `make install` puts it in place with its
# header include/headroom/HEADER, its manual pages and NAME.pc for pkg-config. OUTPUT names the library
# where a target has that name already; with STATIC there is an archive of it too.
#   headroom_library(headroom-dmn ROOM dmn PREFIX hr_dmn_ HEADER dmn.h MAN hr_dmn.3)
function(headroom_library name)
  cmake_parse_arguments(LIBRARY "STATIC" "ROOM;PREFIX;HEADER;OUTPUT" "MAN" ${ARGN})
  if(NOT LIBRARY_OUTPUT)
    set(LIBRARY_OUTPUT ${name})
  endif()
  file(WRITE ${CMAKE_BINARY_DIR}/${name}.map "{ global: ${LIBRARY_PREFIX}*; local: *; };\n")
  get_target_property(rooms ${LIBRARY_ROOM} LINK_LIBRARIES)
  add_library(${name} SHARED $<TARGET_OBJECTS:${LIBRARY_ROOM}>)
  set_target_properties(${name} PROPERTIES OUTPUT_NAME ${LIBRARY_OUTPUT} VERSION ${PROJECT_VERSION} SOVERSION 0 LINKER_LANGUAGE C
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
    configure_file(${CMAKE_SOURCE_DIR}/packaging/${LIBRARY_OUTPUT}.pc.in
                   ${CMAKE_BINARY_DIR}/${LIBRARY_OUTPUT}.pc @ONLY)
    file(INSTALL ${CMAKE_BINARY_DIR}/${LIBRARY_OUTPUT}.pc
         DESTINATION \${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig)")
  if(LIBRARY_STATIC)
    headroom_archive(${name} ${LIBRARY_ROOM} ${LIBRARY_PREFIX} ${LIBRARY_OUTPUT})
  endif()
endfunction()

# An archive cannot hide names, but one object that was linked before can: the room with what it needs of the
# rooms above it, of which only PREFIX* stays global. Outside libraries are for whoever links it.
function(headroom_archive name room prefix output)
  set(archive ${CMAKE_CURRENT_BINARY_DIR}/lib${output}.a)
  set(whole ${CMAKE_CURRENT_BINARY_DIR}/${output}-whole.o)
  get_target_property(rooms ${room} LINK_LIBRARIES)
  set(above "")
  foreach(library ${rooms})
    if(library IN_LIST HEADROOM_ROOMS)
      list(APPEND above $<TARGET_FILE:${library}>)
    endif()
  endforeach()
  add_custom_command(
    OUTPUT ${archive}
    COMMAND ${CMAKE_LINKER} -r -o ${whole} $<TARGET_OBJECTS:${room}> ${above}
    COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=${prefix}* ${whole}
    COMMAND ${CMAKE_COMMAND} -E rm -f ${archive}
    COMMAND ${CMAKE_AR} rcs ${archive} ${whole}
    DEPENDS ${room} ${above} $<TARGET_OBJECTS:${room}>
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(${name}-static ALL DEPENDS ${archive})
  install(FILES ${archive} DESTINATION ${CMAKE_INSTALL_LIBDIR})
endfunction()
