#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Do the scenarios catch a wrong user function? Each mutant has one fault; mutants.tsv names a scenario that must not pass with it.

Usage: check_mutants.py TCK MUTANT TABLE            every mutant of the table is caught by its scenario; every mutant is in the table
       check_mutants.py TCK MUTANT --matrix         prints, for every mutant, the scenarios that catch it (the detection score)
       check_mutants.py TCK MUTANT --blame          some mutants, in front of the bundled proxy: scenarios of pairs blame the mutant
"""
import concurrent.futures
import sys
import tempfile

import mutants

tck, mutant_program, mode = sys.argv[1:4]
NOT_CAUGHT = "-"  # a fault that no scenario looks for yet
# Faults that a client in front of the pair hears of.
HEARD_OF = ["closes-after-reply", "double-reply", "empty-message", "failure-as-empty-reply", "failure-text-changed", "init-state-ignored",
            "replay-ignored", "reply-before-event", "state-action-lost", "wrong-command-id"]


def run(mutant, scenario, directory, *more):
    """The scenarios that did not pass, as {id: (verdict, rule, blame)}."""
    config = {"user_function": mutants.user_function([mutant_program, "--mutant", mutant])}
    selection = ["--scenario", scenario] if scenario else []
    scenarios, _ = mutants.run(tck, mutant, config, directory, "--quiet", "--timeout", "1s", "--jobs", "8", *selection, *more)
    return {s["id"]: (s["verdict"], s["rule"], s["blame"]) for s in scenarios.values() if s["verdict"] in ("failed", "errored")}


def matrix():
    caught = 0
    with tempfile.TemporaryDirectory() as directory:
        names = mutants.listed(mutant_program)
        for name in names:
            found = run(name, None, directory)
            caught += bool(found)
            # The most telling one first: failed rather than errored.
            best = sorted(found, key=lambda s: (found[s][0] != "failed", s))
            print("\t".join([name, str(len(found)), *(f"{s} [{found[s][1]}]" for s in best[:3])]), flush=True)
    print(f"{caught} of {len(names)} mutants are caught")


def check(table_file):
    table = dict(mutants.table(table_file, 2))
    mistakes = mutants.mistakes_of_names(table, mutant_program, table_file)
    with tempfile.TemporaryDirectory() as directory, concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = {name: pool.submit(run, name, scenario, directory)
                for name, scenario in table.items() if scenario != NOT_CAUGHT}
        for name, future in runs.items():
            if table[name] not in future.result():
                mistakes.append(f"{name}: {table[name]} passes with it")
    if mistakes:
        sys.exit("\n".join(mistakes))
    print(f"{len(runs)} of {len(table)} mutants are caught, each by the scenario that is named for it")


def blame():
    mistakes = []
    with tempfile.TemporaryDirectory() as directory:
        for name in HEARD_OF:
            found = run(name, None, directory, "--role", "pair")
            blames = [blame for _, _, blame in found.values()]
            mistakes += [f"{name}: {scenario} blames the proxy" for scenario, (verdict, _, blame) in found.items()
                         if blame == "proxy" and verdict == "failed"]  # a proxy may be late on a busy machine
            if blames.count("user-function") * 2 <= len(blames):
                mistakes.append(f"{name}: {blames.count('user-function')} of {len(blames)} scenarios that fail blame the user function")
    if mistakes:
        sys.exit("\n".join(mistakes))
    print(f"{len(HEARD_OF)} mutants are blamed for their faults, and the proxy for none of them")


{"--matrix": matrix, "--blame": blame}.get(mode, lambda: check(mode))()
