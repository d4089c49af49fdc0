#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures tck-proxy against a bare forwarder, and another proxy if one is given; prints tables, asserts nothing.

Started by ci/bench/run-proxy.sh and by the target `bench-proxy`. How to read the figures: ci/bench/README.md.
"""
import argparse
import contextlib
import dataclasses
import glob
import itertools
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

PROXY = "tck-proxy"
FORWARDER = "forwarder"
KINDS = ("action", "crdt", "event-sourced", "value-entity")
STORED = ("event-sourced", "value-entity")  # the others say the same for every store
STORES = ("memory", "sqlite", "postgres")
CLIENTS = (1, 16, 256)
ENTITIES = (1, 10000)
PATIENCE = 60  # seconds; for what ends or answers by itself


class Unavailable(Exception):
    """Something cannot be measured here; the text says why."""


# ---- processes ----

@dataclasses.dataclass
class Running:
    process: subprocess.Popen
    port: int
    start_ms: float = 0  # of a proxy: from its start to its first answer

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def resident(self):
        """MiB; not a number if the process ended by itself."""
        try:
            status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
            return int(status.split("VmRSS:")[1].split()[0]) / 1024
        except (OSError, IndexError):
            return float("nan")


def end(process, name):
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        print(f"\n{name} did not end within {PATIENCE} s of SIGTERM, so it was killed")
        process.kill()
        process.wait()


def free_ports():
    """Below those that the system gives to clients: a client that waits for such a port can get it, and connect to itself."""
    lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for port in itertools.cycle(range(max(1024, lowest - 4000), lowest)):
        with socket.socket() as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield port


class Bench:
    def __init__(self, options, scratch):
        self.options = options
        self.scratch = scratch
        self.programs = options.build.resolve() / "bench"
        self.ports = free_ports()

    def log(self, name):
        return open(self.scratch / f"{name}.log", "ab")

    @contextlib.contextmanager
    def helper(self, program, *arguments):
        """One of ours that prints its port and runs until its standard input ends."""
        with self.log(program) as log:
            process = subprocess.Popen([self.programs / program, *arguments], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            port = process.stdout.readline().strip()
            if not port:
                sys.exit(f"bench: {program} did not say where it listens")
            yield Running(process, int(port))
        finally:
            process.stdin.close()
            process.wait()

    def function(self):
        """Each proxy and the forwarder have one of their own, which has their streams and no others."""
        return self.helper("tck-bench-function")

    @contextlib.contextmanager
    def forwarder(self):
        with self.function() as function, self.helper("tck-bench-forwarder", "--unary", function.address) as forwarder:
            yield forwarder

    @contextlib.contextmanager
    def proxy(self, name, command):
        """Started when somebody waits for it already; answers when this returns."""
        with self.function() as function, self.started(name, command, next(self.ports), function) as proxy:
            yield proxy

    @contextlib.contextmanager
    def started(self, name, command, port, function):
        waiting = subprocess.Popen([self.programs / "tck-bench-proxy-load", "first", "action", f"127.0.0.1:{port}"],
                                   stdout=subprocess.PIPE, text=True)
        waiting.stdout.readline()
        environment = {**os.environ, "HTTP_PORT": str(port), "USER_FUNCTION_HOST": "127.0.0.1",
                       "USER_FUNCTION_PORT": str(function.port)}
        with self.log(name) as log:
            begun = time.monotonic_ns()
            process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            answered = self.first_answer(name, process, waiting)
            yield Running(process, port, (answered - begun) / 1e6)
        finally:
            waiting.kill()
            waiting.wait()
            end(process, name)

    def first_answer(self, name, process, waiting):
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                out, _ = waiting.communicate(timeout=0.1)
                return int(out)
            if process.poll() is not None or time.monotonic() > deadline:
                why = "it ended" if process.poll() is not None else f"no answer within {PATIENCE} s"
                tail = (self.scratch / f"{name}.log").read_text(errors="replace").splitlines()[-5:]
                raise Unavailable("\n".join([f"{name}: {why}", *tail]))

    def ours(self, store):
        return self.proxy(PROXY, [self.options.proxy, "--host", "127.0.0.1", "--store", store, "--log-level", "warning"])

    def other(self):
        name, command = self.options.other
        return self.proxy(name, ["/bin/sh", "-c", f"exec {command}"])

    def load(self, kind, target, clients, entities, **amounts):
        """What tck-bench-proxy-load prints, with the rate (per second) and the processor time of a call (microseconds)."""
        amounts = {"clients": clients, "entities": entities, "process": target.process.pid,
                   "milliseconds": int(self.options.seconds * 1000), **amounts}
        command = [self.programs / "tck-bench-proxy-load", "run", kind, target.address]
        for name, number in amounts.items():
            command += [f"--{name.replace('_', '-')}", str(number)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            return {"rate": 0, "p50": 0, "p99": 0, "cpu": 0, "failed": 1, "failure": done.stderr.strip()}
        measured = json.loads(done.stdout)
        measured["rate"] = measured["calls"] / measured["seconds"]
        measured["cpu"] = measured["processor"] * 1e6 / max(measured["calls"], 1)
        return measured


# ---- stores ----

@contextlib.contextmanager
def postgres(scratch):
    """A server of one's own in a directory of its own, on a Unix socket there. It refuses to run as root."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    if not found:
        raise Unavailable("PostgreSQL is not installed: no /usr/lib/postgresql/*/bin/initdb")
    programs = pathlib.Path(found[-1]).parent
    directory = pathlib.Path(tempfile.mkdtemp(prefix="tck-bench-postgres-"))
    user = {}
    if os.geteuid() == 0:
        names = {entry.pw_name for entry in pwd.getpwall()}
        name = next((name for name in ("postgres", "nobody") if name in names), None)
        if not name:
            raise Unavailable("PostgreSQL does not run as root, and there is no user postgres or nobody")
        user = {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}
        os.chown(directory, pwd.getpwnam(name).pw_uid, pwd.getpwnam(name).pw_gid)
    log = open(scratch / "postgres.log", "ab")
    server = None
    try:
        subprocess.run([programs / "initdb", "-D", directory / "data", "--username=tck", "--auth=trust", "--locale=C",
                        "--encoding=UTF8", "--no-instructions"], check=True, stdout=log, stderr=log, cwd=directory, **user)
        server = subprocess.Popen([programs / "postgres", "-D", directory / "data", "-k", directory, "-c",
                                   "listen_addresses="], stdout=log, stderr=log, cwd=directory, **user)
        deadline = time.monotonic() + PATIENCE
        while subprocess.run([programs / "pg_isready", "-q", "-h", directory]).returncode != 0:
            if server.poll() is not None or time.monotonic() > deadline:
                raise Unavailable("PostgreSQL took no connections: " + (scratch / "postgres.log").read_text()[-500:])
            time.sleep(0.05)  # it has no other way to tell
        yield f"postgres://tck@/postgres?host={directory}"
    finally:
        if server:
            server.send_signal(signal.SIGINT)  # which ends connections too
            server.wait()
        log.close()
        shutil.rmtree(directory)


