# Writes the files of the page as C: cmake -DOUT=FILE -DFOLDER=DIR -P embed.cmake
# The name index.html is served at "/", every other at "/NAME".

set(text "/* Written by cmake/embed.cmake. */\n#include \"api/api_page_files.h\"\n\n")
set(rows "")
set(types_html "text/html; charset=utf-8")
set(types_css "text/css; charset=utf-8")
set(types_js "text/javascript; charset=utf-8")
set(types_svg "image/svg+xml")
file(GLOB files ${FOLDER}/*)
set(number 0)
foreach(file ${files})
  get_filename_component(name ${file} NAME)
  get_filename_component(extension ${file} LAST_EXT)
  string(SUBSTRING ${extension} 1 -1 extension)
  file(READ ${file} hex HEX)
  file(SHA256 ${file} digest)
  string(SUBSTRING ${digest} 0 16 tag)
  string(REGEX REPLACE "(................................)" "\\1\n    " hex ${hex})
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex ${hex})
  set(path "/${name}")
  if(name STREQUAL "index.html")
    set(path "/")
  endif()
  string(APPEND text "static const unsigned char file_${number}[] = {\n    ${hex}\n};\n\n")
  string(APPEND rows "    {\"${path}\",\n     {{\"${types_${extension}}\", "
    "sizeof(\"${types_${extension}}\") - 1},\n"
    "      {(const char *)file_${number}, sizeof(file_${number})},\n"
    "      {\"\\\"${tag}\\\"\", 18}}},\n")
  math(EXPR number "${number} + 1")
endforeach()
string(APPEND text "const struct api_page_file api_page_files[] = {\n${rows}};\n\n"
  "const size_t api_page_files_count = ${number};\n")
file(WRITE ${OUT} "${text}")
