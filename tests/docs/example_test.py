"""The README shows examples/explore.cpp and examples/CMakeLists.txt as they are.

  example_test.py SOURCE_FOLDER
"""
import pathlib
import re
import sys


def main():
    root = pathlib.Path(sys.argv[1])
    readme = (root / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w+\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    missing = [name for name in ("explore.cpp", "CMakeLists.txt") if (root / "examples" / name).read_text(encoding="utf-8") not in blocks]
    for name in missing:
        print(f"README.md does not show examples/{name} as it is", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
