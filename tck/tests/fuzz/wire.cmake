# SPDX-License-Identifier: Apache-2.0
include(tck_fuzz)

foreach(target wire_message wire_descriptor wire_yaml)
  tck_fuzz(${target} LINKS tck_wire tck_proto wire_kinds)
endforeach()
