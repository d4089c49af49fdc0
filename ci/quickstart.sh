#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh clone to a verdict: installs what is missing, builds, and does `tck run` with the arguments given (none: the
# bundled pair is judged). The exit code is tck's. Usage: ci/quickstart.sh [ARGUMENTS OF tck run]
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)

"$top/ci/install-packages.sh"
echo "Building tck (build/release)…"
log="$top/build/quickstart.log"
mkdir -p "$top/build"
if ! (cd "$top" && cmake --preset release && cmake --build --preset release --target tck tck-user-function tck-proxy) >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  echo "the build failed; all of its output is in build/quickstart.log" >&2
  exit 4
fi
exec "$top/build/release/bin/tck" run "$@"
