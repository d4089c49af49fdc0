# SPDX-License-Identifier: Apache-2.0
add_library(judge_replay STATIC unit/judge_replay.c)
target_include_directories(judge_replay PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/unit")
target_link_libraries(judge_replay PUBLIC tck_judge PRIVATE tck_flags)

add_library(judge_fixture STATIC unit/judge_fixture.c)
target_include_directories(judge_fixture PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/unit")
target_link_libraries(judge_fixture PUBLIC judge_replay PkgConfig::CMOCKA PRIVATE tck_flags)

foreach(test stream event_sourced value_entity crdt action commands random catalogue)
  tck_test(judge_${test}_test SOURCES unit/judge_${test}_test.c LINKS judge_fixture)
endforeach()
