"""What the importers of measured tables share: complaints, checked numbers, and files that are written both or not at all."""
import json
import os
import sys

MOST_DEVICES = 1000  # of a class in a cluster file


class BadInput(Exception):
    """One sentence: file, place, problem, repair."""


def read_text(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; give a file that can be read") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: it is not UTF-8 text; give a text file") from error


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf")


def non_negative(value, where):
    if not is_number(value) or value < 0:
        raise BadInput(f"{where}: is {json.dumps(value)}; give a finite number that is not negative")
    return value


def positive(value, where):
    if not is_number(value) or value <= 0:
        raise BadInput(f"{where}: is {json.dumps(value)}; give a finite number greater than 0")
    return value


def whole(value, where, least, most=2**53):
    if not is_number(value) or value != int(value) or not least <= value <= most:
        raise BadInput(f"{where}: is {json.dumps(value)}; give a whole number from {least} to {most}")
    return int(value)


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
