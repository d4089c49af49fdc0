# SPDX-License-Identifier: Apache-2.0
"""Programs with one fault at a time (`--mutants` lists them, `--mutant NAME` switches one on), and runs of tck against them."""
import json
import pathlib
import subprocess

NONE = "none"  # the program without a fault


def listed(program):
    lines = subprocess.run([program, "--mutants"], check=True, capture_output=True, text=True).stdout.splitlines()
    return [line.split("\t")[0] for line in lines]


def table(file, columns):
    """The rows of a table whose fields stand between tabs; lines with # in front are for the reader."""
    rows = [line.split("\t") for line in pathlib.Path(file).read_text().splitlines() if line and line[0] != "#"]
    wrong = [row for row in rows if len(row) != columns]
    if wrong:
        raise SystemExit(f"{file}: {wrong[0]}: {columns} fields are wanted")
    return rows


def mistakes_of_names(named, program, file):
    """What is listed and not in the table, or the other way round."""
    there = listed(program)
    return ([f"{name}: not in {file}" for name in there if name not in named] +
            [f"{name}: no such mutant" for name in named if name not in there])


def user_function(command):
    return {"command": command, "env": {"PORT": "{port}"}, "ready_timeout": "10s"}


def proxy(command):
    return {"command": [*command, "--host", "127.0.0.1", "--port", "{port}", "--user-function-port", "{tap.port}",
                        "--store", "sqlite:{scratch}/store.db"],
            "durable": True, "ready_timeout": "10s", "stop_timeout": "1s"}


def run(tck, name, config, directory, *arguments):
    """Plays the candidate `config`; what the report says, by scenario, and what the terminal said."""
    config_file = pathlib.Path(directory) / f"{name}.yaml"
    report = pathlib.Path(directory) / f"{name}.json"
    config_file.write_text(json.dumps({"name": name, **config}))
    ran = subprocess.run([tck, "run", "--config", config_file, "--strict", "--junit", "none", "--json", report,
                          *arguments], capture_output=True, text=True, timeout=280, check=False)
    if not report.exists():
        raise SystemExit(f"{name}: no report; it said:\n{ran.stdout}{ran.stderr}")
    return {s["id"]: s for s in json.loads(report.read_text())["scenarios"]}, ran.stdout + ran.stderr
