"""Tables that cleave sweep writes, as the plotting scripts read them."""
import csv


class BadInput(Exception):
    """One sentence: file, place, problem, repair."""


def read_table(path, needed, sweep):
    """Rows and columns, the `needed` ones among them. `sweep` is how to get such a table, e.g. "cleave sweep --vary"."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows, columns = list(reader), list(reader.fieldnames or [])
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; give a folder that {sweep} wrote") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: it is not CSV text ({error}); run cleave sweep again") from error
    for column in needed:
        if column not in columns:
            raise BadInput(f"{path}: line 1: it has no column {column}; give a folder that {sweep} wrote")
    return rows, columns


def number(text, where):
    try:
        return float(text)
    except (TypeError, ValueError) as error:
        raise BadInput(f'{where}: "{text}" is no number; run cleave sweep again') from error


def chosen_model(rows, wanted, path):
    models = list(dict.fromkeys(row["model"] for row in rows))
    if wanted is None and len(models) == 1:
        return models[0]
    if wanted not in models:
        raise BadInput(f"{path}: it has the models {', '.join(models)}; choose one with --model")
    return wanted


def pyplot_without_screen():
    try:
        import matplotlib
        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError as error:
        raise BadInput("matplotlib is not installed; install the Debian package python3-matplotlib") from error
    return pyplot
