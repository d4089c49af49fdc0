# SPDX-License-Identifier: Apache-2.0
include(tck_fuzz)

tck_fuzz(judge LINKS judge_replay)
