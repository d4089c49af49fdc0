# SPDX-License-Identifier: Apache-2.0
# The tap, before the server that transport is tested with.
foreach(test tap tap_interference tap_load)
  tck_test(seat_${test}_test
    SOURCES "${CMAKE_CURRENT_LIST_DIR}/seat_${test}_test.c" "${CMAKE_CURRENT_LIST_DIR}/seat_tap_fixture.c"
            "${CMAKE_CURRENT_LIST_DIR}/transport_fixture.c"
    LINKS tck_seat
    LABELS unit seat)
endforeach()
# The clients.
foreach(test service_client http_client reflection_client)
  tck_test(seat_${test}_test SOURCES "${CMAKE_CURRENT_LIST_DIR}/seat_${test}_test.c" LINKS tck_seat LABELS unit seat)
endforeach()
