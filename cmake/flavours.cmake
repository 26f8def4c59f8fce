# Compiler and linker flags: one set of warnings for everybody, and one block a flavour.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g")
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_compile_definitions(_GNU_SOURCE)
add_compile_options(
  -Wall -Wextra -Wconversion -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes
  -Wpointer-arith -Wundef -Wformat=2 -Wimplicit-fallthrough -Wwrite-strings -Werror
  -fno-omit-frame-pointer -fno-common
  # __FILE__ in a failed check names the file as the repository knows it.
  -fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
  add_compile_options(-Wno-string-conversion) # check(!"no such value") is meant
endif()
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  add_compile_options(-march=x86-64-v2) # any server since 2009; never the build machine's own
endif()

if(HEADROOM_FLAVOUR STREQUAL "asan")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
elseif(HEADROOM_FLAVOUR STREQUAL "fuzz")
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "the fuzz targets need clang: cmake --preset fuzz")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
elseif(HEADROOM_FLAVOUR STREQUAL "coverage")
  add_compile_options(--coverage -O0 -fprofile-update=atomic)
  add_link_options(--coverage)
elseif(HEADROOM_FLAVOUR STREQUAL "release")
  # The OpenSSF compiler hardening guide, as far as gcc 12 takes it.
  add_compile_options(
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection
    -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks -fno-strict-overflow
    -fno-strict-aliasing -Wformat-security -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    add_compile_options(-fcf-protection=full)
  endif()
  add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed)
elseif(NOT HEADROOM_FLAVOUR STREQUAL "default")
  message(FATAL_ERROR "no such flavour: ${HEADROOM_FLAVOUR}")
endif()
