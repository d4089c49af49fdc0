# SPDX-License-Identifier: Apache-2.0
foreach(test values client peer server load loop stream stream_load forwarder)
  tck_test(transport_${test}_test
    SOURCES "${CMAKE_CURRENT_LIST_DIR}/transport_${test}_test.c"
            "${CMAKE_CURRENT_LIST_DIR}/transport_fixture.c" "${CMAKE_CURRENT_LIST_DIR}/transport_raw_peer.c"
            "${CMAKE_CURRENT_LIST_DIR}/transport_listener.c" "${CMAKE_CURRENT_LIST_DIR}/transport_forwarder.c"
    LINKS tck_transport
    LABELS unit transport)
endforeach()
