# SPDX-License-Identifier: Apache-2.0
# The scenario language, its files, and plans over them.
add_library(spec_fixture STATIC unit/spec_fixture.c)
target_include_directories(spec_fixture PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/unit")
target_link_libraries(spec_fixture PUBLIC tck_spec PkgConfig::CMOCKA PRIVATE tck_flags)

foreach(subject step step_mistakes suite suite_mistakes)
  tck_test(spec_${subject}_test SOURCES unit/spec_${subject}_test.c LINKS spec_fixture LABELS unit)
endforeach()
