#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Do reports and lists keep their schemas also for another validator than the one of end-to-end/check_schemas.py? This is Ajv.

It must find every report and list valid, and copies of them with one thing wrong not. Usage: check_json_validators.py BIN REPORTS WORK
"""

import copy
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import packages

binaries, schemas, work = (Path(argument).resolve() for argument in sys.argv[1:4])


def ran(wanted, *arguments):
    done = subprocess.run([str(argument) for argument in (binaries / "tck", *arguments)], capture_output=True, text=True, timeout=120)
    assert done.returncode == wanted, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout


def answers(modules, schema, documents, folder):
    files = []
    for number, document in enumerate(documents):
        files.append(folder / f"{number}.json")
        files[-1].write_text(json.dumps(document))
    done = subprocess.run(["node", Path(__file__).with_name("validate.mjs"), modules, schemas / schema, *files],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"Ajv does not take {schema}:\n{done.stderr}"
    return done.stdout.splitlines()


def changed(document, path, value):
    """A copy with another value at this place; `...` removes what is there."""
    wrong = copy.deepcopy(document)
    at = wrong
    for step in path[:-1]:
        at = at[step]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return wrong


def main():
    if not shutil.which("node"):
        packages.skip("node is not installed, which Ajv needs")
    modules = packages.from_npm(work, "ajv", "ajv@8.17.1", "ajv-formats@3.0.1")
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        red = folder / "red.yaml"
        red.write_text(json.dumps({"name": "a mutant", "user_function": {
            "command": [str(binaries / "tck-user-function-mutant"), "--mutant", "snapshot-stale"], "env": {"PORT": "{port}"}}}))
        runs = [(0, ()), (1, ("--config", red)), (1, ("--config", red, "--strict", "--shuffle", "--repeat", "2")),
                (3, ("--user-function", "127.0.0.1:1", "--scenario", "crdt/**")),
                (5, ("--config", red, "--scenario", "*/calls-through-a-proxy/**"))]
        reports = []
        for wanted, arguments in runs:
            ran(wanted, "run", "--quiet", "--junit", "none", "--json", folder / "report.json", *arguments)
            reports.append(json.loads((folder / "report.json").read_text()))
        failure = next(number for number, scenario in enumerate(reports[1]["scenarios"]) if scenario["verdict"] == "failed")
        at = ("scenarios", failure)
        wrong = [changed(reports[1], path, value) for path, value in (
            (("summary", "passed"), "377"), (("summary",), ...), (("started_at",), "yesterday"), (("seed",), 2 ** 53),
            ((*at, "verdict"), "red"), ((*at, "level"), "perhaps"), ((*at, "transcript", 0, "text"), ...), ((*at, "colour"), "red"))]
        said = answers(modules, "report.schema.json", reports + wrong, folder)
        assert said[:len(reports)] == ["valid"] * len(reports), said
        assert "valid" not in said[len(reports):], said

        listed = json.loads(ran(0, "list", "--format", "json"))
        wrong = [changed(listed, path, value) for path, value in (((0, "id"), ...), ((0, "role"), "judge"), ((0, "colour"), "red"))]
        said_of_lists = answers(modules, "list.schema.json", [listed, *wrong], folder)
        assert said_of_lists[0] == "valid" and "valid" not in said_of_lists[1:], said_of_lists
    refused = len(said) - len(reports) + len(wrong)
    print(f"Ajv: {len(reports)} reports and the list of {len(listed)} scenarios are valid, and {refused} copies with a mistake are not")


main()
