# SPDX-License-Identifier: Apache-2.0
foreach(subject past comparison)
  tck_test(history_${subject}_test SOURCES unit/history_${subject}_test.c unit/history_fixture.c LINKS tck_history LABELS unit)
endforeach()