@contextlib.contextmanager
def opened_store(store, scratch):
    """As tck-proxy's --store."""
    if store == "postgres":
        with postgres(scratch) as address:
            yield address
    elif store == "sqlite":
        yield f"sqlite:{tempfile.mkdtemp(dir=scratch)}/store"
    else:
        yield store


# ---- figures ----

class Row:
    """What one load gave, by who was under it; the same round's figures at the same place."""

    def __init__(self, kind, clients, entities):
        self.kind, self.clients, self.entities = kind, clients, entities
        self.results = {}

    def add(self, name, measured):
        self.results.setdefault(name, []).append(measured)

    def values(self, name, figure):
        return [measured[figure] for measured in self.results[name]]

    def rate(self, name):
        values = self.values(name, "rate")
        mark = " **failed**" if any(self.values(name, "failed")) else ""
        return f"{statistics.median(values):.0f} / {max(values):.0f}{mark}"

    def times(self, name, base):
        """Median of the rounds' ratios, and that of the two best."""
        pairs = [(a, b) for a, b in zip(self.values(name, "rate"), self.values(base, "rate")) if b]
        if not pairs:
            return "-"
        best = max(a for a, _ in pairs) / max(b for _, b in pairs)
        return f"{statistics.median(a / b for a, b in pairs):.2f} / {best:.2f}"

    def latency(self, name, figure):
        """Milliseconds."""
        values = self.values(name, figure)
        return f"{statistics.median(values) / 1000:.2f} / {min(values) / 1000:.2f}"

    def processor(self, name):
        values = self.values(name, "cpu")
        return f"{statistics.median(values):.0f} / {min(values):.0f}"

    @property
    def title(self):
        return [self.kind, str(self.clients), "-" if self.kind == "action" else f"{self.entities:,}"]


