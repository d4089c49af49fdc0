#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A run of tck against the bundled user function, both under valgrind; fails when either has an error or a leak.
# The script starts the user function, not tck: valgrind does not know pidfd_open(), by which tck watches what it starts.
# Usage: conversation.sh BIN SCENARIO_GLOB… -- VALGRIND ARGUMENT…
set -uo pipefail
bin=$1
shift
scenarios=()
while [ "$1" != -- ]; do
  scenarios+=("$1")
  shift
done
shift
valgrind=("$@")

fail() {
  echo "$1" >&2
  kill -KILL "$served" 2>/dev/null
  exit 1
}

coproc user_function { exec "${valgrind[@]}" "$bin/tck-user-function" --host 127.0.0.1 --port 0; }
# shellcheck disable=SC2154 # coproc sets it
served=$user_function_PID
exec {said}<&"${user_function[0]}"
read -r -t 60 -u "$said" line || fail "tck-user-function did not say within 60 s that it listens"
address=${line##* }
# Under valgrind, on a machine that does other things as well, an answer to discovery may take long.
printf 'name: under valgrind\nuser_function: {address: "%s", ready_timeout: 120s}\n' "$address" >"$PWD/valgrind.yaml"

"${valgrind[@]}" "$bin/tck" run --config "$PWD/valgrind.yaml" --jobs 2 --timeout 60s -vv --trace "$PWD/traces" \
  --role user-function --junit "$PWD/junit.xml" --json "$PWD/report.json" "${scenarios[@]}"
judged=$?

kill -TERM "$served"
wait "$served"
ended=$?
[ "$judged" -eq 0 ] || echo "tck under valgrind ended with $judged" >&2
[ "$ended" -eq 0 ] || echo "tck-user-function under valgrind ended with $ended" >&2
[ "$judged" -eq 0 ] && [ "$ended" -eq 0 ]
