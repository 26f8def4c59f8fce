# Writes SQL files as C strings: cmake -DOUT=FILE -DFOLDER=DIR -P embed_sql.cmake

set(text "/* Written by cmake/embed_sql.cmake. */\n#include \"store/store_internal.h\"\n\n")
set(rows "")
file(GLOB files ${FOLDER}/*.sql)
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
