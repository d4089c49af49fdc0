#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does every room include only what its CMake target links, and do rooms keep what others' private headers hide?

A room is a folder with a tck_room(NAME … LINKS …) in its CMakeLists.txt. A header "x/y.h" belongs to the room whose folder is x.
Direct links alone do not count as the whole: what a linked room links is usable too (its headers include them).
Usage: ci/check-rooms.py [TOP]. Prints every breach; exit 1 if there is one."""
import pathlib
import re
import sys

top = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
rooms = {}  # target -> (folder, links)
for listfile in sorted(top.glob("tck/*/CMakeLists.txt")) + sorted(top.glob("fixtures/**/CMakeLists.txt")):
    text = re.sub(r"#.*", "", listfile.read_text())
    for call in re.finditer(r"\b(?:tck|backend)_room\(\s*(\w+)(.*?)\)", text, re.S):
        links = call.group(2).split("LINKS", 1)[1].split() if "LINKS" in call.group(2) else []
        rooms[call.group(1)] = (listfile.parent, links)


def closure(target, seen=None):
    seen = set() if seen is None else seen
    for link in rooms.get(target, (None, []))[1]:
        if link not in seen:
            seen.add(link)
            closure(link, seen)
    return seen


# "x/y.h" is found below tck/ and, for the rooms of the backend, below fixtures/backend/.
folder_of = {str(folder.relative_to(base)): target for target, (folder, _) in rooms.items()
             for base in (top / "tck", top / "fixtures" / "backend") if folder.is_relative_to(base) and folder != base}
breaches = []
checked = 0
for target, (folder, _) in rooms.items():
    allowed = closure(target)
    for source in sorted(folder.rglob("*.[ch]")):
        if "tests" in source.relative_to(folder).parts or "examples" in source.relative_to(folder).parts:
            continue
        checked += 1
        for number, line in enumerate(source.read_text().splitlines(), 1):
            include = re.match(r'\s*#\s*include\s+"([\w-]+)/([\w.-]+)"', line)
            if not include or include.group(1) not in folder_of:
                continue
            owner = folder_of[include.group(1)]
            where = f"{source.relative_to(top)}:{number}"
            if owner != target and owner not in allowed:
                breaches.append(f"{where}: {target} includes {include.group(1)}/{include.group(2)} but does not link {owner}")
            if owner != target and include.group(2).endswith("_internal.h"):
                breaches.append(f"{where}: {include.group(2)} is private to {owner}")
if not rooms or not checked:
    breaches.append("no rooms found: is this the top of the project?")
print("\n".join(breaches) if breaches else f"{checked} files of {len(rooms)} rooms: every include is linked")
sys.exit(1 if breaches else 0)
