# SPDX-License-Identifier: Apache-2.0
include(tck_fuzz)

tck_fuzz(trace LINKS tck_trace tck_engine)
target_include_directories(trace_fuzz PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/unit")