def table(columns, rows):
    print("\n| " + " | ".join(columns) + " |\n|" + " --- |" * len(columns))
    for cells in rows:
        print("| " + " | ".join(cells) + " |")
    sys.stdout.flush()


def failures(rows):
    for row in rows:
        for name, results in row.results.items():
            for measured in results:
                if measured["failed"]:
                    print(f"\nfailed: {name}, {', '.join(row.title)}: {measured['failed']} calls, "
                          f"the first with {measured['failure']}")
    sys.stdout.flush()


def groups_of(options, store):
    """Rows that share processes: entities that one row left active are not to burden another of fewer."""
    kinds = [kind for kind in options.kinds if store == options.stores[0] or kind in STORED]
    return [[Row(kind, clients, entities) for clients in options.clients] for kind in kinds
            for entities in options.entities if kind != "action" or entities == options.entities[0]]


def measure(bench, row, targets, forwarder, rounds):
    """By turns, so that what disturbs one disturbs the others."""
    for _ in range(rounds):
        row.add(FORWARDER, bench.load("forwarded", forwarder, row.clients, 1))
        for name, target in targets.items():
            row.add(name, bench.load(row.kind, target, row.clients, row.entities))


def print_rates(title, rows):
    print(f"\n### {title}")
    table(["service", "clients", "entities", "forwarder/s", f"{PROXY}/s", "ratio", "p50 ms", "p99 ms",
           "forwarder's p99", "processor µs", "forwarder's"],
          [[*row.title, row.rate(FORWARDER), row.rate(PROXY), row.times(PROXY, FORWARDER), row.latency(PROXY, "p50"),
            row.latency(PROXY, "p99"), row.latency(FORWARDER, "p99"), row.processor(PROXY), row.processor(FORWARDER)]
           for row in rows])
    failures(rows)


def print_side_by_side(name, rows):
    print(f"\n### {PROXY} and {name}")
    table(["service", "clients", "entities", f"{PROXY}/s", f"{name}/s", "times", "p50 ms", f"{name}'s", "p99 ms",
           f"{name}'s", "processor µs", f"{name}'s"],
          [[*row.title, row.rate(PROXY), row.rate(name), row.times(PROXY, name), row.latency(PROXY, "p50"),
            row.latency(name, "p50"), row.latency(PROXY, "p99"), row.latency(name, "p99"), row.processor(PROXY),
            row.processor(name)] for row in rows])


# ---- start and memory ----

class Starts:
    """By name: milliseconds to the first answer, MiB then; and by name and kind the MiB after the warming up."""

    def __init__(self):
        self.times, self.at_first, self.loaded = {}, {}, {}

    def note(self, name, proxy):
        self.times.setdefault(name, []).append(proxy.start_ms)
        self.at_first.setdefault(name, []).append(proxy.resident)

    def repeat(self, begin, runs):
        """By turns."""
        for _ in range(runs):
            for name, start in begin.items():
                with start() as proxy:
                    self.note(name, proxy)

    def rows(self, kinds):
        ours = [statistics.median(self.times[PROXY]), statistics.median(self.at_first[PROXY]),
                *(self.loaded[PROXY].get(kind, 0) for kind in kinds)]
        for name, times in self.times.items():
            own = [statistics.median(times), statistics.median(self.at_first[name]),
                   *(self.loaded[name].get(kind, 0) for kind in kinds)]
            yield [name, f"{own[0]:.0f} / {min(times):.0f}", *(f"{mib:.1f}" for mib in own[1:])]
            if name != PROXY:
                yield [f"times {PROXY}'s", *(f"{a / b:.1f}" if b else "-" for a, b in zip(own, ours))]


