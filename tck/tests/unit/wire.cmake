# SPDX-License-Identifier: Apache-2.0
# Trees and variables.
foreach(test tree bindings)
  tck_test(wire_${test}_test SOURCES "${CMAKE_CURRENT_LIST_DIR}/wire_${test}_test.c" LINKS tck_wire LABELS unit)
endforeach()
