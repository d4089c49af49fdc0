# SPDX-License-Identifier: Apache-2.0
# Trees, variables, the descriptor pool; messages from bytes and literals.

set(here "${CMAKE_CURRENT_LIST_DIR}")
foreach(test tree bindings)
  tck_test(wire_${test}_test SOURCES "${here}/wire_${test}_test.c" LINKS tck_wire LABELS unit)
endforeach()

# One type in proto2, with all that proto3 left behind.
set(wire_old_set "${CMAKE_CURRENT_BINARY_DIR}/wire_old.desc")
add_custom_command(
  OUTPUT "${wire_old_set}"
  COMMAND "${TCK_PROTOC}" "--descriptor_set_out=${wire_old_set}" "-I${here}" wire_old.proto
  DEPENDS "${here}/wire_old.proto" VERBATIM)
add_custom_target(wire_old_file DEPENDS "${wire_old_set}")

# wire_fixture has one of everything in proto3 (wire-match.cmake, which comes before this file).
foreach(test pool message literal)
  tck_test(wire_${test}_test SOURCES "${here}/wire_${test}_test.c" LINKS tck_wire tck_proto wire_fixture LABELS unit)
  add_dependencies(wire_${test}_test wire_old_file)
  tck_embed(wire_${test}_test wire_old "${wire_old_set}")
endforeach()
# It makes every allocation fail in turn.
target_link_options(wire_pool_test PRIVATE "LINKER:--wrap=malloc,--wrap=calloc,--wrap=realloc")
