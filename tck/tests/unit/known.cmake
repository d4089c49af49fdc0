# SPDX-License-Identifier: Apache-2.0
add_library(known_fixture STATIC unit/known_fixture.c)
target_include_directories(known_fixture PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/unit")
target_link_libraries(known_fixture PUBLIC tck_known PkgConfig::CMOCKA PRIVATE tck_flags)
foreach(subject list audit)
  tck_test(known_${subject}_test SOURCES unit/known_${subject}_test.c LINKS known_fixture LABELS unit)
endforeach()
tck_test(known_update_test SOURCES unit/known_update_test.c unit/history_fixture.c LINKS known_fixture LABELS unit)
