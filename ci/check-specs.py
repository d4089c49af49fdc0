#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does every file below specs/ validate against specs/schema.json?

    ci/check-specs.py [SPECS]

What an editor shows its user must agree with what the loader accepts. Exit: 0 all do, 1 one does not, 77 a module is missing.
"""
import json
import pathlib
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}", file=sys.stderr)
    sys.exit(77)


class Core(yaml.SafeLoader):
    """The scalars of YAML 1.2's core schema, as the kit reads them: `on`, `no` and `1:30` are strings."""

    yaml_implicit_resolvers = {}


def number(loader, node):
    text = node.value
    return int(text, 0) if text[:2] in ("0x", "0o") else int(text)


RESOLVERS = (
    ("null", r"^(?:~|null|Null|NULL|)$", list("~nN") + [""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^(?:[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+)$", list("-+0123456789")),
    ("float", r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
     list("-+.0123456789")),
)
for tag, pattern, first in RESOLVERS:
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", yaml.resolver.re.compile(pattern), first)
Core.add_constructor("tag:yaml.org,2002:int", number)


def mistakes(validator, path):
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Core)
    except yaml.YAMLError as error:
        yield f"not YAML: {error}"
        return
    for error in validator.iter_errors(document):
        nearest = jsonschema.exceptions.best_match([error])
        where = "/".join(str(part) for part in nearest.absolute_path) or "the file"
        yield f"{where}: {nearest.message[:300]}"


def main(specs):
    schema = json.loads((specs / "schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    suite = jsonschema.Draft7Validator(schema)
    rules = {"$ref": "#/definitions/requirements", "definitions": schema["definitions"]}
    requirements = jsonschema.Draft7Validator(rules)
    files = sorted(specs.rglob("*.yaml"))
    wrong = 0
    for path in files:
        validator = requirements if path == specs / "requirements.yaml" else suite
        for mistake in mistakes(validator, path):
            print(f"{path}: {mistake}", file=sys.stderr)
            wrong += 1
    print(f"{len(files)} files, {wrong} mistakes")
    if not files:
        print(f"no *.yaml below {specs}", file=sys.stderr)
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "specs")))
