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
        """MiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


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
        self.function = None

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

    @contextlib.contextmanager
    def proxy(self, name, command, **environment):
        """Started when somebody waits for it already; answers when this returns."""
        port = next(self.ports)
        waiting = subprocess.Popen([self.programs / "tck-bench-proxy-load", "first", "action", f"127.0.0.1:{port}"],
                                   stdout=subprocess.PIPE, text=True)
        waiting.stdout.readline()
        environment = {**os.environ, "HTTP_PORT": str(port), "USER_FUNCTION_HOST": "127.0.0.1",
                       "USER_FUNCTION_PORT": str(self.function.port), **environment}
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


def rows_of(options, store):
    kinds = [kind for kind in options.kinds if store == options.stores[0] or kind in STORED]
    return [Row(kind, clients, entities) for kind in kinds for entities in options.entities
            for clients in options.clients if kind != "action" or entities == options.entities[0]]


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

def starts(bench, runs):
    """Starts each by turns. {name: [(milliseconds, MiB at the first answer)]}"""
    begin = {PROXY: lambda: bench.ours("memory")}
    if bench.options.other:
        begin[bench.options.other[0]] = bench.other
    found = {name: [] for name in begin}
    for _ in range(runs):
        for name, start in begin.items():
            with start() as proxy:
                found[name].append((proxy.start_ms, proxy.resident))
    return found


def loaded(bench, targets, calls):
    """MiB after so many calls of each kind over all entities, the same for each. It warms them up as well."""
    for kind in bench.options.kinds:
        for target in targets.values():
            measured = bench.load(kind, target, 64, bench.options.entities[-1], calls=calls)
            if measured["failed"]:
                print(f"\nfailed: {kind}: {measured['failed']} calls, the first with {measured['failure']}")
    return {name: target.resident for name, target in targets.items()}


def print_starts(found, resident):
    print("\n### Start and memory")
    ours = found[PROXY]
    rows = []
    for name, runs in found.items():
        times = [ms for ms, _ in runs]
        idle = statistics.median(mib for _, mib in runs)
        rows.append([name, f"{statistics.median(times):.0f} / {min(times):.0f}", f"{idle:.1f}",
                     f"{resident[name]:.1f}"])
        if name != PROXY:
            rows.append([f"times {PROXY}'s", f"{statistics.median(times) / statistics.median(ms for ms, _ in ours):.0f}",
                         f"{idle / statistics.median(mib for _, mib in ours):.1f}",
                         f"{resident[name] / resident[PROXY]:.1f}"])
    table(["", "first answer, ms", "resident MiB then", "MiB after load"], rows)


# ---- all of it ----

def run_store(bench, store, forwarder):
    """The first store's proxy is the one that stands beside the other, which has its own."""
    options = bench.options
    first = store == options.stores[0]
    rows = rows_of(options, store)
    with contextlib.ExitStack() as stack:
        where = stack.enter_context(opened_store(store, bench.scratch))
        targets = {PROXY: stack.enter_context(bench.ours(where))}
        if first and options.other:
            targets[options.other[0]] = stack.enter_context(bench.other())
        if first:
            resident = loaded(bench, targets, options.calls)
            print_starts(starts(bench, options.starts), resident)
        for row in rows:
            measure(bench, row, targets, forwarder, options.rounds)
        print_rates(f"Store: {store}", rows)
        if first and options.other:
            print_side_by_side(options.other[0], rows)


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
    parser.add_argument("--calls", type=int, default=20000, help="of each kind before memory is read")
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
        with bench.helper("tck-bench-function") as bench.function, \
                bench.helper("tck-bench-forwarder", "--unary", bench.function.address) as forwarder:
            for store in options.stores:
                try:
                    run_store(bench, store, forwarder)
                except Unavailable as why:
                    print(f"\n### Store: {store}\n\nskipped: {why}")


if __name__ == "__main__":
    main()
