#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does what a file of ci/gates tells its CI system to do: green for a user function that keeps the rules, red for one that does not,
and the JUnit lies where the file says, in both cases.

GitLab's job is run by gitlab-ci-local; the Jenkinsfile by Groovy (declarative.groovy); of the workflow the steps that are
scripts are run here, as there is no runner without GitHub. Places that these systems would provide are made: a repository with
the kit's ci/, programs in the cache, an apt-get that installs nothing.

Usage: run_gate_file.py github-actions|gitlab-ci|jenkins TOP BIN BUILD WORK
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from pathlib import Path

import yaml

import packages

gate = sys.argv[1]
top, binaries, build, work = (Path(argument).resolve() for argument in sys.argv[2:6])
PROGRAMS = ("tck", "tck-user-function", "tck-proxy")
MUTANT = "snapshot-missing"


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)


def git(folder, *arguments):
    subprocess.run(["git", "-C", folder, "-c", "user.name=test", "-c", "user.email=test@localhost", *arguments],
                   check=True, capture_output=True)


def project(folder, user_function):
    """The repository of somebody who uses the gate."""
    folder.mkdir()
    program(folder / "build.sh", "touch built\n")
    command = ", ".join(f'"{part}"' for part in user_function)
    (folder / "tck.yaml").write_text(f'name: a service\nuser_function:\n  command: [{command}]\n'
                                     '  env: {HOST: 127.0.0.1, PORT: "{port}"}\n')


def kit_repository(folder):
    """As much of the kit's source as the gates touch before they build."""
    (folder / "ci").mkdir(parents=True)
    for name in ("install-packages.sh", "packages.txt"):
        shutil.copy2(top / "ci" / name, folder / "ci" / name)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "the kit")
    git(folder, "tag", "v0.1.0")


def cached(folder):
    for name in PROGRAMS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(binaries / name)


def said_by(command, folder, environment, log):
    done = subprocess.run([str(part) for part in command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)
    log.append(done.stdout)
    return done.returncode


def github_actions(folder, environment, log):
    """Steps that are scripts, as the runner starts them: bash with -e and pipefail, the next one only if all before it went well,
    or where its `if` says otherwise. The cache is tried empty first, to see the kit built; cmake is one that only looks."""
    job = yaml.safe_load((top / "ci/gates/github-actions.yml").read_text())["jobs"]["tck"]
    assert job["defaults"]["run"]["shell"] == "bash"
    kit_repository(folder / ".tck")
    ok, published = True, []
    for step in job["steps"]:
        condition = step.get("if", "success()")
        assert condition in ("success()", "steps.programs.outputs.cache-hit != 'true'", "${{ !cancelled() }}"), condition
        if not ok and "cancelled" not in condition:
            continue
        if "run" in step:
            if "cache-hit" in condition:
                # What it would build are targets of this build, by a preset that there is.
                presets = subprocess.run(["cmake", "--list-presets"], cwd=top, check=True, capture_output=True, text=True).stdout
                for name in re.findall(r"--preset (\S+)", step["run"]):
                    assert f'"{name}"' in presets, f"no preset {name}"
                targets = re.search(r"--target (.*)", step["run"]).group(1).split()
                subprocess.run(["cmake", "--build", build, "--target", *targets, "--", "-n"], check=True, capture_output=True)
                cached(folder / ".tck/build/release/bin")
            else:
                ok = said_by(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                             folder / step.get("working-directory", "."), environment, log) == 0
        elif step["uses"].startswith("mikepenz/action-junit-report@"):
            published += folder.glob(step["with"]["report_paths"])
        elif step["uses"].startswith("actions/upload-artifact@"):
            assert (folder / step["with"]["path"]).is_dir()
    return ok, published


def gitlab_ci(folder, environment, log):
    modules = packages.from_npm(work, "gitlab-ci-local", "gitlab-ci-local@4.61.1")
    if not shutil.which("rsync"):
        packages.skip("rsync is not installed, which gitlab-ci-local needs")
    kit_repository(folder.parent / "kit")
    shutil.copy2(top / "ci/gates/gitlab-ci.yml", folder / ".gitlab-ci.yml")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "a service")
    cached(folder / ".tck/build/release/bin")
    ended = said_by([modules / ".bin/gitlab-ci-local", "--force-shell-executor", "--no-shell-isolation",
                     "--variable", f"TCK_REPOSITORY={folder.parent / 'kit'}", "conformance"], folder, environment, log)
    job = yaml.safe_load((folder / ".gitlab-ci.yml").read_text())["conformance"]
    artifacts = folder / ".gitlab-ci-local/artifacts/conformance"
    return ended == 0, list(artifacts.glob(job["artifacts"]["reports"]["junit"]))


def jenkins(folder, environment, log):
    modules = packages.from_npm(work, "groovy-lint", "npm-groovy-lint@15.2.2")
    if not shutil.which("java"):
        packages.skip("java is not installed, which Groovy needs")
    (folder / "reports").mkdir()
    (folder / "reports/junit.xml").write_text("<testsuites/>")  # of the build before
    jars = modules / "npm-groovy-lint/lib/java/groovy/lib/*"
    ended = said_by(["java", "-cp", jars, "groovy.ui.GroovyMain", Path(__file__).with_name("declarative.groovy"), "run",
                     top / "ci/gates/Jenkinsfile"], folder, environment, log)
    assert ended in (0, 1), log
    assert f"archiveArtifacts: {folder}/reports/report.json" in log[-1], log
    return ended == 0, [Path(line.split(": ", 1)[1]) for line in log[-1].splitlines() if line.startswith("junit: ")]


def main():
    runs = {"github-actions": github_actions, "gitlab-ci": gitlab_ci, "jenkins": jenkins}
    right, wrong = [str(binaries / "tck-user-function")], [str(binaries / "tck-user-function-mutant"), "--mutant", MUTANT]
    told = []
    for user_function, wanted in ((right, True), (wrong, False)):
        with tempfile.TemporaryDirectory() as directory:
            place = Path(directory).resolve()
            folder = place / "project"
            project(folder, user_function)
            program(place / "bin/apt-get", "exit 0\n")
            program(place / "bin/sudo", "exec \"$@\"\n")
            environment = {**os.environ, "PATH": f"{place / 'bin'}:{binaries}:{os.environ['PATH']}", "NO_COLOR": "1"}
            log = []
            green, published = runs[gate](folder, environment, log)
            everything = "\n".join(log)
            assert green == wanted, f"{'green' if green else 'red'} with {user_function}:\n{everything}"
            assert (folder / "built").exists(), f"the implementation was not built first:\n{everything}"
            assert [file.name for file in published] == ["junit.xml"], f"published: {published}\n{everything}"
            counted = xml.etree.ElementTree.parse(published[0]).getroot()
            assert int(counted.get("tests")) > 100, counted.attrib
            assert (int(counted.get("failures")) > 0) == (not wanted), counted.attrib
            told.append(f"{'green' if green else 'red'} with {counted.get('tests')} tests, {counted.get('failures')} failures")
    print(f"{gate}: {'; '.join(told)}")


main()
