#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does shellcheck accept all shell scripts? Prints what it finds. Usage: ci/check-scripts.sh [TOP]
set -euo pipefail
cd "${1:-.}"
mapfile -d '' -t files < <(find ci fixtures tck -name '*.sh' -print0 | sort -z)
[ ${#files[@]} -gt 0 ] || { echo "no shell scripts found"; exit 1; }
shellcheck "${files[@]}"
echo "${#files[@]} scripts are accepted by shellcheck"
