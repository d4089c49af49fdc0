#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Do the scenarios in front of a proxy catch a faulty pair, and say why and whose fault it is?

Usage: check_faulty_pairs.py TCK PROXY USER_FUNCTION TABLE

PROXY and USER_FUNCTION are the references with one fault at a time (mutants.py). For each row of the table (faulty-pairs.tsv) one
side has its fault and the other side none; the row's scenario must end with that verdict, name that rule, show the rule's
sentence on the terminal, and blame that side. Every fault of PROXY is in the table. With no fault PROXY passes all scenarios, so
what they catch are the faults and not the seam that these sit in.
"""
import concurrent.futures
import pathlib
import re
import sys
import tempfile

import mutants

tck, proxy_program, user_function_program, table_file = sys.argv[1:5]
PROGRAMS = {"proxy": proxy_program, "user-function": user_function_program}


def pair(side, fault):
    faults = {"proxy": mutants.NONE, "user-function": mutants.NONE, side: fault}
    commands = {each: [PROGRAMS[each], "--mutant", faults[each]] for each in PROGRAMS}
    return {"user_function": mutants.user_function(commands["user-function"]), "proxy": mutants.proxy(commands["proxy"])}


def sentence_of(rule):
    """What the catalogue says of it."""
    text = re.search(rf"^- id: {re.escape(rule)}\n(?:  .*\n)*?  text: \"(.*)\"$", catalogue, re.M)
    return text.group(1) if text else f"no rule {rule}"


def mistakes_of(side, fault, scenario, verdict, rule, directory):
    """One row. A timeout can only tell that something does not come: then a short wait is enough."""
    within = ["--timeout", "1s"] if verdict == "errored" else []
    scenarios, said = mutants.run(tck, f"{side}-{fault}", pair(side, fault), directory, "--scenario", scenario, *within)
    if scenario not in scenarios:
        return [f"{fault}: there is no scenario {scenario}"]
    found = scenarios[scenario]
    if found["verdict"] == "passed":
        return [f"{fault}: {scenario} passes with it"]
    wanted = {"verdict": verdict, "rule": rule, "blame": side}
    mistakes = [f"{fault}: {scenario}: {key} is {found[key]}, not {value}: {found['reason']}"
                for key, value in wanted.items() if found[key] != value]
    if f"rule:     {rule} " not in said or sentence_of(rule) not in said:
        mistakes.append(f"{fault}: {scenario}: the terminal does not show what {rule} says:\n{said}")
    return mistakes


def mistakes_without_fault(directory):
    scenarios, said = mutants.run(tck, "sound", pair("proxy", mutants.NONE), directory, "--role", "proxy", "--role", "pair")
    bad = [name for name, scenario in scenarios.items() if scenario["verdict"] != "passed"]
    return [f"without a fault: {', '.join(bad)}\n{said}"] if bad else []


catalogue = (pathlib.Path(__file__).parents[3] / "specs" / "requirements.yaml").read_text(encoding="utf-8")
rows = mutants.table(table_file, 5)
proxy_faults = {fault for side, fault, *_ in rows if side == "proxy"}
wrong = mutants.mistakes_of_names(proxy_faults, proxy_program, table_file)
with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(4) as pool:
    wrong += mistakes_without_fault(scratch)  # alone, as some of its scenarios look at the time
    for future in [pool.submit(mistakes_of, *row, scratch) for row in rows]:
        wrong += future.result()
if wrong:
    sys.exit("\n".join(wrong))
print(f"{len(rows)} faulty pairs fail as they should, and the sound one passes")
