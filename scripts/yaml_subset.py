"""Reads the little YAML that profilers write: mappings and lists by indentation, [lists] of scalars, plain and quoted scalars.

Everything else (anchors, tags, {mappings}, block text, several documents) is refused with its line, never guessed.
"""
import re

from measured_tables import BadInput, integer

ENTRY = re.compile(r"""("[^"\\]*"|'[^']*'|[^\s"'\[\]{}&*!|>%@`#,?-][^"']*?):(?:\s+(.*))?""")
INTEGER = re.compile(r"[-+]?\d+")
FLOAT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
QUOTED = re.compile(r""""[^"\\]*"|'[^']*'""")
WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


class Lines:
    """The lines that say something, with their place and indentation; a [list] over several lines is one."""

    def __init__(self, text, path):
        self.path = path
        self.lines = []
        self.at = 0
        open_list = False
        for number, raw in enumerate(text.splitlines(), start=1):
            words = self.without_comment(raw)
            if not words.strip():
                continue
            if open_list:
                place, indent, before = self.lines[-1]
                self.lines[-1] = (place, indent, f"{before} {words.strip()}")
            else:
                if "\t" in raw[:len(raw) - len(raw.lstrip())]:
                    raise BadInput(f"{path}: line {number}: is indented by a tab; use spaces")
                self.lines.append((number, len(words) - len(words.lstrip()), words.strip()))
            bare = QUOTED.sub("", self.lines[-1][2])
            open_list = bare.count("[") > bare.count("]")
        if open_list:
            raise BadInput(f"{path}: line {self.lines[-1][0]}: its [ is never closed; add ]")

    @staticmethod
    def without_comment(raw):
        """Cuts at the first # that follows a blank or nothing and is not inside quotes."""
        masked = QUOTED.sub(lambda quoted: "x" * len(quoted[0]), raw)
        found = re.search(r"(^|\s)#", masked)
        return raw[:found.start()] if found else raw

    def indent(self):
        return self.lines[self.at][1] if self.at < len(self.lines) else -1

    def text(self):
        return self.lines[self.at][2]

    def is_item(self):
        return self.at < len(self.lines) and re.match(r"-(\s|$)", self.text()) is not None

    def refuse(self, problem, repair="give plain mappings, lists and scalars"):
        raise BadInput(f"{self.path}: line {self.lines[min(self.at, len(self.lines) - 1)][0]}: {problem}; {repair}")

    @staticmethod
    def name(text):
        """A key, as it is written: what looks like a number or null is a name there."""
        return text[1:-1] if QUOTED.fullmatch(text) else text

    def scalar(self, text):
        if QUOTED.fullmatch(text):
            return text[1:-1]
        if text in WORDS:
            return WORDS[text]
        if INTEGER.fullmatch(text):
            return integer(text)
        if FLOAT.fullmatch(text):
            return float(text)
        if text[0] in "&*!|>%@`{}[]\"'?," or re.search(r":(\s|$)", text) or re.match(r"-(\s|$)|(---|\.\.\.)$", text):
            self.refuse(f"`{text[:40]}` is YAML beyond the subset that is read here")
        return text

    def value(self, text):
        if not text.startswith("["):
            return self.scalar(text)
        if not text.endswith("]"):
            self.refuse("text follows a closing ]")
        inner = text[1:-1].strip().removesuffix(",")
        return [self.element(part.strip()) for part in inner.split(",")] if inner else []

    def element(self, text):
        if not text or re.search(r"[][{}]", text):
            self.refuse(f"`{text[:40]}` is no scalar of a [list]")
        return self.scalar(text)

    def nested(self, deeper):
        """What belongs to an entry without a value: a deeper block, or nothing."""
        return self.block() if deeper else None

    def block(self):
        return self.items() if self.is_item() else self.mapping()

    def items(self):
        found, indent = [], self.indent()
        while self.indent() == indent and self.is_item():
            place, _, text = self.lines[self.at]
            rest = text[1:].lstrip()
            if not rest:
                self.at += 1
                found.append(self.nested(self.indent() > indent))
            elif ENTRY.fullmatch(rest):
                self.lines[self.at] = (place, indent + len(text) - len(rest), rest)
                found.append(self.mapping())
            else:
                found.append(self.value(rest))
                self.at += 1
        self.refuse_deeper(indent)
        return found

    def mapping(self):
        found, indent = {}, self.indent()
        while self.indent() == indent and not self.is_item():
            entry = ENTRY.fullmatch(self.text())
            if not entry:
                self.refuse(f"`{self.text()[:40]}` is no `key: value`")
            key = self.name(entry[1])
            if not key:
                self.refuse("has an empty key", "give it a name")
            if key in found:
                self.refuse(f"`{key}` is there twice", "keep one of them")
            if entry[2]:
                found[key] = self.value(entry[2])
                self.at += 1
            else:
                self.at += 1
                found[key] = self.nested(self.indent() > indent or self.indent() == indent and self.is_item())
        self.refuse_deeper(indent)
        return found

    def refuse_deeper(self, indent):
        if self.indent() > indent:
            self.refuse("is indented deeper than what it could belong to", "align it")


def parse_yaml(text, path):
    lines = Lines(text, path)
    if not lines.lines:
        return None
    try:
        value = lines.block()
    except RecursionError as error:
        raise BadInput(f"{path}: is nested too deeply; give plain mappings, lists and scalars") from error
    if lines.at < len(lines.lines):
        lines.refuse("does not belong to what stands before it", "align it")
    return value
