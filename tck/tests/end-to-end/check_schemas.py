#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tck list --format json`, `--json`, `--trace` and the upstream names against what is promised. Usage: check_schemas.py TCK REPORTS HOSTILE"""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

ENOUGH = 300  # lines of one form: a whole run has 50,000, and they are all made by the same code
tck, reports, hostile = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]


def check(document, schema_name):
    schema = json.loads((reports / schema_name).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)


def check_recordings(directory):
    """Each line by the definition of its kind: the schema's oneOf says the same, and takes long. Returns the kinds seen."""
    schema = json.loads((reports / "recording.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validators = {kind: jsonschema.Draft202012Validator({"$defs": schema["$defs"], "$ref": f"#/$defs/{kind}"})
                  for kind in schema["properties"]["kind"]["enum"]}
    whole, seen = jsonschema.Draft202012Validator(schema), collections.Counter()
    for path in sorted(directory.rglob("*.jsonl")):
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        assert [line["kind"] for line in lines].count("recording") == 1 and lines[0]["kind"] == "recording", path
        assert [line["kind"] for line in lines].count("verdict") == 1 and lines[-1]["kind"] == "verdict", path
        if lines[0]["descriptors"]:
            assert (directory / lines[0]["descriptors"]).is_file(), path
        for line in lines:
            form = line["kind"], line.get("protocol"), line.get("from")
            seen[form] += 1
            if seen[form] <= ENOUGH:
                (validators[line["kind"]] if seen[form] > 1 else whole).validate(line)
    return {kind for kind, _, _ in seen}


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
        traces = pathlib.Path(directory) / f"traces-{wanted}"
        ran = subprocess.run([tck, "run", "--quiet", "--junit", "none", "--json", path, "--trace", traces, *arguments], capture_output=True)
        assert ran.returncode == wanted, (ran.returncode, ran.stdout, ran.stderr)
        report = json.loads(path.read_text())
        check(report, "report.schema.json")
        assert report["exit_code"] == wanted
        kinds = check_recordings(traces)
        assert wanted != 0 or kinds >= {"opened", "message", "half-close", "reset", "end", "meddled", "concluded",
                                        "request", "answer", "note"}, kinds
        assert sum(report["summary"][key] for key in ("passed", "failed", "skipped", "errored", "known")) == report["summary"]["planned"]
    # Scenarios that pass, whatever the list of known failures says of them, and the same ones failing.
    old, new = pathlib.Path(directory) / "old.json", pathlib.Path(directory) / "new.json"
    new.write_text(json.dumps(report))
    for scenario in report["scenarios"]:
        scenario.update(verdict="failed", cause="difference", rule=scenario["requirements"][0])
    old.write_text(json.dumps(report))
    for arguments, wanted in (((old, new), 0), ((new, old), 1)):
        ran = subprocess.run([tck, "compare", "--format", "json", *arguments], capture_output=True)
        assert ran.returncode == wanted, (ran.returncode, ran.stdout, ran.stderr)
        comparison = json.loads(ran.stdout)
        check(comparison, "comparison.schema.json")
        assert comparison["worse"] == bool(wanted) and comparison["scenarios"] and comparison["rules"]
    config, traces = pathlib.Path(directory) / "tck.yaml", pathlib.Path(directory) / "traces-hostile"
    config.write_text(json.dumps({"user_function": {"command": [hostile, "broken"], "env": {"PORT": "{port}"}}}))
    subprocess.run([tck, "run", "--quiet", "--junit", "none", "--json", "none", "--config", config, "--trace", traces,
                    "--timeout", "2s", "--scenario", "crdt/flag/**"], capture_output=True)
    assert "undecodable" in check_recordings(traces)
print(f"{len(listed)} scenarios, {len(upstream)} of the original kit's: lists and reports keep their schemas")
