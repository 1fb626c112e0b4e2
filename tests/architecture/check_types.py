#!/usr/bin/python3
"""No two types share a name: check_types.py SOURCE_FOLDER prints every fault and exits 1 if there is one.

Two classes of one qualified name in different files break the one-definition rule. The linker says nothing: it keeps one
copy of what both instantiate, such as the growing of a vector of them, and the other's memory is treated as if it had its
size. Types in unnamed namespaces do not count.
"""
import collections
import pathlib
import re
import sys

FOLDERS = ["include", "src"]
TEXT = re.compile(r'R"\((?:.|\n)*?\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*(?:.|\n)*?\*/')
SCOPE = re.compile(
    r"namespace\s*(?P<space>[\w:]*)\s*\{"
    r"|(?:struct|class|union|enum(?:\s+class)?)\s+(?:alignas\([^)]*\)\s*)?(?P<type>\w+)(?:\s+final)?(?:\s*:(?!:)[^;{()]*)?\s*\{"
    r"|\{|\}")


def types_of(text):
    """Qualified names of the types that a file defines in named namespaces."""
    names = []
    scopes = []  # of namespaces their names, of all else None
    for match in SCOPE.finditer(TEXT.sub(" ", text)):
        if match.group() == "}":
            if scopes:
                scopes.pop()
            continue
        if match["type"] and all(scopes):
            names.append("::".join([*scopes, match["type"]]))
        scopes.append((match["space"] or "") if match.group().startswith("namespace") else None)
    return names


def faults(root):
    places = collections.defaultdict(list)
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".cpp", ".hpp"):
                for name in types_of(path.read_text()):
                    places[name].append(path.relative_to(root))
    return [f"{name} is defined in {' and '.join(map(str, paths))}: give one of them another name"
            for name, paths in sorted(places.items()) if len(paths) > 1]


if __name__ == "__main__":
    found = faults(pathlib.Path(sys.argv[1]))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)
