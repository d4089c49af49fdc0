#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Are all C files laid out as .clang-format says? Prints those that are not. Usage: ci/check-format.sh [TOP]
set -euo pipefail
cd "${1:-.}"
mapfile -d '' -t files < <(find tck fixtures ci -name '*.[ch]' -print0 | sort -z)
[ ${#files[@]} -gt 0 ] || { echo "no C files found"; exit 1; }
clang-format --dry-run --Werror "${files[@]}"
echo "${#files[@]} files are laid out as .clang-format says"
