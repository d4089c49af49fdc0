#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures tck against the bundled user function and prints figures; asserts nothing.

Started by ci/bench/run.sh and by the target `bench`. How to read the figures: ci/bench/README.md.
"""
import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
STEPS = HERE / "steps.yaml"
MODEL = "* | model | *"  # the original kit's scenarios for a user function
READY = re.compile(r"listening on (\S+)")
ROUND_TRIP = re.compile(r"(.+): ([0-9.]+) us, best ([0-9.]+)")
STEPS_IN = re.compile(r"repeat: \{times: ([0-9]+)")


@dataclasses.dataclass
class Run:
    """One run of tck. Times in milliseconds, memory in KiB."""

    report: dict
    wall: float
    processor: float
    peak: int

    @property
    def in_report(self):
        return self.report["duration_ms"]

    @property
    def scenarios(self):
        """From the start of the first scenario to the end of the last."""
        ran = self.report["scenarios"]
        return max(s["started_ms"] + s["duration_ms"] for s in ran) - min(s["started_ms"] for s in ran)


class Bench:
    def __init__(self, build, scratch):
        self.build = build
        self.scratch = scratch
        self.address = None

    @contextlib.contextmanager
    def user_function(self):
        """The candidate, started here: it is measured neither in time nor in memory."""
        with open(self.scratch / "user-function.log", "w") as log:
            process = subprocess.Popen([self.build / "bin/tck-user-function", "--port", "0"],
                                       stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            ready = READY.search(process.stdout.readline())
            if not ready:
                sys.exit("bench: tck-user-function did not say where it listens")
            self.address = ready.group(1)
            yield
        finally:
            process.terminate()
            process.wait()

    def run(self, *options, report=True, alone=True):
        """alone: against the user function that runs; else the bundled pair, started by tck."""
        path = self.scratch / "report.json"
        candidate = ["--user-function", self.address, "--role", "user-function"] if alone else []
        command = [self.build / "bench/tck-bench-run", self.build / "bin/tck", "run", "--quiet",
                   *candidate, "--junit", "none", "--json", path if report else "none", *options]
        done = subprocess.run(command, cwd=self.scratch, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"bench: {' '.join(map(str, command[1:]))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        wall, processor, peak = map(int, done.stderr.split()[-3:])
        return Run(json.loads(path.read_text()) if report else {}, wall / 1000, processor / 1000, peak)

    def round_trips(self):
        """Microseconds, as {name: (median, best)}."""
        text = subprocess.run([self.build / "bench/tck-bench-grpc"], check=True, capture_output=True, text=True).stdout
        return {name: (float(median), float(best)) for name, median, best in ROUND_TRIP.findall(text)}


def median_and_best(values):
    return f"{statistics.median(values):8.1f} {min(values):8.1f}"


def scenarios(bench, runs):
    select = ("--upstream-name", MODEL)
    count = len(bench.run(*select).report["scenarios"])
    print(f"{count} model scenarios, {runs} runs each; ms: median, best")
    print(f"  {'jobs':<6}{'scenarios':>17}{'run':>18}{'process':>18}{'processor':>18}   peak MiB")
    for jobs in (1, 2, 8):
        took = [bench.run(*select, "--jobs", str(jobs)) for _ in range(runs)]
        columns = ([r.scenarios for r in took], [r.in_report for r in took], [r.wall for r in took],
                   [r.processor for r in took])
        print(f"  {jobs:<6}" + " ".join(median_and_best(c) for c in columns)
              + f"   {max(r.peak for r in took) / 1024:.1f}")


def pair(bench, runs):
    """What ci/quickstart.sh does once it has built: proxy and user function started, everything, reports, all ended."""
    took = [bench.run(alone=False) for _ in range(runs)]
    summary = took[0].report["summary"]
    upstream = sum(1 for s in took[0].report["scenarios"] if s["upstream"] and s["verdict"] == "passed")
    print(f"\nthe bundled pair, {summary['planned']} scenarios ({upstream} of the original kit passed), {runs} runs; ms: median, best")
    print(f"  {'run':>17}{'process':>18}   peak MiB")
    print(f"  {median_and_best([r.in_report for r in took])} {median_and_best([r.wall for r in took])}"
          f"   {max(r.peak for r in took) / 1024:.1f}")


def memory(bench):
    select = ("--upstream-name", MODEL, "--jobs", "8")
    print("memory at --jobs 8; peak MiB")
    for title, report in (("without reports", False), ("with a JSON report", True)):
        once, often = bench.run(*select, report=report), bench.run(*select, "--repeat", "20", report=report)
        more = 19 * len(bench.run(*select).report["scenarios"])
        print(f"  {title + ':':<20} --repeat 1 {once.peak / 1024:6.1f}   --repeat 20 {often.peak / 1024:6.1f}"
              f"   {(often.peak - once.peak) * 1024 / more:7.0f} bytes a scenario")


def steps(bench, rounds):
    per_scenario = int(STEPS_IN.search(STEPS.read_text()).group(1))
    trips, each, peak = {}, {}, 0
    for _ in range(rounds):  # by turns, so that what disturbs one disturbs the other
        for name, (median, best) in bench.round_trips().items():
            trips.setdefault(name, []).append((median, best))
        run = bench.run("--specs", STEPS, "--scenario", "steps/**", "--jobs", "1")
        peak = max(peak, run.peak)
        for scenario in run.report["scenarios"]:
            each.setdefault(scenario["name"], []).append(scenario["duration_ms"] * 1000 / per_scenario)
    print(f"one step, {per_scenario} in a scenario, {rounds} rounds; us: median, best")
    for name, values in trips.items():
        print(f"  {name:<28} {statistics.median(m for m, _ in values):8.1f} {min(b for _, b in values):8.1f}")
    for name, values in each.items():
        middle, best = statistics.median(values), min(values)
        print(f"  {'step: ' + name:<28} {middle:8.1f} {best:8.1f}")
        for base in ("grpc core, two processes", "transport, two processes"):
            print(f"    {'over ' + base:<26} {middle / statistics.median(m for m, _ in trips[base]):8.2f} "
                  f"{best / min(b for _, b in trips[base]):8.2f}")
    print(f"  peak {peak / 1024:.1f} MiB")


def main():
    parser = argparse.ArgumentParser(prog="ci/bench/bench.py", description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="a build directory; run.sh gives build/release")
    parser.add_argument("--runs", type=int, default=20, help="runs of the scenarios for each number of jobs")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of the steps and of the bare round trips")
    options = parser.parse_args()
    print(f"{len(os.sched_getaffinity(0))} processors, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(options.build.resolve(), pathlib.Path(scratch))
        with bench.user_function():
            scenarios(bench, options.runs)
            pair(bench, options.runs)
            memory(bench)
            steps(bench, options.rounds)


if __name__ == "__main__":
    main()
