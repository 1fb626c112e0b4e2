#!/usr/bin/python3
"""Draws the design space of one network: a heat map of two axes, and what each step of an axis buys.

  plot_space.py DIR [-o space.png] [--model NAME] [--axes X Y] [--figure hypervolume]

DIR is what `cleave sweep --vary ... -o DIR` wrote. A cell of the heat map has the best point of all that differ in other axes
alone; cells without a number have none (pruned points have none: sweep with --full). Needs matplotlib (Debian:
python3-matplotlib). Exit codes: 0 done, 2 usage, 3 bad input (or no matplotlib).
"""
import argparse
import os
import sys

from sweep_tables import BadInput, chosen_model, number, pyplot_without_screen, read_table

# Of points.csv: what it is called, and whether the larger one is better. The last is there where latency was an objective.
FIGURES = {"hypervolume": ("hypervolume", True), "best_throughput_per_s": ("inferences/s", True),
           "least_energy_j": ("energy per inference (J)", False), "least_latency_s": ("latency (s)", False)}
AFTER_AXES = "state"
SWEEP = "cleave sweep --vary"


def chosen_axes(axes, wanted, path):
    if wanted:
        for axis in wanted:
            if axis not in axes:
                raise BadInput(f"{path}: it has the axes {', '.join(axes)}, not {axis}")
        return wanted
    return axes[:2]


def cells_of(rows, axes, figure, path):
    """The values of both axes, and the best figure of each pair."""
    _, larger = FIGURES[figure]
    values = [list(dict.fromkeys(row[axis] for row in rows)) for axis in axes]
    best = {}
    for row in rows:
        if not row[figure]:
            continue
        value = number(row[figure], path)
        key = tuple(row[axis] for axis in axes)
        if key not in best or (value > best[key]) == larger:
            best[key] = value
    return values, best


def draw_heat_map(axes, values, best, names, label):
    x_values, y_values = values[0], values[1] if len(values) > 1 else [""]
    grid = [[best.get((x, y) if len(values) > 1 else (x,), float("nan")) for x in x_values] for y in y_values]
    image = axes.imshow(grid, origin="lower", aspect="auto", cmap="viridis")
    axes.set_xticks(range(len(x_values)), x_values)
    axes.set_yticks(range(len(y_values)), y_values)
    axes.set_xlabel(names[0])
    axes.set_ylabel(names[1] if len(names) > 1 else "")
    known = [value for line in grid for value in line if value == value]
    middle = (min(known) + max(known)) / 2 if known else 0
    for j, line in enumerate(grid):
        for i, value in enumerate(line):
            if value == value:
                axes.text(i, j, f"{value:.3g}", ha="center", va="center", fontsize=8, color="white" if value < middle else "black")
    axes.set_title(f"best {label}")
    axes.figure.colorbar(image, ax=axes)


def draw_steps(axes, rows, path):
    labels = [f"{row['axis']}: {row['from']} to {row['to']}" for row in rows]
    changes = [number(row["hypervolume_change"], path) for row in rows]
    axes.barh(range(len(rows)), changes, color=["#0072B2" if change >= 0 else "#D55E00" for change in changes])
    axes.set_yticks(range(len(rows)), labels, fontsize=8)
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_xlabel("change of the hypervolume (median)")
    axes.set_title("what a step buys")


def arguments():
    parser = argparse.ArgumentParser(description="Draws the design space of one network.")
    parser.add_argument("folder", metavar="DIR", help="what cleave sweep --vary wrote")
    parser.add_argument("-o", "--output", default="space.png", help="a .png, .svg or .pdf file (default: %(default)s)")
    parser.add_argument("--model", help="the network, where there are several")
    parser.add_argument("--axes", nargs=2, metavar=("X", "Y"), help="of the heat map (default: the first two)")
    parser.add_argument("--figure", choices=FIGURES, default="hypervolume", help="of the heat map (default: %(default)s)")
    options = parser.parse_args()
    if os.path.splitext(options.output)[1] not in (".png", ".svg", ".pdf"):
        parser.error(f"{options.output} must end in .png, .svg or .pdf")
    return options


def draw(options):
    points_path, steps_path = (os.path.join(options.folder, name) for name in ("points.csv", "sensitivity.csv"))
    rows, columns = read_table(points_path, ["model", AFTER_AXES, "hypervolume", "best_throughput_per_s", "least_energy_j"], SWEEP)
    if options.figure not in columns:
        raise BadInput(f"{points_path}: line 1: it has no column {options.figure}; sweep with --latency")
    steps, _ = read_table(steps_path, ["model", "axis", "from", "to", "hypervolume_change"], SWEEP)
    model = chosen_model(rows, options.model, points_path)
    names = chosen_axes(columns[1:columns.index(AFTER_AXES)], options.axes, points_path)
    if not names:
        raise BadInput(f"{points_path}: it has no axes; sweep with --vary")
    values, best = cells_of([row for row in rows if row["model"] == model], names, options.figure, points_path)
    steps = [row for row in steps if row["model"] == model]
    pyplot = pyplot_without_screen()
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(12, max(4.5, 0.28 * len(steps) + 1.5)), layout="constrained")
    figure.suptitle(f"Design space of {model}")
    draw_heat_map(left, values, best, names, FIGURES[options.figure][0])
    draw_steps(right, steps, steps_path)
    try:
        figure.savefig(options.output, dpi=130)
    except OSError as error:
        raise BadInput(f"{options.output}: {error.strerror}; give a path that can be written") from error


def main():
    try:
        draw(arguments())
    except BadInput as error:
        print(f"plot_space: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
