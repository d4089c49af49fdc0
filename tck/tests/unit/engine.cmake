# SPDX-License-Identifier: Apache-2.0
add_library(engine_fixture STATIC unit/engine_fixture.c)
target_include_directories(engine_fixture PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/unit")
target_link_libraries(engine_fixture PUBLIC tck_engine PkgConfig::CMOCKA PRIVATE tck_flags)

foreach(test compile expect send verdict)
  tck_test(engine_${test}_test SOURCES unit/engine_${test}_test.c LINKS engine_fixture)
endforeach()
