#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Passes all tests: installs what is missing, builds and tests with AddressSanitizer and UndefinedBehaviorSanitizer, with
# ThreadSanitizer, and plain (with the valgrind and format checks); the last lines are those of the plain run.
# Usage: ci/test.sh [PRESET…]     presets: asan tsan release (default: all three, in this order)
set -uo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 2
"$top/ci/install-packages.sh" || exit 2

presets=("$@")
[ ${#presets[@]} -gt 0 ] || presets=(asan tsan release)
failed=()
for preset in "${presets[@]}"; do
  echo "== $preset"
  mkdir -p build
  log="build/$preset.log"
  if ! { cmake --preset "$preset" && cmake --build --preset "$preset"; } >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    echo "the build of preset $preset failed; all of its output is in $log" >&2
    exit 1
  fi
done
for preset in "${presets[@]}"; do
  echo "== tests: $preset"
  ctest --preset "$preset" --parallel 2 || failed+=("$preset")
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "failed presets: ${failed[*]}" >&2
  exit 1
fi
