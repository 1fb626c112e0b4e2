"""Does what docs/formats.md shows: saves each block under its name, runs each command, compares what it promises.

  formats_test.py CLEAVE FORMATS.md
"""
import csv
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def same(shown, written):
    """Texts that differ in the last digits of numbers only."""
    if NUMBER.sub("#", shown) != NUMBER.sub("#", written):
        return False
    pairs = zip(NUMBER.findall(shown), NUMBER.findall(written))
    return all(abs(float(a) - float(b)) <= 1e-9 * abs(float(a)) for a, b in pairs)


def run(program, command, folder):
    words = shlex.split(command)
    done = subprocess.run([program, *words[1:]], cwd=folder, capture_output=True, text=True, timeout=30)
    return [] if done.returncode == 0 else [f"`{command}` exits with {done.returncode}: {done.stderr.strip()}"]


def keys(value):
    if isinstance(value, dict):
        return set(value).union(*(keys(item) for item in value.values()))
    return set().union(*(keys(item) for item in value)) if isinstance(value, list) else set()


def undocumented(names, page):
    """Names that no table has in code quotes, alone or after what they belong to."""
    return [f"`{name}` is not described" for name in sorted(names) if not re.search(rf"`(\w+/)?{re.escape(name)}`", page)]


def main():
    program, path = sys.argv[1:]
    page = pathlib.Path(path).read_text(encoding="utf-8")
    trouble, commands = [], 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for language, file, body in FENCE.findall(page):
            if language == "sh":
                for command in body.splitlines():
                    trouble += run(program, command, folder)
                    commands += 1
            elif (folder / file).exists():
                if not same(body, (folder / file).read_text(encoding="utf-8")):
                    trouble.append(f"{file} is not what the program writes")
            else:
                (folder / file).write_text(body, encoding="utf-8")
        trouble += run(program, "cleave plan measured.json -c two.json --weight 1 -o fresh.json", folder)
        if not trouble:
            shown, fresh = (json.loads((folder / file).read_text()) for file in ("plan.json", "fresh.json"))
            if not same(json.dumps(shown), json.dumps(fresh)):
                trouble.append("plan.json is not what `cleave plan` writes")
            with open(folder / "out" / "pareto.csv", newline="") as table:
                columns = set(next(csv.reader(table)))
            trouble += undocumented((keys(fresh) | columns) - {"schema"}, page)
    if commands < 8:
        trouble.append(f"only {commands} commands were found")
    for line in trouble:
        print(line, file=sys.stderr)
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main())
