#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds what users run and measures it. Usage: ci/bench/run.sh [OPTION…]   options are those of bench.py (--help)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
cd "$top"
case " $* " in
*" --help "* | *" -h "*) ;;
*)
  cmake --preset release >/dev/null
  cmake --build --preset release --target tck tck-user-function tck-bench-grpc tck-bench-run
  ;;
esac
exec python3 "$here/bench.py" --build "$top/build/release" "$@"
