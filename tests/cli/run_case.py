#!/usr/bin/python3
"""Runs one case of the command line: run_case.py BINARY CASE.test (python3's standard library alone).

A case is a list of steps, one a line, run in order in an empty folder. Words are split as a shell does;
blank lines and lines that start with # are skipped. The first step that does not hold ends the case.

  file NAME              the lines up to a line END become that file
  onnx NAME              the same, from a graph as onnx_text.py describes it
  bytes NAME SEED COUNT  pseudo-random bytes
  npy NAME SHAPE NUMBER  a float32 array of zeros (SHAPE such as 1,3,32,32) whose element 7 is NUMBER
  cut NAME COUNT         keep the first COUNT bytes
  swap NAME OLD NEW      replace the first OLD in a text file; OLD must be there
  set NAME POINTER JSON  put a value into a JSON file; a pointer that ends in /- appends
  drop NAME POINTER      remove a value from a JSON file
  unset NAME PREFIX      remove the lines that start with PREFIX
  folder NAME | move OLD NEW

  $ cleave ARGUMENTS     run it; what follows is about this run. "> NAME" at the end keeps its stdout
  @ SECONDS ARGUMENTS    the same, with SIGINT after that time
  exit CODE
  out|err has TEXT       a substring
  out|err lacks TEXT
  out|err empty
  out|err lines N
  keys K...              stdout is JSON with these keys; "stages.device" looks into every element of a list
  value KEY JSON         stdout is JSON, and this key has this value

  holds NAME POINTER JSON  a JSON file has this value there
  columns NAME A,B,...   the CSV's header starts with these columns
  has-columns NAME A,... the CSV's header has these columns
  ascending NAME COLUMN  its numbers never fall
  same A B               files or folders of the same bytes
  exists PATH | absent PATH
  only FOLDER NAME...    the folder (". " is the case's own) holds these names and no others
"""
import csv
import filecmp
import json
import math
import os
import random
import shlex
import signal
import struct
import subprocess
import sys
import tempfile
import time

import onnx_text


class Failed(Exception):
    pass


def require(condition, message):
    if not condition:
        raise Failed(message)


def read(name, mode="r"):
    with open(name, mode) as file:
        return file.read()


def write(name, content):
    with open(name, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())


def header(name):
    with open(name, newline="") as file:
        return next(csv.reader(file))


def npy(shape, number):
    """See the format's version 1.0: magic, length of the header, header, elements."""
    elements = [0.0] * math.prod(shape)
    elements[7] = number
    text = repr({"descr": "<f4", "fortran_order": False, "shape": tuple(shape)}).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + struct.pack(f"<{len(elements)}f", *elements)


def find(value, path):
    """All values under a dotted path; a list stands for each of its elements."""
    if isinstance(value, list):
        require(value, f"{path}: empty list")
        return [found for element in value for found in find(element, path)]
    if not path:
        return [value]
    require(isinstance(value, dict) and path[0] in value, f"no key {path[0]}")
    inside = value[path[0]]
    return [inside] if len(path) == 1 else find(inside, path[1:])


def at_pointer(value, pointer):
    for step in pointer.split("/")[1:]:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def same(left, right):
    if os.path.isfile(left):
        return filecmp.cmp(left, right, shallow=False)
    names = sorted(os.listdir(left))
    return names == sorted(os.listdir(right)) and all(same(os.path.join(left, n), os.path.join(right, n)) for n in names)


def edit_json(name, pointer, action):
    document = json.loads(read(name))
    *way, last = pointer.split("/")[1:]
    place = document
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    action(place, int(last) if isinstance(place, list) and last != "-" else last)
    write(name, json.dumps(document))


def put(value):
    def action(place, key):
        if key == "-":
            place.append(value)
        else:
            place[key] = value
    return action


