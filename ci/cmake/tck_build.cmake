# SPDX-License-Identifier: Apache-2.0
# How every target of the project is built: language, warnings, sanitizers, and the helpers tck_room() and tck_test().

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")

option(TCK_WERROR "Warnings are errors" ON)
set(TCK_SANITIZE "" CACHE STRING "Value for -fsanitize=, for example address,undefined or thread")

find_program(TCK_CCACHE ccache)
if(TCK_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER "${TCK_CCACHE}")
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(GRPC REQUIRED IMPORTED_TARGET grpc>=1.51)
pkg_check_modules(PROTOBUF_C REQUIRED IMPORTED_TARGET libprotobuf-c>=1.4)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.14)
pkg_check_modules(XML REQUIRED IMPORTED_TARGET libxml-2.0)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.37)
pkg_check_modules(POSTGRES REQUIRED IMPORTED_TARGET libpq>=14)
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET openssl>=3.0)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd>=0.9.75)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.85) # a client of HTTP, in the kit and in tests
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
find_program(TCK_PROTOC protoc REQUIRED)
find_program(TCK_PROTOC_C protoc-c REQUIRED)

# Flags for our own code; generated code is compiled without them (target tck_proto).
add_library(tck_flags INTERFACE)
target_compile_definitions(tck_flags INTERFACE _GNU_SOURCE)
target_compile_options(tck_flags INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla
  -Wpointer-arith -Wwrite-strings -Wformat=2 -Wundef -fno-common -fstack-protector-strong)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  # Outputs are set when the status is 0 and untouched when it is negative; GCC's flow analysis cannot know that. Texts of
  # fixed size are cut on purpose.
  target_compile_options(tck_flags INTERFACE -Wno-maybe-uninitialized -Wno-format-truncation)
endif()
if(TCK_WERROR)
  target_compile_options(tck_flags INTERFACE -Werror)
endif()
if(TCK_SANITIZE)
  add_compile_options(-fsanitize=${TCK_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TCK_SANITIZE})
  if(TCK_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()

# tck_room(NAME SOURCES a.c b.c LINKS room1 room2) — one room of the project as a static library.
# Headers are included by their path below tck/ or fixtures/ ("wire/pool.h"). A room may include what it links;
# the test `rooms_include_only_what_they_link` (ci/check-rooms.py) fails otherwise.
function(tck_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${ROOM_SOURCES})
  target_include_directories(${name} PUBLIC "${PROJECT_SOURCE_DIR}/tck")
  target_link_libraries(${name} PUBLIC ${ROOM_LINKS} PRIVATE tck_flags)
endfunction()

# What a sanitized program needs to know; for every test, also those that add_test() adds. A list of NAME=value.
set(TCK_SANITIZER_ENVIRONMENT "")
if(TCK_SANITIZE MATCHES "thread")
  list(APPEND TCK_SANITIZER_ENVIRONMENT
    "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/ci/sanitizers/tsan.supp history_size=7")
endif()
if(TCK_SANITIZE MATCHES "address")
  list(APPEND TCK_SANITIZER_ENVIRONMENT
    "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/ci/sanitizers/lsan.supp print_suppressions=0")
endif()

# tck_test(NAME SOURCES x_test.c LINKS ... [LABELS ...] [ENVIRONMENT ...]) — one cmocka program, one ctest entry.
function(tck_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;LINKS;LABELS;ENVIRONMENT" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tck/tests/unit")
  target_link_libraries(${name} PRIVATE tck_flags ${TEST_LINKS} PkgConfig::CMOCKA)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${TEST_TIMEOUT} LABELS "${TEST_LABELS}"
                       ENVIRONMENT "${TCK_SANITIZER_ENVIRONMENT};${TEST_ENVIRONMENT}")
endfunction()

# tck_embed(TARGET SYMBOL FILE) — puts a file into a target as `const unsigned char SYMBOL[]` and `const size_t SYMBOL_size`.
function(tck_embed target symbol file)
  set(assembly "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S")
  file(CONFIGURE OUTPUT "${assembly}" CONTENT [[
    .section .rodata
    .global @symbol@
    .balign 16
@symbol@:
    .incbin "@file@"
1:
    .byte 0
    .balign 8
    .global @symbol@_size
@symbol@_size:
    .quad 1b - @symbol@
    .section .note.GNU-stack,"",%progbits
]] @ONLY)
  set_property(SOURCE "${assembly}" APPEND PROPERTY OBJECT_DEPENDS "${file}")
  target_sources(${target} PRIVATE "${assembly}")
endfunction()
