# SPDX-License-Identifier: Apache-2.0
set(here "${CMAKE_CURRENT_LIST_DIR}")
tck_test(trace_names_test SOURCES "${here}/trace_names_test.c" LINKS tck_trace LABELS unit)
tck_test(trace_rejudge_test SOURCES "${here}/trace_rejudge_test.c" LINKS tck_trace tck_engine LABELS unit)
tck_test(trace_write_test SOURCES "${here}/trace_write_test.c" "${here}/report_fixture.c" LINKS tck_trace tck_engine tck_report
  LABELS unit)
