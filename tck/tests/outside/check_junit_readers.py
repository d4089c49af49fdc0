#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Do programs that read JUnit find in ours what the JSON says? Reports of green, red, interrupted, absent and several candidates.

junitparser (what scripts read JUnit with) and junit2html's parser must find each scenario under a name of its own, with its verdict,
reason, text and properties; the pages that junit2html and xunit-viewer make must show all of that.
Usage: check_junit_readers.py BIN WORK
"""

import collections
import html
import json
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import packages

binaries, work = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
python_readers = packages.from_pypi(work, "junit-readers", "junitparser==5.0.3", "junit2html==31.1.4")
xunit_viewer = packages.from_npm(work, "xunit-viewer", "xunit-viewer@10.6.1") / ".bin" / "xunit-viewer"
sys.path.insert(0, str(python_readers))
import junitparser  # noqa: E402
from junit2htmlreport.parser import Junit  # noqa: E402

ELEMENT = {"passed": None, "failed": "failure", "errored": "error", "skipped": "skipped", "known": "skipped"}
HOSTILE = "<b> & \"c\" ]]> 'd' ü\t%s ${x}"


def configuration(folder, name, *documents):
    path = folder / name
    path.write_text("---\n".join(json.dumps(document) + "\n" for document in documents))
    return path


def function(name, *command):
    return {"name": name, "user_function": {"command": [str(part) for part in command], "env": {"PORT": "{port}"}}}


def runs(folder):
    """Name -> (arguments, exit code, reports that it writes)."""
    mutant = binaries / "tck-user-function-mutant"
    # A candidate that prints what no report may be broken by.
    loud = folder / "loud.sh"
    loud.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$0 ]]> <![CDATA[ \\033[31m \\377 &amp;\" >&2\nexec {mutant} --mutant snapshot-stale\n")
    loud.chmod(0o755)
    red = configuration(folder, "red.yaml", function(HOSTILE, loud))
    two = configuration(folder, "two.yaml", function("right", binaries / "tck-user-function"),
                        function("wrong", mutant, "--mutant", "snapshot-missing"))
    return {
        "green": ([], 0, 1),
        "red": (["--config", red], 1, 1),
        "strict": (["--config", red, "--strict", "--repeat", "2", "--role", "user-function"], 1, 1),
        "absent": (["--user-function", "127.0.0.1:1", "--scenario", "crdt/**"], 3, 1),
        "combinations": (["--config", two, "--role", "user-function"], 1, 2),
    }


def known_list(folder, red):
    """Everything that failed in that run is known."""
    entries = [{"scenario": scenario["id"], "rule": scenario["rule"], "reason": HOSTILE.replace("\t", " ")}
               for scenario in red["scenarios"] if scenario["verdict"] == "failed"]
    return configuration(folder, "list.yaml", {"failing": entries})


def reports(folder, name, count):
    for number in range(1, count + 1):
        suffix = "" if count == 1 else f"-{number}"
        yield folder / f"{name}{suffix}.xml", json.loads((folder / f"{name}{suffix}.json").read_text())


def command(folder, name, arguments):
    return [binaries / "tck", "run", "--junit", folder / f"{name}.xml", "--json", folder / f"{name}.json", *arguments]


def interrupted(folder):
    """A run of which some scenarios have ended and others not, when Ctrl-C is pressed."""
    running = subprocess.Popen(command(folder, "interrupted", ["--repeat", "3", "--verbose"]), stdout=subprocess.PIPE, text=True)
    for line in running.stdout:
        if "passed" in line and "calls" in line:
            running.send_signal(signal.SIGINT)
            break
    running.stdout.read()
    assert running.wait(60) == -signal.SIGINT, running.returncode


def key(scenario):
    repeated = f" #{scenario['repetition']}" if scenario["repetition"] > 1 else ""
    return scenario["suite"].replace("/", "."), scenario["name"] + repeated


def shown(text):
    """As every reader has it: XML makes one kind of line end and no blanks at the ends of ours."""
    return re.sub(r"\s+", " ", text or "").strip()


def check_counts(wanted, suites):
    """The sums over all suites, as they are written and as they are when counted."""
    summary = wanted["summary"]
    sums = {"tests": summary["planned"], "failures": summary["failed"], "errors": summary["errored"],
            "skipped": summary["skipped"] + summary.get("known", 0)}
    written = {name: sum(getattr(suite, name) for suite in suites) for name in sums}
    assert written == sums, (written, sums)


def check_junitparser(path, wanted):
    root = junitparser.JUnitXml.fromfile(str(path))
    suites = list(root)
    check_counts(wanted, suites)
    assert (root.tests, root.failures, root.errors) == tuple(wanted["summary"][name] for name in ("planned", "failed", "errored"))
    assert (root.name or "") == (wanted["candidate"]["name"] or "tck"), root.name
    cases = [(suite, case) for suite in suites for case in suite]
    found = {(case.classname, case.name): (suite, case) for suite, case in cases}
    assert len(found) == len(cases), [name for name, times in collections.Counter((c.classname, c.name) for _, c in cases).items() if times > 1]
    scenarios = {key(scenario): scenario for scenario in wanted["scenarios"]}
    assert found.keys() == scenarios.keys(), set(found).symmetric_difference(scenarios)
    properties_of = {suite.name: {item.name: item.value for item in suite.properties()} for suite in suites}
    # A scenario that was repeated has one for each time that it failed.
    blamed = sorted((item.name.removeprefix("tck.blame."), item.value) for suite in suites for item in suite.properties()
                    if item.name.startswith("tck.blame."))
    assert blamed == sorted((scenario["id"], scenario["blame"]) for scenario in wanted["scenarios"] if scenario["blame"]), blamed
    for name, scenario in scenarios.items():
        suite, case = found[name]
        results = [result._tag for result in case.result]
        assert results == [tag for tag in [ELEMENT[scenario["verdict"]]] if tag], (name, results, scenario["verdict"])
        assert suite.name == scenario["suite"], name
        assert abs(case.time * 1000 - scenario["duration_ms"]) < 1, (name, case.time, scenario["duration_ms"])
        properties = properties_of[suite.name]
        assert properties["tck.seed"] == str(wanted["seed"]), name
        assert properties.get("service.name", "") == (wanted["candidate"]["service_name"] or ""), (name, properties)
        if case.result:
            result = case.result[0]
            known = scenario["verdict"] == "known"
            message = f"known failure: {scenario['known']['reason']}" if known else scenario["reason"]
            assert shown(result.message) == shown(message), (name, result.message, message)
            assert result.type == (scenario["rule"] or scenario["cause"]), (name, result.type)
            text = shown(result.text)
            for difference in scenario["differences"]:
                assert difference["path"] in text and shown(difference["expected"]) in text, name
            for line in scenario["transcript"]:
                assert shown(line["text"]) in text, (name, line)
        assert shown(case.system_out) == shown(scenario["candidate_output"]), name


def check_junit2html(path, wanted):
    """What its parser finds, and what its page shows."""
    parsed = Junit(str(path))
    cases = {(case.testclass.name, case.name): case for suite in parsed.suites for testclass in suite.classes.values()
             for case in testclass.cases}
    scenarios = {key(scenario): scenario for scenario in wanted["scenarios"]}
    assert cases.keys() == scenarios.keys(), set(cases).symmetric_difference(scenarios)
    for name, scenario in scenarios.items():
        case = cases[name]
        assert bool(case.failed()) == (scenario["verdict"] in ("failed", "errored")), (name, scenario["verdict"])
        assert bool(case.skipped) == (scenario["verdict"] in ("skipped", "known")), (name, scenario["verdict"])
    check_page(html.unescape(parsed.html()), wanted)


def check_xunit_viewer(path, wanted):
    """Its page is drawn by the browser, from the same as what it prints."""
    page = path.with_suffix(".html")
    subprocess.run([xunit_viewer, "-r", path.name, "-o", page.name, "-n"], cwd=path.parent, check=True, capture_output=True, timeout=120)
    assert page.stat().st_size > path.stat().st_size / 10
    # Into a file: of what it writes to a pipe, its end is lost.
    text = path.with_suffix(".txt")
    with open(text, "w") as out:
        subprocess.run([xunit_viewer, "-r", path.name, "-c", "-n", "-C", "false"], cwd=path.parent, check=True, stdout=out, timeout=120)
    printed = text.read_text()
    marks = collections.Counter(re.findall(r"^ {5}(\S) .* time=[0-9.]+$", printed, re.M))
    summary = wanted["summary"]
    assert (marks["✓"], marks["✗"]) == (summary["passed"], summary["failed"]), (marks, summary)
    assert sum(marks.values()) == summary["planned"], (marks, summary)
    check_page(printed, wanted)


def check_page(page, wanted):
    plain = shown(page)
    for scenario in wanted["scenarios"]:
        assert shown(scenario["name"]) in plain, f"the page lacks {scenario['name']}"
        if scenario["verdict"] in ("failed", "errored"):
            assert shown(scenario["reason"]) in plain, f"the page lacks {scenario['reason']}"
            assert f"--scenario '{scenario['id']}'" in plain, f"the page lacks how to repeat {scenario['id']}"


def main():
    told = []
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        written = {}
        for name, (arguments, wanted, count) in runs(folder).items():
            done = subprocess.run([*command(folder, name, arguments), "--quiet"], capture_output=True, text=True, timeout=120)
            assert done.returncode == wanted, (name, done.returncode, done.stdout, done.stderr)
            written[name] = count
        known = known_list(folder, json.loads((folder / "red.json").read_text()))
        done = subprocess.run([*command(folder, "known", ["--config", folder / "red.yaml", "--known", known]), "--quiet"], capture_output=True, text=True)
        assert done.returncode == 0, (done.stdout, done.stderr)
        interrupted(folder)
        written |= {"known": 1, "interrupted": 1}
        for name, count in written.items():
            for path, wanted in reports(folder, name, count):
                for check in (check_junitparser, check_junit2html, check_xunit_viewer):
                    try:
                        check(path, wanted)
                    except AssertionError as e:
                        sys.exit(f"{check.__name__}, {path.name}: {e}")
                told.append(f"{path.stem} {wanted['summary']['planned']}")
    print("as the JSON has it, in junitparser, junit2html and xunit-viewer: " + ", ".join(told))


main()
