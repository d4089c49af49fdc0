#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tck list --format json`, `--json` and the upstream names against what is promised. Usage: check_schemas.py TCK REPORTS"""
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

tck, reports = sys.argv[1], pathlib.Path(sys.argv[2])


def check(document, schema_name):
    schema = json.loads((reports / schema_name).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)


listed = json.loads(subprocess.run([tck, "list", "--format", "json"], check=True, capture_output=True).stdout)
check(listed, "list.schema.json")
upstream = [scenario["upstream"] for scenario in listed if scenario["upstream"] and "| model |" in scenario["upstream"]]
assert len(upstream) == len(set(upstream)) == 156, f"{len(set(upstream))} of the original kit's 156 model scenarios"

with tempfile.TemporaryDirectory() as directory:
    flaky, failing = pathlib.Path(directory) / "flaky.yaml", pathlib.Path(directory) / "failing.yaml"
    flaky.write_text("flaky: [{scenario: crdt/flag, cause: timeout, reason: slow}]")
    failing.write_text("failing: [{scenario: crdt/flag, cause: timeout, reason: slow, until: 2999-12-31}]")
    for arguments, wanted in ((["--scenario", "**"], 0), (["--user-function", "127.0.0.1:1", "--scenario", "crdt/flag/**"], 3),
                              (["--known", flaky, "--scenario", "crdt/flag"], 0), (["--known", failing, "--scenario", "crdt/flag"], 1)):
        path = pathlib.Path(directory) / "report.json"
        ran = subprocess.run([tck, "run", "--quiet", "--junit", "none", "--json", path, *arguments], capture_output=True)
        assert ran.returncode == wanted, (ran.returncode, ran.stdout, ran.stderr)
        report = json.loads(path.read_text())
        check(report, "report.schema.json")
        assert report["exit_code"] == wanted
        assert sum(report["summary"][key] for key in ("passed", "failed", "skipped", "errored", "known")) == report["summary"]["planned"]
print(f"{len(listed)} scenarios, {len(upstream)} of the original kit's: lists and reports keep their schemas")
