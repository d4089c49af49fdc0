# SPDX-License-Identifier: Apache-2.0
# What we give to others, tried with what they use: the linters of CI systems, readers of JUnit, validators of JSON. They come
# from package registries (tests/outside/packages.py); a test that cannot have them is skipped and says why.
find_program(TCK_SHELLCHECK shellcheck)
if(TCK_SHELLCHECK)
  add_test(NAME scripts_are_accepted_by_shellcheck COMMAND "${PROJECT_SOURCE_DIR}/ci/check-scripts.sh" "${PROJECT_SOURCE_DIR}")
  set_tests_properties(scripts_are_accepted_by_shellcheck PROPERTIES LABELS format)
endif()

find_program(TCK_PYTHON python3)
# One build is enough for what others' programs say.
if(NOT TCK_PYTHON OR TCK_SANITIZE)
  return()
endif()

set(outside "${CMAKE_CURRENT_LIST_DIR}/../outside")
set(fetched "${PROJECT_BINARY_DIR}/fetched")
set(bin "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")

function(outside_test name)
  add_test(NAME ${name} COMMAND "${TCK_PYTHON}" ${ARGN})
  # The first time it may have to fetch.
  set_tests_properties(${name} PROPERTIES TIMEOUT 600 SKIP_RETURN_CODE 77 LABELS "outside")
endfunction()

foreach(gate github-actions gitlab-ci jenkins container)
  outside_test(gate_of_${gate}_is_accepted_by_linters "${outside}/check_gate_file.py" ${gate} "${PROJECT_SOURCE_DIR}/ci/gates" "${fetched}")
endforeach()
foreach(gate github-actions gitlab-ci jenkins)
  outside_test(gate_of_${gate}_is_green_or_red_and_publishes_junit "${outside}/run_gate_file.py" ${gate} "${PROJECT_SOURCE_DIR}" "${bin}"
    "${PROJECT_BINARY_DIR}" "${fetched}")
endforeach()
outside_test(gate_of_container_copies_and_installs_what_is_needed "${outside}/check_container.py" "${PROJECT_SOURCE_DIR}" "${bin}")
outside_test(junit_is_read_by_others_as_it_was_meant "${outside}/check_junit_readers.py" "${bin}" "${fetched}")
outside_test(json_keeps_its_schemas_for_another_validator "${outside}/check_json_validators.py" "${bin}" "${PROJECT_SOURCE_DIR}/reports" "${fetched}")

# The original project's proxy, where Maven has it or TCK_AKKA_PROXY names a directory with its jars. It is slow and wants a core.
outside_test(akka_proxy_fails_only_as_it_is_known_to "${outside}/interop.py" "${bin}" "${PROJECT_SOURCE_DIR}/fixtures/candidates" "${fetched}")
set_tests_properties(akka_proxy_fails_only_as_it_is_known_to PROPERTIES LABELS "interop" RUN_SERIAL TRUE TIMEOUT 1200)
