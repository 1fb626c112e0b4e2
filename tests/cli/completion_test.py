#!/usr/bin/env python3
"""Completions and the manual page against the help: completion_test.py CLEAVE bash|zsh|fish|man

Exit code 77 (skipped) where the shell, or groff, is not installed.
"""
import re
import shutil
import subprocess
import sys
import tempfile
import pathlib


def output(*command, **how):
    return subprocess.run(command, check=True, capture_output=True, text=True, **how).stdout


def verbs_of(cleave):
    return re.findall(r"^  (\S+)", output(cleave, "--help").split("Subcommands:\n")[1].split("\n\n")[0], re.M)


def options_of(cleave, *verb):
    listed = output(cleave, *verb, "--help").split("Options:\n")[1].split("\n\n")[0]
    return {name for names in re.findall(r"^  (-[\w,-]+)", listed, re.M) for name in names.split(",")}


def complete(script, line):
    """What bash offers behind `line`, and where readline would put it."""
    run = 'source "$1"; COMP_LINE="$2"; COMP_POINT=${#2}; _cleave; printf "%s\\n" "${COMPREPLY[@]}"'
    return [word for word in output("bash", "--norc", "-c", run, "bash", script, line).split("\n") if word]


def check_bash(cleave, script):
    verbs = verbs_of(cleave)
    assert complete(script, "cleave ") == verbs, complete(script, "cleave ")
    assert complete(script, "cleave swe") == ["sweep"]
    for verb in verbs:
        assert set(complete(script, f"cleave {verb} -")) == options_of(cleave, verb), verb
    assert set(complete(script, "cleave -")) == options_of(cleave)
    assert complete(script, "cleave sweep --solver ") == ["auto", "exact", "local", "ilp"]
    assert set(complete(script, "cleave run plan.json --engine ")) == {"plan", "fp32", "opencl", "reference"}
    assert complete(script, "cleave --config file plan --solver l") == ["local"]
    assert complete(script, "cleave plan zoo:vgg8 -c cpu_") == ["cpu_gpu"]
    assert set(complete(script, "cleave plan zoo:vgg8 --cluster edge")) == {"edge4", "edge_box", "edge_module"}
    # The colon breaks words: what follows it is replaced.
    known = {line.removeprefix("zoo:") for line in output(cleave, "model").split("\n") if line.startswith("zoo:resnet1")}
    assert known and set(complete(script, "cleave plan zoo:resnet1")) == known, complete(script, "cleave plan zoo:resnet1")
    assert complete(script, "cleave check some/pa") == [], "paths are left to bash"
    assert "complete -o bashdefault -o default -F _cleave cleave" in output("bash", "--norc", "-c", 'source "$1"; complete -p cleave', "bash", script)


def check_zsh(_, script):
    output("zsh", "-n", script)
    run = 'autoload -Uz compinit; compinit -u -D; source "$1"; print $_comps[cleave]'
    assert output("zsh", "-f", "-c", run, "zsh", script).strip() == "_cleave"


def check_fish(cleave, script):
    offered = lambda line: [word.split("\t")[0] for word in output("fish", "--no-config", "-c", f"source {script}; complete -C '{line}'").splitlines()]
    assert set(verbs_of(cleave)) <= set(offered("cleave "))
    assert {"auto", "exact", "local", "ilp"} <= set(offered("cleave sweep --solver "))
    assert {"plan", "fp32", "opencl", "reference"} <= set(offered("cleave run --engine "))
    assert "edge4" in offered("cleave plan -c edge")


def check_man(cleave, script):
    done = subprocess.run(["groff", "-man", "-ww", "-Tascii", "-P-cbou", script], check=True, capture_output=True, text=True)
    assert not done.stderr, done.stderr
    page = done.stdout
    sections = re.split(r"^   (\S+)$", page.split("\nVERBS\n")[1].split("\nWORDS AND EXIT CODES\n")[0], flags=re.M)
    texts = dict(zip(sections[1::2], sections[2::2]))
    assert list(texts) == verbs_of(cleave), list(texts)
    shared = page.split("\nVERBS\n")[0]
    for verb, text in texts.items():
        for name in options_of(cleave, verb):
            assert re.search(rf"(^|[\s,]){re.escape(name)}\b", text + shared, re.M), f"{verb} {name}"
    assert "75 interrupted" in page and "resumes" not in shared


def main():
    cleave, form = sys.argv[1:]
    if not shutil.which("groff" if form == "man" else form):
        print("not installed")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder, "script")
        script.write_text(output(cleave, *(["man"] if form == "man" else ["completion", form])), encoding="utf-8")
        {"bash": check_bash, "zsh": check_zsh, "fish": check_fish, "man": check_man}[form](cleave, str(script))
    return 0


if __name__ == "__main__":
    sys.exit(main())
