# SPDX-License-Identifier: Apache-2.0
# tck_fuzz(NAME LINKS room…) — a fuzz target: tests/fuzz/NAME_fuzz.c, which defines LLVMFuzzerTestOneInput().
#
# In every build it is an ordinary test that replays corpus/NAME (seeds, and what once broke something). With -DTCK_FUZZ=ON
# and clang it is a libFuzzer program too:
#     tests/wire_yaml_fuzz -max_total_time=300 some-folder tck/tests/fuzz/corpus/wire_yaml
include_guard()

option(TCK_FUZZ "libFuzzer targets (needs clang and -fsanitize=fuzzer-no-link in the flags)" OFF)

function(tck_fuzz name)
  cmake_parse_arguments(FUZZ "" "" "LINKS" ${ARGN})
  set(corpus "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${name}")
  add_executable(${name}_fuzz "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/${name}_fuzz.c")
  set_target_properties(${name}_fuzz PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  target_link_libraries(${name}_fuzz PRIVATE tck_flags ${FUZZ_LINKS})
  if(TCK_FUZZ)
    target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
    add_test(NAME ${name}_fuzz COMMAND ${name}_fuzz -runs=0 "${corpus}")
  else()
    target_sources(${name}_fuzz PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/fuzz_replay.c")
    add_test(NAME ${name}_fuzz COMMAND ${name}_fuzz "${corpus}")
  endif()
  set_tests_properties(${name}_fuzz PROPERTIES TIMEOUT 120 LABELS fuzz)
endfunction()
