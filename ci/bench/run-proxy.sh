#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds tck-proxy as users run it and measures it. Usage: ci/bench/run-proxy.sh [OPTION…]   options are those of proxy.py (--help)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
cd "$top"
case " $* " in
*" --help "* | *" -h "*) ;;
*)
  cmake --preset release >/dev/null
  cmake --build --preset release --target tck-proxy tck-bench-function tck-bench-forwarder tck-bench-proxy-load
  ;;
esac
exec python3 "$here/proxy.py" --build "$top/build/release" "$@"
