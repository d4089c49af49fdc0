# SPDX-License-Identifier: Apache-2.0
set(here "${CMAKE_CURRENT_LIST_DIR}")
foreach(subject junit json terminal)
  tck_test(report_${subject}_test SOURCES "${here}/report_${subject}_test.c" "${here}/report_fixture.c" LINKS tck_report LABELS unit)
endforeach()
tck_test(verdict_verdict_test SOURCES "${here}/verdict_verdict_test.c" LINKS tck_verdict LABELS unit)
