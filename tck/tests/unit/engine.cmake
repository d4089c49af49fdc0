# SPDX-License-Identifier: Apache-2.0
add_library(engine_fixture STATIC unit/engine_fixture.c unit/engine_scripted.c)
target_include_directories(engine_fixture PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/unit")
target_link_libraries(engine_fixture PUBLIC tck_engine PkgConfig::CMOCKA PRIVATE tck_flags)

add_executable(scripted-user-function unit/engine_scripted_program.c)
set_target_properties(scripted-user-function PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
target_link_libraries(scripted-user-function PRIVATE tck_flags engine_fixture)

foreach(test compile discovery expect ledger pair_blame pair_compile send verdict)
  tck_test(engine_${test}_test SOURCES unit/engine_${test}_test.c LINKS engine_fixture)
endforeach()

tck_test(engine_run_test SOURCES unit/engine_run_test.c LINKS engine_fixture tck_plan
         ENVIRONMENT "TCK_TESTS_BIN=${PROJECT_BINARY_DIR}/tests")
add_dependencies(engine_run_test scripted-user-function)

# In front of the reference backend, with the reference user function behind it.
add_library(engine_pair STATIC unit/engine_pair.c)
target_link_libraries(engine_pair PUBLIC engine_fixture PRIVATE tck_flags)
tck_test(engine_pair_test SOURCES unit/engine_pair_test.c LINKS engine_pair
         ENVIRONMENT "TCK_BIN=${PROJECT_BINARY_DIR}/bin")
add_dependencies(engine_pair_test tck-proxy tck-user-function)

# The seat is tested opposite to the same scripted user function.
foreach(test protocol_client recording)
  tck_test(seat_${test}_test SOURCES unit/seat_${test}_test.c LINKS engine_fixture)
endforeach()
