# Writes SQL files as C strings: cmake -DOUT=FILE -DFOLDER=DIR -P embed_sql.cmake

set(text "/* Written by cmake/embed_sql.cmake. */\n#include \"store/store_internal.h\"\n\n")
set(rows "")
file(GLOB files ${FOLDER}/*.sql)

# A migration is found by its number: two of one number, or a number that is left out, would leave
# what stands behind it unapplied.
foreach(dialect sqlite postgresql)
  file(GLOB migrations RELATIVE ${FOLDER} ${FOLDER}/0*.${dialect}.sql)
  list(SORT migrations)
  set(wanted 0)
  foreach(file ${migrations})
    math(EXPR wanted "${wanted} + 1")
    string(REGEX MATCH "^0*([1-9][0-9]*)_" number ${file})
    if(NOT CMAKE_MATCH_1 STREQUAL wanted)
      message(FATAL_ERROR "${file}: the next migration of ${dialect} has the number ${wanted}")
    endif()
  endforeach()
endforeach()
list(SORT files)
set(number 0)
foreach(file ${files})
  get_filename_component(name ${file} NAME)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(................................)" "\\1\n    " hex ${hex})
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex ${hex})
  string(APPEND text "static const char file_${number}[] = {\n    ${hex} 0};\n\n")
  string(APPEND rows "    {\"${name}\", file_${number}, sizeof(file_${number}) - 1},\n")
  math(EXPR number "${number} + 1")
endforeach()
string(APPEND text "const struct store_sql_file store_sql_files[] = {\n${rows}};\n\n"
  "const size_t store_sql_files_count = ${number};\n")
file(WRITE ${OUT} "${text}")
