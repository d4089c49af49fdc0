# SPDX-License-Identifier: Apache-2.0
set(here "${CMAKE_CURRENT_LIST_DIR}")
foreach(subject config supervisor)
  tck_test(candidate_${subject}_test SOURCES "${here}/candidate_${subject}_test.c" LINKS tck_candidate LABELS unit)
endforeach()
