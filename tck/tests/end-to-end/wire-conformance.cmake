# SPDX-License-Identifier: Apache-2.0
# protobuf's own conformance suite for the binary and JSON formats, where its runner can be had.

add_executable(conformance_testee conformance/conformance_testee.c)
set_target_properties(conformance_testee PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
target_link_libraries(conformance_testee PRIVATE tck_flags tck_wire)

find_program(TCK_PYTHON python3)
if(TCK_PYTHON)
  add_test(NAME wire_conformance
           COMMAND "${TCK_PYTHON}" "${CMAKE_CURRENT_SOURCE_DIR}/conformance/run-conformance.py"
                   "$<TARGET_FILE:conformance_testee>" "${TCK_PROTOC}" "${TCK_PROTO_INCLUDE}"
                   "${PROJECT_BINARY_DIR}/conformance")
  set_tests_properties(wire_conformance PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 77 LABELS "conformance")
endif()
