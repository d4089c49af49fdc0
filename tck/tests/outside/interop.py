#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The original project's proxy under this kit: fixtures/candidates/akka-proxy.yaml with its known failures must be conformant.

The proxy is io.cloudstate:cloudstate-proxy-core_2.13:0.6.0 with all that it depends on: a directory of jars, from Maven by its
coordinates, or the one that TCK_AKKA_PROXY names. Where neither can be had, the test is skipped (exit code 77) and says why.
Usage: interop.py BIN CANDIDATES WORK
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import packages

binaries, candidates, work = (Path(argument).resolve() for argument in sys.argv[1:4])
GROUP, ARTIFACT, VERSION = "io.cloudstate", "cloudstate-proxy-core_2.13", "0.6.0"
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tck</groupId>
  <artifactId>interop</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>{GROUP}</groupId><artifactId>{ARTIFACT}</artifactId><version>{VERSION}</version></dependency>
  </dependencies>
</project>
"""


def from_maven(folder):
    """The jars, copied into this folder by Maven."""
    if not shutil.which("mvn"):
        packages.skip("mvn is not installed, which brings the Akka proxy; TCK_AKKA_PROXY may name a directory with its jars")
    project = work / "akka-proxy-pom"
    project.mkdir(exist_ok=True)
    (project / "pom.xml").write_text(POM)
    try:
        done = subprocess.run(["mvn", "--batch-mode", "--quiet", "dependency:copy-dependencies", f"-DoutputDirectory={folder}"],
                              cwd=project, capture_output=True, text=True, timeout=packages.PATIENCE, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        packages.skip(f"mvn did not bring {GROUP}:{ARTIFACT}:{VERSION} within {packages.PATIENCE} s")
    if done.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        said = re.sub(r"\bin https?://\S+|\(https?://\S+\)|https?://\S+", "", done.stdout + done.stderr)
        absent = re.search(r"(?:artifact )?(\S+:\S+:\S+)[^.]*was not found|Could not find artifact (\S+)", said)
        reason = f"there is no {absent.group(1) or absent.group(2)}" if absent else said.strip().splitlines()[0]
        packages.skip(f"the Akka proxy does not resolve by Maven: {reason}; TCK_AKKA_PROXY may name a directory with its jars")


def main():
    work.mkdir(parents=True, exist_ok=True)
    if not shutil.which("java"):
        packages.skip("java is not installed, on which the Akka proxy runs")
    place = work / "interop"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name in ("akka-proxy.yaml", "akka-proxy.known.yaml"):
        shutil.copy2(candidates / name, place)
    given = os.environ.get("TCK_AKKA_PROXY")
    jars = Path(given).resolve() if given else work / "akka-proxy-jars"
    if not given and not any(jars.glob(f"{ARTIFACT}*.jar")):
        from_maven(jars)
    if not any(jars.glob("*.jar")):
        sys.exit(f"there are no jars in {jars}")
    (place / "akka-proxy").symlink_to(jars)
    done = subprocess.run([binaries / "tck", "run", "--config", "akka-proxy.yaml", "--json", "report.json", "--junit", "junit.xml"],
                          cwd=place, stdin=subprocess.DEVNULL)
    report = json.loads((place / "report.json").read_text())
    upstream = [scenario for scenario in report["scenarios"] if scenario["upstream"] and scenario["role"] == "proxy"]
    assert len(upstream) == 30, f"{len(upstream)} of the original kit's scenarios for a proxy"
    lacking = [scenario["id"] for scenario in upstream if scenario["verdict"] != "passed"]
    assert not lacking, f"the original kit's own scenarios do not pass on its own proxy: {lacking}"
    sys.exit(done.returncode)


main()
