# SPDX-License-Identifier: Apache-2.0
set(here "${CMAKE_CURRENT_LIST_DIR}")
foreach(subject error arena buffer clock suggest utf8)
  tck_test(base_${subject}_test SOURCES "${here}/base_${subject}_test.c" LINKS tck_base LABELS unit)
endforeach()
