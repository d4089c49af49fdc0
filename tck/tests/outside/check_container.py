#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Would ci/gates/Containerfile make an image that works? One cannot be built in a test: its base comes from a registry of images.

What it copies into its first stage must be all that its build reads. The packages that it installs for running must be those that
the programs need: none missing, none too many. And the programs run where nothing else is: in a root directory of those packages'
libraries alone, made from the ones that are installed here. Usage: check_container.py TOP BIN
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import packages

top, binaries = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
containerfile = top / "ci/gates/Containerfile"
PROGRAMS = ("tck", "tck-user-function", "tck-proxy")
# Not a library: the certificates that a proxy needs to speak to a PostgreSQL by TLS.
BESIDE = {"ca-certificates"}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def package_of(path):
    """Where / has been merged with /usr, dpkg knows a library by the path that it had in its package."""
    real = Path(path).resolve()
    for spelled in (str(real), str(real).removeprefix("/usr")):
        done = subprocess.run(["dpkg", "-S", spelled], capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    sys.exit(f"no package has {real}")


def libraries(program):
    """Of a program: library -> path of all that it loads, and the names of those that it asks for itself."""
    loaded = dict(re.findall(r"^\s*(\S+) => (/\S+)", output("ldd", program), re.M))
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "--dynamic", "--wide", program))
    return loaded, [name for name in needed if name in loaded]


def with_dependencies(names):
    known, todo = set(), set(names)
    while todo:
        name = todo.pop()
        done = subprocess.run(["dpkg-query", "--show", "--showformat", "${db:Status-Status}, ${Pre-Depends}, ${Depends}", name],
                              capture_output=True, text=True)
        if done.stdout.startswith("installed, "):  # of alternatives, the one that is here
            known.add(name)
            todo |= set(re.findall(r"[,|]\s*([a-z0-9.+-]+)", done.stdout)) - known
    return known


def files_of(names):
    return [Path(line) for line in output("dpkg-query", "--listfiles", *sorted(names)).splitlines() if line.startswith("/")]


def root_of(names, root):
    """A root directory with these packages' libraries, the programs, and what every container has."""
    for file in files_of(names):
        if re.match(r"/(usr/)?lib", str(file)) and ".so" in file.name and file.is_file():
            target = root / "usr" / str(file).lstrip("/").removeprefix("usr/")
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copy2(file, target)
    for link in ("bin", "lib", "lib64"):
        (root / "usr" / link).mkdir(exist_ok=True)
        (root / link).symlink_to(f"usr/{link}")
    for folder in ("dev", "proc", "tmp", "project", "usr/local/bin"):
        (root / folder).mkdir(parents=True)
    for program in PROGRAMS:
        shutil.copy2(binaries / program, root / "usr/local/bin")
    shutil.copy2("/bin/sh", root / "usr/bin/sh")  # it watches over what the kit starts


def check_build(stage):
    """Configures what is copied, and lets ninja look whether there is everything that it would read."""
    with tempfile.TemporaryDirectory() as directory:
        for line in re.findall(r"^COPY (.*)", stage, re.M):
            *sources, target = line.split()
            for source in sources:
                # A target with a slash at its end is a folder to copy into.
                into = Path(directory, target, Path(source).name) if target.endswith("/") else Path(directory, target)
                into.parent.mkdir(parents=True, exist_ok=True)
                if (top / source).is_dir():
                    shutil.copytree(top / source, into, dirs_exist_ok=True)
                else:
                    shutil.copy2(top / source, into)
        configure, build = re.search(r"^RUN (cmake --preset .*) && (cmake --build .*)", stage, re.M).groups()
        for step in (configure, f"{build} -- -n"):
            done = subprocess.run(step.split(), cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            assert done.returncode == 0, f"what {containerfile.name} copies is not enough for: {step}\n{done.stdout}"


def main():
    first_stage, last_stage = containerfile.read_text().replace("\\\n", " ").split("\nFROM ")[1:]
    check_build(first_stage)
    named = set(re.search(r"apt-get install (.*?) &&", last_stage).group(1).split()) - {"--yes", "--no-install-recommends"}
    if not shutil.which("dpkg-query") or not Path("/etc/debian_version").read_text().startswith("12"):
        packages.skip("this is not Debian 12, which the container is")
    loaded, wanted = {}, set()
    for program in PROGRAMS:
        all_of_it, itself = libraries(binaries / program)
        loaded |= all_of_it
        wanted |= {package_of(all_of_it[name]) for name in itself}
    essential = {"libc6", "zlib1g"}  # in every Debian image: dpkg itself needs them
    missing = wanted - named - essential
    assert not missing, f"the programs are linked against what {containerfile.name} does not install: {missing}"
    spare = named - wanted - BESIDE
    assert not spare, f"{containerfile.name} installs what no program is linked against: {spare}"
    there = with_dependencies(named | essential)
    owned = {file.resolve() for file in files_of(there) if ".so" in file.name}
    unmet = {path for path in loaded.values() if Path(path).resolve() not in owned}
    assert not unmet, f"not there with the packages of {containerfile.name}: {unmet}"

    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        root_of(there, root)
        apart = ["unshare", "--map-root-user", "--mount", "--pid", "--fork"]
        if subprocess.run([*apart, "true"], capture_output=True).returncode != 0:
            packages.skip("the libraries are the right ones; that the programs run with them alone cannot be seen, as no "
                          "namespaces can be made here")
        inside = [*apart, "sh", "-c", 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"', root]
        done = subprocess.run([*inside, "/usr/local/bin/tck", "run", "--junit", "/project/junit.xml"],
                              env={**os.environ, "PATH": f"/usr/local/bin:{os.environ['PATH']}", "HOME": "/project"},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        print(done.stdout)
        assert done.returncode == 0, "the bundled pair is not conformant in a root directory with these libraries alone"
        assert (root / "project/junit.xml").exists()
        next(root.rglob("libpq.so.5")).unlink()
        lacking = subprocess.run([*inside, "/usr/local/bin/tck-proxy", "--version"], capture_output=True, text=True)
        assert "libpq.so.5" in lacking.stderr, f"the libraries that were used are not those of the root directory: {lacking}"
    print(f"{len(loaded)} libraries of {len(there)} packages, by {len(named)} that are named: the programs need these and no others")


main()