class Case:
    def __init__(self, binary):
        self.binary = binary
        self.code, self.out, self.err = None, "", ""

    def run(self, words, interrupt_s=None):
        target = None
        if len(words) > 1 and words[-2] == ">":
            target, words = words[-1], words[:-2]
        process = subprocess.Popen([self.binary, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if interrupt_s is not None:
            time.sleep(interrupt_s)
            process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=100)
        finally:
            process.kill()
        self.code, self.out, self.err = process.returncode, out.decode(), err.decode()
        if target:
            write(target, out)

    def stream(self, name, verb, *texts):
        text = getattr(self, name)
        if verb == "has":
            require(texts[0] in text, f"std{name} lacks {texts[0]!r}")
        elif verb == "lacks":
            require(texts[0] not in text, f"std{name} has {texts[0]!r}")
        elif verb == "empty":
            require(not text, f"std{name} is not empty")
        elif verb == "lines":
            require(text.count("\n") == int(texts[0]), f"std{name} has {text.count(chr(10))} lines, not {texts[0]}")
        else:
            raise Failed(f"unknown step: {name} {verb}")

    def step(self, words, body):
        match words:
            case ["file", name]: write(name, body)
            case ["onnx", name]: write(name, onnx_text.model(body))
            case ["bytes", name, seed, count]: write(name, random.Random(int(seed)).randbytes(int(count)))
            case ["npy", name, shape, number]: write(name, npy([int(n) for n in shape.split(",")], float(number)))
            case ["cut", name, count]: write(name, read(name, "rb")[:int(count)])
            case ["swap", name, old, new]:
                require(old in read(name), f"{name} lacks {old!r}")
                write(name, read(name).replace(old, new, 1))
            case ["set", name, pointer, value]: edit_json(name, pointer, put(json.loads(value)))
            case ["drop", name, pointer]: edit_json(name, pointer, lambda place, key: place.pop(key))
            case ["unset", name, prefix]: write(name, "".join(l for l in read(name).splitlines(True) if not l.startswith(prefix)))
            case ["folder", name]: os.makedirs(name)
            case ["move", old, new]: os.rename(old, new)
            case ["$", "cleave", *arguments]: self.run(arguments)
            case ["@", seconds, "cleave", *arguments]: self.run(arguments, float(seconds))
            case ["exit", code]: require(self.code == int(code), f"exit code is {self.code}, not {code}")
            case ["out" | "err" as name, verb, *texts]: self.stream(name, verb, *texts)
            case ["keys", *keys]:
                for key in keys:
                    find(json.loads(self.out), key.split("."))
            case ["value", key, value]:
                found = find(json.loads(self.out), key.split("."))
                require(all(f == json.loads(value) for f in found), f"{key} is {found}, not {value}")
            case ["holds", name, pointer, value]:
                found = at_pointer(json.loads(read(name)), pointer)
                require(found == json.loads(value), f"{name}: {pointer} is {found}, not {value}")
            case ["columns", name, columns]:
                wanted = columns.split(",")
                require(header(name)[:len(wanted)] == wanted, f"{name} has the columns {header(name)}")
            case ["has-columns", name, columns]:
                require(not set(columns.split(",")) - set(header(name)), f"{name} has the columns {header(name)}")
            case ["ascending", name, column]:
                with open(name, newline="") as file:
                    numbers = [float(row[column]) for row in csv.DictReader(file)]
                require(len(numbers) > 1 and numbers == sorted(numbers), f"{name}: {column} is {numbers}")
            case ["same", left, right]: require(same(left, right), f"{left} and {right} differ")
            case ["exists", path]: require(os.path.exists(path), f"{path} does not exist")
            case ["absent", path]: require(not os.path.exists(path), f"{path} exists")
            case ["only", folder, *names]: require(sorted(os.listdir(folder)) == sorted(names), f"{folder} holds {sorted(os.listdir(folder))}")
            case _: raise Failed("unknown step")


def steps(text):
    """(line number, words, body) of every step."""
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        words = shlex.split(line)
        body = []
        if words[0] in ("file", "onnx"):
            for _, inner in lines:
                if inner == "END":
                    break
                body.append(inner + "\n")
        yield number, words, "".join(body)


def main():
    binary, path = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    case = Case(binary)
    todo = list(steps(read(path)))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for number, words, body in todo:
            try:
                case.step(words, body)
            except (Failed, OSError, ValueError, KeyError, IndexError, subprocess.TimeoutExpired) as error:
                print(f"{path}:{number}: {shlex.join(words)}: {error}\nexit {case.code}\nstdout: {case.out[:2000]}\nstderr: {case.err[:2000]}")
                return 1
            finally:
                os.chdir(folder)
        os.chdir("/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
