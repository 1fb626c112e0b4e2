"""Every relative link and picture of the documents leads to a file, and every fragment to a heading.

  links_test.py SOURCE_FOLDER
"""
import pathlib
import re
import sys

LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")


def anchors(path):
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def complaints(page):
    for match in LINK.finditer(page.read_text(encoding="utf-8")):
        target = match[1] or match[2]
        if "://" in target:
            continue
        file, _, fragment = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        if not path.exists():
            yield f"{page}: {target} does not exist"
        elif fragment and fragment not in anchors(path):
            yield f"{page}: {target} has no such heading"


def main():
    root = pathlib.Path(sys.argv[1])
    pages = [*root.glob("*.md"), *root.glob("docs/*.md"), *root.glob("src/*/README.md")]
    trouble = [line for page in pages for line in complaints(page)]
    for line in trouble:
        print(line, file=sys.stderr)
    return 1 if trouble or len(pages) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
