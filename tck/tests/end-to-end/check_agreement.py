#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Do scenarios come to the same verdicts whatever runs before, beside and after them?

Against the bundled pair, and against user functions with a fault, so that failures are compared as well: all in order and one at a
time, then shuffled and sixteen at a time by several seeds, then alone: each suite in a process of its own, and single scenarios too.
What is compared is the verdict with its cause and rule, and of what is skipped the reason. A scenario that disagrees is named.

Usage: check_agreement.py TCK MUTANT             within half a minute or so: of single scenarios every twelfth, and those that fail
       check_agreement.py TCK MUTANT --some      a smaller part of it, for programs that are slow (sanitizers)
       check_agreement.py TCK MUTANT --whole     each scenario alone"""
import concurrent.futures
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile

tck, mutant_program = sys.argv[1:3]
how_much = sys.argv[3] if len(sys.argv) > 3 else ""
SEEDS = {"": [1, 2], "--some": [1], "--whole": range(1, 9)}[how_much]
EACH = {"": 12, "--some": 80, "--whole": 1}[how_much]  # of single scenarios
ALONE_OF_A_FAULT = {"": 6, "--some": 1, "--whole": 1000}[how_much]  # single scenarios that fail
# Faults that neither end the process nor leave anybody waiting: then each scenario answers for itself. The first is put behind a proxy too.
FAULTS = {"": ["events-reordered", "empty-message", "crdt-empty-delta"], "--some": ["events-reordered"],
          "--whole": ["events-reordered", "empty-message", "crdt-empty-delta", "failure-as-empty-reply", "delete-as-empty-update"]}[how_much]
SOME = ["--section", "event-sourced"] if how_much == "--some" else []
numbers = itertools.count()
disagreements = []


def run(directory, *arguments):
    """What each scenario came to, as {id: (verdict, cause, rule, reason if it was skipped)}."""
    report = directory / f"{next(numbers)}.json"
    ran = subprocess.run([tck, "run", "--quiet", "--junit", "none", "--json", report, *arguments], capture_output=True, timeout=280)
    assert report.exists(), (arguments, ran.returncode, ran.stdout, ran.stderr)
    return {s["id"]: (s["verdict"], s["cause"], s["rule"], s["reason"] if s["verdict"] == "skipped" else None)
            for s in json.loads(report.read_text())["scenarios"]}


def compare(candidate, way, these, those):
    """those: the verdicts in order; these may be some of them."""
    assert these, f"{candidate}, {way}: nothing was run"
    for scenario, came in sorted(these.items()):
        if came != those[scenario]:
            disagreements.append(f"{scenario}\n  {candidate}\n  in order: {those[scenario]}\n  {way}: {came}")


def check(candidate, directory, *arguments):
    in_order = run(directory, "--jobs", "1", *SOME, *arguments)
    for seed in SEEDS:
        way = f"shuffled by seed {seed}, 16 at a time"
        compare(candidate, way, run(directory, "--jobs", "16", "--shuffle", "--seed", str(seed), *SOME, *arguments), in_order)
    return in_order


def alone(candidate, in_order, directory, names, *arguments):
    """Each name (of a suite or a scenario) in a process of its own. Some at a time: most of their time is starting and ending."""
    def one(name):
        return name, run(directory, "--jobs", "1", "--scenario", name, *arguments)

    with concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        for name, came in pool.map(one, names):
            compare(candidate, f"alone, as {name}", came, in_order)


with tempfile.TemporaryDirectory() as name:
    directory = pathlib.Path(name)
    in_order = check("the bundled pair", directory)
    suites = sorted({scenario.rsplit("/", 1)[0] for scenario in in_order})
    if how_much != "--some":
        alone("the bundled pair", in_order, directory, [f"{suite}/**" for suite in suites])
    alone("the bundled pair", in_order, directory, sorted(in_order)[::EACH])
    for i, fault in enumerate(FAULTS):
        config = directory / f"{fault}.yaml"
        config.write_text(json.dumps({"name": fault, "user_function": {
            "command": [mutant_program, "--mutant", fault], "env": {"PORT": "{port}"}}}))
        arguments = ["--config", config, *([] if i == 0 else ["--role", "user-function"])]
        came = check(f"the fault {fault}", directory, *arguments)
        failed = sorted(scenario for scenario, verdict in came.items() if verdict[0] in ("failed", "errored"))
        assert failed, f"{fault} fails nothing, so nothing is compared"
        alone(f"the fault {fault}", came, directory, failed[::max(1, len(failed) // ALONE_OF_A_FAULT)], *arguments)
if disagreements:
    sys.exit("\n".join(disagreements) + f"\n{len(disagreements)} verdicts depend on what else runs")
print(f"{len(in_order)} scenarios of {len(suites)} suites, and those that {len(FAULTS)} faults fail: in order, shuffled, parallel and alone "
      "they come to the same verdicts")
