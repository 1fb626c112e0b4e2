"""What the importers of measured tables share: complaints, checked numbers, and files that are written both or not at all."""
import graphlib
import json
import os
import sys

MOST_DEVICES = 1000  # of a class in a cluster file
MOST_WHOLE = 9 * 10**15  # as cleave's integers, which doubles hold
LEAST, MOST = 1e-30, 1e30  # of cleave's quantities but 0, in SI units
MOST_DIGITS = 400  # of integers, which a double does not exceed by much


class BadInput(Exception):
    """One sentence: file, place, problem, repair."""


def read_text(path):
    try:
        with open(path, encoding="utf-8-sig") as file:
            return file.read()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; give a file that can be read") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: it is not UTF-8 text; give a text file") from error


def integer(text):
    """Of any length: Python refuses to read and to write long ones."""
    return int(text) if len(text) <= MOST_DIGITS else float(text)


def shown(value):
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def non_negative(value, where, unit=1):
    """The quantity in SI units, of which `unit` is how many the file's one is."""
    if not is_number(value) or value < 0:
        raise BadInput(f"{where}: is {shown(value)}; give a finite number that is not negative")
    if value != 0 and not LEAST <= float(value) * unit <= MOST:
        raise BadInput(f"{where}: is {shown(value)}; give 0, or what is from {LEAST:g} to {MOST:g} in SI units")
    return value * unit


def positive(value, where, unit=1):
    if not is_number(value) or value <= 0:
        raise BadInput(f"{where}: is {shown(value)}; give a finite number greater than 0")
    return non_negative(value, where, unit)


def whole(value, where, least, most=MOST_WHOLE):
    if not is_number(value) or value != int(value) or not least <= value <= most:
        raise BadInput(f"{where}: is {shown(value)}; give a whole number from {least} to {most}")
    return int(value)


def name_of(text, where):
    """Text that a file may have: of half a surrogate pair there is no UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput(f"{where}: is {shown(text)}, which UTF-8 cannot write; give another name") from error
    return text


def edge_of_a_cycle(edges):
    """One of the (source, reader) that lie on a cycle; None where there is none."""
    order = graphlib.TopologicalSorter()
    for source, reader in edges:
        order.add(reader, source)
    try:
        order.prepare()
    except graphlib.CycleError as error:
        return tuple(error.args[1][:2])
    return None


def operator(name, costs):
    return {"name": name, "costs": costs}


def costs_document(name, batch, operators, edges):
    return {"schema": "cleave.costs/1", "name": name, "batch": batch, "operators": operators, "edges": edges}


def cluster_document(name, devices):
    return {"schema": "cleave.cluster/1", "name": name, "devices": devices}


def write_tables(folder, costs, cluster):
    """costs.json and cluster.json in `folder`: both are complete under temporary names before either gets its own."""
    paths = {os.path.join(folder, "costs.json"): costs, os.path.join(folder, "cluster.json"): cluster}
    try:
        os.makedirs(folder, exist_ok=True)
        try:
            for path, document in paths.items():
                with open(path + ".part", "w", encoding="utf-8") as file:
                    json.dump(document, file, indent=1, allow_nan=False)
                    file.write("\n")
            for path in paths:
                os.replace(path + ".part", path)
        finally:
            for path in paths:
                if os.path.exists(path + ".part"):
                    os.remove(path + ".part")
    except OSError as error:
        raise BadInput(f"{folder}: {error.strerror}; give a folder that can be written with -o") from error


def import_tables(program, convert, options):
    """Writes what `convert(options)` makes, (costs, cluster), into `options.output`. Returns the exit code."""
    try:
        write_tables(options.output, *convert(options))
    except BadInput as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 3
    return 0
