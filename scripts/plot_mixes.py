#!/usr/bin/python3
"""Draws what mixing devices buys: the frontier of each device class alone beside that of all classes together.

  plot_mixes.py DIR [-o mixes.png] [--model NAME]

DIR is what `cleave sweep --subclusters -o DIR` wrote. Needs matplotlib (Debian: python3-matplotlib). Exit codes: 0 done, 2 usage,
3 bad input (or no matplotlib).
"""
import argparse
import os
import sys

from sweep_tables import BadInput, chosen_model, number, pyplot_without_screen, read_table

# Okabe and Ito: distinguishable with every kind of colour vision.
COLOURS = ["#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999"]
COUNT = "count_"
SWEEP = "cleave sweep --subclusters"


def read_subclusters(path):
    rows, columns = read_table(path, ["model", "throughput_per_s", "energy_j"], SWEEP)
    classes = [column.removeprefix(COUNT) for column in columns if column.startswith(COUNT)]
    if not classes:
        raise BadInput(f"{path}: line 1: no column starts with {COUNT}; give a folder that {SWEEP} wrote")
    return rows, classes


def staircase(points):
    """Those that none beats in both, by ascending throughput."""
    best = []
    for throughput, energy in sorted(points, key=lambda point: (-point[0], point[1])):
        if not best or energy < best[-1][1]:
            best.append((throughput, energy))
    return best[::-1]


def frontiers_of(rows, classes, path):
    """Of the whole cluster (""), and of every class by itself, in any number."""
    points = {name: [] for name in ("", *classes)}
    for line, row in enumerate(rows, start=2):
        where = f"{path}: line {line}"
        present = [name for name in classes if number(row[COUNT + name], where) > 0]
        point = (number(row["throughput_per_s"], where), number(row["energy_j"], where))
        points[""].append(point)
        if len(present) == 1:
            points[present[0]].append(point)
    return {name: staircase(some) for name, some in points.items() if some}


def draw(frontiers, title, output):
    pyplot = pyplot_without_screen()
    figure, axes = pyplot.subplots(figsize=(7, 4.5), layout="constrained")
    for name, colour in zip(frontiers, ["#0072B2", *COLOURS * len(frontiers)]):
        throughput, energy = zip(*frontiers[name])
        axes.plot(throughput, energy, drawstyle="steps-pre", marker="o", markersize=4, color=colour,
                  linewidth=2.2 if name == "" else 1.2, label=f"{name} alone" if name else "all classes")
    axes.set(xscale="log", yscale="log", xlabel="throughput (inferences/s)", ylabel="energy per inference (J)", title=title)
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    figure.savefig(output, dpi=150)


def main():
    parser = argparse.ArgumentParser(description="Draws what mixing devices buys.")
    parser.add_argument("folder", metavar="DIR")
    parser.add_argument("-o", "--output", default="mixes.png", help="ends in .png, .svg or .pdf; default: %(default)s")
    parser.add_argument("--model", help="where the sweep has several")
    options = parser.parse_args()
    if not options.output.endswith((".png", ".svg", ".pdf")):
        parser.error(f"{options.output} must end in .png, .svg or .pdf")
    path = os.path.join(options.folder, "subclusters.csv")
    try:
        rows, classes = read_subclusters(path)
        model = chosen_model(rows, options.model, path)
        frontiers = frontiers_of([row for row in rows if row["model"] == model], classes, path)
        draw(frontiers, model, options.output)
    except BadInput as error:
        print(f"plot_mixes: {error}", file=sys.stderr)
        return 3
    except OSError as error:
        print(f"plot_mixes: {options.output}: {error.strerror}; choose another place with -o", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
