# SPDX-License-Identifier: Apache-2.0
# Matching, JSON and text, over one message type that has one of everything.

set(wire_kinds_set "${CMAKE_CURRENT_BINARY_DIR}/wire_kinds.desc")
add_custom_command(
  OUTPUT "${wire_kinds_set}"
  COMMAND "${TCK_PROTOC}" --include_imports "--descriptor_set_out=${wire_kinds_set}"
          "-I${CMAKE_CURRENT_SOURCE_DIR}/unit" "-I${TCK_PROTO_INCLUDE}" wire_kinds.proto
  DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/unit/wire_kinds.proto" VERBATIM)
add_custom_target(wire_kinds_file DEPENDS "${wire_kinds_set}")

add_library(wire_kinds STATIC)
add_dependencies(wire_kinds wire_kinds_file)
tck_embed(wire_kinds wire_kinds "${wire_kinds_set}")
set_target_properties(wire_kinds PROPERTIES LINKER_LANGUAGE C)

add_library(wire_fixture STATIC unit/wire_fixture.c)
target_include_directories(wire_fixture PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/unit")
target_link_libraries(wire_fixture PUBLIC wire_kinds tck_wire tck_proto PkgConfig::CMOCKA PRIVATE tck_flags)

foreach(test match json text)
  tck_test(wire_${test}_test SOURCES unit/wire_${test}_test.c LINKS wire_fixture LABELS unit)
endforeach()
