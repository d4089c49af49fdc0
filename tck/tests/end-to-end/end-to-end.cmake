# SPDX-License-Identifier: Apache-2.0
# Tests that run the programs as a user would. They find them through TCK_BIN and TCK_TESTS_BIN.
set(here "${CMAKE_CURRENT_LIST_DIR}")

add_executable(tck-hostile-candidate "${here}/hostile_candidate.c")
set_target_properties(tck-hostile-candidate PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
target_link_libraries(tck-hostile-candidate PRIVATE tck_flags tck_transport tck_proto)

foreach(subject command_line history run known robustness interruption pair pause trace disturbance)
  tck_test(end_to_end_${subject}_test SOURCES "${here}/${subject}_test.c" "${here}/program.c"
    LINKS tck_base PkgConfig::XML PkgConfig::JANSSON LABELS end-to-end TIMEOUT 300
    ENVIRONMENT "TCK_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}" "TCK_TESTS_BIN=${PROJECT_BINARY_DIR}/tests")
  add_dependencies(end_to_end_${subject}_test tck tck-user-function tck-user-function-mutant tck-proxy
                   tck-hostile-candidate)
endforeach()

find_program(TCK_PYTHON python3)
if(TCK_PYTHON)
  # What the program prints and writes, against the schemas that are promised for it.
  add_test(NAME reports_keep_their_schemas
    COMMAND "${TCK_PYTHON}" "${here}/check_schemas.py" "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/tck" "${PROJECT_SOURCE_DIR}/reports"
            "${PROJECT_BINARY_DIR}/tests/tck-hostile-candidate")
  set_tests_properties(reports_keep_their_schemas PROPERTIES TIMEOUT 120 LABELS end-to-end
    ENVIRONMENT "${TCK_SANITIZER_ENVIRONMENT}")
  add_test(NAME rooms_include_only_what_they_link
    COMMAND "${TCK_PYTHON}" "${PROJECT_SOURCE_DIR}/ci/check-rooms.py" "${PROJECT_SOURCE_DIR}")
  set_tests_properties(rooms_include_only_what_they_link PROPERTIES LABELS format)
endif()
find_program(TCK_CLANG_FORMAT clang-format)
if(TCK_CLANG_FORMAT)
  add_test(NAME sources_are_laid_out_as_clang_format_says
    COMMAND "${PROJECT_SOURCE_DIR}/ci/check-format.sh" "${PROJECT_SOURCE_DIR}")
  set_tests_properties(sources_are_laid_out_as_clang_format_says PROPERTIES LABELS format)
endif()

# Sanitizers have nothing to add here, and a hundred starts under them take long.
if(TCK_PYTHON AND NOT TCK_SANITIZE)
  add_test(NAME mutants_are_caught_by_their_scenarios
    COMMAND "${TCK_PYTHON}" -B "${here}/check_mutants.py" "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/tck" "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/tck-user-function-mutant"
            "${here}/mutants.tsv")
  set_tests_properties(mutants_are_caught_by_their_scenarios PROPERTIES TIMEOUT 300 LABELS mutants)
  add_test(NAME scenarios_of_pairs_blame_the_mutant_and_not_the_proxy
    COMMAND "${TCK_PYTHON}" -B "${here}/check_mutants.py" "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/tck" "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/tck-user-function-mutant"
            --blame)
  set_tests_properties(scenarios_of_pairs_blame_the_mutant_and_not_the_proxy PROPERTIES TIMEOUT 300 LABELS mutants)
  add_test(NAME faulty_pairs_are_caught_with_the_rule_and_the_side_named
    COMMAND "${TCK_PYTHON}" -B "${here}/check_faulty_pairs.py" "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/tck"
            "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/tck-proxy-mutant" "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/tck-user-function-mutant"
            "${here}/faulty-pairs.tsv")
  set_tests_properties(faulty_pairs_are_caught_with_the_rule_and_the_side_named PROPERTIES TIMEOUT 300 LABELS mutants)
endif()

# What runs before, beside and after a scenario changes no verdict. Sanitized programs do a part of it.
if(TCK_PYTHON)
  set(how_much "")
  if(TCK_SANITIZE)
    set(how_much --some)
  endif()
  add_test(NAME verdicts_are_the_same_in_order_shuffled_parallel_and_alone
    COMMAND "${TCK_PYTHON}" "${here}/check_agreement.py" "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/tck"
            "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/tck-user-function-mutant" ${how_much})
  set_tests_properties(verdicts_are_the_same_in_order_shuffled_parallel_and_alone PROPERTIES TIMEOUT 300
    LABELS "end-to-end;agreement" ENVIRONMENT "${TCK_SANITIZER_ENVIRONMENT}")
endif()
