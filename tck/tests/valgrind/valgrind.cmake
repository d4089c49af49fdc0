# SPDX-License-Identifier: Apache-2.0
# What runs under valgrind: the programs, and unit tests of the rooms that take apart what others wrote. Not those that make
# each allocation fail in turn, which take minutes here, nor those that start candidates: valgrind does not know
# pidfd_open(). Where sanitizers are at work valgrind cannot be.
find_program(TCK_VALGRIND valgrind)
if(NOT TCK_VALGRIND OR TCK_SANITIZE)
  return()
endif()

set(valgrind "${TCK_VALGRIND}" -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect
  --errors-for-leak-kinds=definite,indirect --num-callers=30
  "--suppressions=${PROJECT_SOURCE_DIR}/ci/sanitizers/valgrind.supp")
set(programs "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")

add_test(NAME valgrind_validate COMMAND ${valgrind} "$<TARGET_FILE:tck>" validate)
add_test(NAME valgrind_list COMMAND ${valgrind} "$<TARGET_FILE:tck>" list)
add_test(NAME valgrind_explain COMMAND ${valgrind} "$<TARGET_FILE:tck>" explain "event-sourced/snapshots/*")
set(entries valgrind_validate valgrind_list valgrind_explain)

file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/valgrind")
add_test(NAME valgrind_conversation
  COMMAND "${CMAKE_CURRENT_LIST_DIR}/conversation.sh" "${programs}"
    "discovery/**" "event-sourced/snapshots/*" "value-entity/state/*" "crdt/ormap/*" "crdt/streamed-commands/*" "action/unary/*"
    -- ${valgrind}
  WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/valgrind")
list(APPEND entries valgrind_conversation)

foreach(test
    base_arena_test base_buffer_test
    wire_bindings_test wire_json_test wire_match_test wire_text_test wire_tree_test
    spec_step_test spec_step_mistakes_test spec_suite_test spec_suite_mistakes_test
    report_json_test report_junit_test report_terminal_test verdict_verdict_test
    judge_action_test judge_crdt_test judge_event_sourced_test judge_stream_test judge_value_entity_test
    plan_plan_test known_audit_test known_list_test known_update_test history_past_test history_comparison_test
    engine_compile_test seat_protocol_client_test transport_client_test)
  if(NOT TARGET ${test})
    message(WARNING "no test ${test} to run under valgrind; see ${CMAKE_CURRENT_LIST_FILE}")
    continue()
  endif()
  add_test(NAME valgrind_${test} COMMAND ${valgrind} "$<TARGET_FILE:${test}>" WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  list(APPEND entries valgrind_${test})
endforeach()
set_tests_properties(${entries} PROPERTIES TIMEOUT 120 LABELS valgrind)