def print_starts(starts, options):
    print(f"\n### Start and memory\n\nMiB after {options.calls:,} calls over {options.entities[-1]:,} entities, of a "
          "process for each service")
    table(["", "first answer, ms", "MiB then", *options.kinds], starts.rows(options.kinds))


# ---- all of it ----

def run_group(bench, where, others, group, forwarder, starts):
    """A process of each for these rows; so many calls at first warm them up, the same for each."""
    options, row = bench.options, group[0]
    with contextlib.ExitStack() as stack:
        targets = {name: stack.enter_context(start()) for name, start in
                   {PROXY: lambda: bench.ours(where), **others}.items()}
        for name, target in targets.items():
            bench.load(row.kind, target, 64, row.entities, calls=options.calls)
            if row.entities == options.entities[-1] or row.kind == "action":
                starts.loaded.setdefault(name, {})[row.kind] = target.resident
        for row in group:
            measure(bench, row, targets, forwarder, options.rounds)


def run_store(bench, store, forwarder):
    """The first store's rows stand beside the other proxy, which has a store of its own."""
    options = bench.options
    others = {options.other[0]: bench.other} if options.other and store == options.stores[0] else {}
    groups, starts = groups_of(options, store), Starts()
    with opened_store(store, bench.scratch) as where:
        for group in groups:
            print(f"bench: {store}, {group[0].kind} over {group[0].entities:,}", file=sys.stderr)  # it takes long
            run_group(bench, where, others, group, forwarder, starts)
        rows = [row for group in groups for row in group]
        print_rates(f"Store: {store}", rows)
        if others:
            print_side_by_side(options.other[0], rows)
        if store == options.stores[0]:
            starts.repeat({PROXY: lambda: bench.ours(where), **others}, options.starts)
            print_starts(starts, options)


def list_of(*known, of=str):
    def read(text):
        items = [of(word) for word in text.split(",")]
        for item in items:
            if known and item not in known:
                raise argparse.ArgumentTypeError(f"'{item}' is none of {', '.join(map(str, known))}")
        return items
    return read


def named_command(text):
    name, equals, command = text.partition("=")
    if not (name and equals and command):
        raise argparse.ArgumentTypeError("it is NAME=COMMAND")
    return name, command


def read_options():
    parser = argparse.ArgumentParser(prog="ci/bench/proxy.py", description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="a build directory; run-proxy.sh gives build/release")
    parser.add_argument("--proxy", type=pathlib.Path, help="another build of tck-proxy than the build directory's")
    parser.add_argument("--other", type=named_command, metavar="NAME=COMMAND",
                        help="a proxy to measure beside it; gets HTTP_PORT, USER_FUNCTION_HOST and USER_FUNCTION_PORT")
    parser.add_argument("--stores", type=list_of(*STORES), default=list(STORES))
    parser.add_argument("--kinds", type=list_of(*KINDS), default=list(KINDS))
    parser.add_argument("--clients", type=list_of(of=int), default=list(CLIENTS))
    parser.add_argument("--entities", type=list_of(of=int), default=list(ENTITIES))
    parser.add_argument("--rounds", type=int, default=3, help="of each row, by turns")
    parser.add_argument("--seconds", type=float, default=2, help="that each figure is measured for")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--calls", type=int, default=30000, help="that warm each process up, before memory is read")
    parser.add_argument("--quick", action="store_true", help="the first store, 16 and 256 clients, one round of a second")
    options = parser.parse_args()
    if options.quick:
        options.stores, options.clients, options.rounds, options.seconds = options.stores[:1], [16, 256], 1, 1
        options.starts, options.calls = 2, 5000
    options.proxy = (options.proxy or options.build / "bin" / PROXY).resolve()
    return options


def main():
    options = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: terminated"))  # so that what was started is ended
    print(f"{len(os.sched_getaffinity(0))} processors, load {os.getloadavg()[0]:.1f}; rounds: {options.rounds} of "
          f"{options.seconds:g} s; cells: median / best")
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(options, pathlib.Path(directory))
        with bench.forwarder() as forwarder:
            for store in options.stores:
                try:
                    run_store(bench, store, forwarder)
                except Unavailable as why:
                    print(f"\n### Store: {store}\n\nskipped: {why}")


if __name__ == "__main__":
    main()
