#!/usr/bin/python3
"""Draws the frontiers of pareto.csv files: throughput against energy per inference, or against latency where no point takes energy.

Needs matplotlib (Debian: python3-matplotlib). Exit codes: 0 done, 2 usage, 3 bad input (or no matplotlib).
"""
import argparse
import csv
import os
import sys
from dataclasses import dataclass

COLUMNS = ["model", "cluster", "throughput_per_s", "latency_s", "energy_j", "devices_used", "proven", "solver"]
# Okabe and Ito: distinguishable with every kind of colour vision.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
PREFIXES = [(1, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p")]


class BadInput(Exception):
    """One sentence: file, place, problem, repair."""


@dataclass(frozen=True)
class Figure:
    """What is drawn against throughput."""
    column: str
    name: str
    label: str  # of its axis, with {} for the unit
    symbol: str

    def of(self, point):
        return getattr(point, self.column)


ENERGY = Figure("energy_j", "energy", "energy per inference ({})", "J")
LATENCY = Figure("latency_s", "latency", "latency ({}), as no point takes energy", "s")


@dataclass(frozen=True)
class Scale:
    """A figure in a unit of readable size, `factor` of the SI unit."""
    figure: Figure
    factor: float
    unit: str

    def of(self, point):
        return self.figure.of(point) / self.factor


@dataclass(frozen=True)
class Point:
    throughput_per_s: float
    latency_s: float
    energy_j: float
    devices: int
    proven: bool
    solver: str


def not_negative(row, column, where, wanted="a number that is not negative"):
    try:
        value = float(row[column])
    except ValueError:
        value = float("nan")
    if not 0 <= value < float("inf"):
        raise BadInput(f'{where}: {column} is "{row[column]}"; give {wanted}')
    return value


def positive(row, column, where):
    wanted = "a positive number"
    value = not_negative(row, column, where, wanted)
    if value == 0:
        raise BadInput(f'{where}: {column} is "{row[column]}"; give {wanted}')
    return value


def read_point(row, where):
    if None in row or None in row.values():
        raise BadInput(f"{where}: it has not as many fields as the header; repair the line")
    if row["proven"] not in ("true", "false", "1", "0"):
        raise BadInput(f'{where}: proven is "{row["proven"]}"; give true or false')
    return Point(positive(row, "throughput_per_s", where), positive(row, "latency_s", where), not_negative(row, "energy_j", where),
                 int(positive(row, "devices_used", where)), row["proven"] in ("true", "1"), row["solver"])


def read_rows(path):
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [c for c in COLUMNS if c not in (reader.fieldnames or [])]
            if missing:
                raise BadInput(f"{path}: line 1: it has no column {missing[0]}; give a pareto.csv that cleave sweep wrote")
            return [(row, f"{path}: line {reader.line_num}") for row in reader]
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; give the path of a pareto.csv") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: it is not CSV text ({error}); give a pareto.csv") from error


def read_frontiers(paths):
    """Points by (model, cluster), by ascending throughput; in the order of the files."""
    frontiers = {}
    for path in paths:
        rows = read_rows(path)
        if not rows:
            raise BadInput(f"{path}: it has a header but no points; run cleave sweep again")
        for row, where in rows:
            point = read_point(row, where)
            # A design space has one frontier over all variants of its cluster ("edge4?cim.count=2").
            frontiers.setdefault((row["model"], row["cluster"].split("?")[0]), []).append(point)
    return {key: sorted(points, key=lambda p: p.throughput_per_s) for key, points in frontiers.items()}


def labels_of(keys):
    """What tells the frontiers apart: the model, the cluster, or both."""
    models, clusters = {m for m, _ in keys}, {c for _, c in keys}
    if len(clusters) == 1:
        return [m for m, _ in keys]
    return [c for _, c in keys] if len(models) == 1 else [f"{m} on {c}" for m, c in keys]


def title_of(keys):
    models, clusters = {m for m, _ in keys}, {c for _, c in keys}
    parts = ["Pareto frontier" if len(keys) == 1 else "Pareto frontiers"]
    if len(models) == 1:
        parts.append(f"of {next(iter(models))}")
    if len(clusters) == 1:
        parts.append(f"on {next(iter(clusters))}")
    return " ".join(parts)


def scale_of(points):
    """Its unit is such that the largest figure is at least 1. Measured tables may have seconds alone."""
    figure = ENERGY if any(p.energy_j for p in points) else LATENCY
    most = max(figure.of(p) for p in points)
    factor, prefix = next((entry for entry in PREFIXES if most >= entry[0]), PREFIXES[-1])
    return Scale(figure, factor, prefix + figure.symbol)


def marker_area(devices, most):
    return 24 + 56 * (devices - 1) / max(1, most - 1)


def draw_points(axes, points, scale, colour, solvers, most):
    """Colour tells frontiers apart, shape solvers, filling what is proven, size the devices."""
    for index, solver in enumerate(solvers):
        for proven in (True, False):
            chosen = [p for p in points if p.solver == solver and p.proven == proven]
            axes.scatter([p.throughput_per_s for p in chosen], [scale.of(p) for p in chosen],
                         s=[marker_area(p.devices, most) for p in chosen], marker=MARKERS[index % len(MARKERS)],
                         facecolors=colour if proven else "white", edgecolors=colour, linewidths=1.2, zorder=3)


def undercut_by_none(points, scale):
    """Those that no faster one undercuts: with latency as an objective beside energy others are on the frontier too."""
    kept = []
    for point in reversed(points):
        if not kept or scale.of(point) < scale.of(kept[0]):
            kept.insert(0, point)
    return kept


def draw_steps(axes, points, scale, colour):
    """A throughput up to that of a point costs that point's figure."""
    steps = undercut_by_none(points, scale)
    axes.step([p.throughput_per_s for p in steps], [scale.of(p) for p in steps], where="pre", color=colour, linewidth=1.2, zorder=2)


def annotate(axes, point, scale, colour, what, right):
    """Beside the point, inside the axes: left of the right end, right of the left end."""
    text = f"{what}\n{point.throughput_per_s:,.4g}/s, {scale.of(point):.3g} {scale.unit}"
    axes.annotate(text, (point.throughput_per_s, scale.of(point)), xytext=(-10 if right else 10, 10 if right else -12),
                  textcoords="offset points", ha="right" if right else "left", va="bottom" if right else "top", fontsize=8, color=colour)


def legend_handles(frontiers, solvers, line):
    handles = []
    if len(frontiers) > 1:
        handles += [line([], [], color=COLOURS[i % len(COLOURS)], label=label) for i, label in enumerate(labels_of(list(frontiers)))]
    if len(solvers) > 1:
        handles += [line([], [], linestyle="", marker=MARKERS[i % len(MARKERS)], color="#59636d", label=solver) for i, solver in enumerate(solvers)]
    proofs = {p.proven for points in frontiers.values() for p in points}
    names = {True: ("proven", "#59636d"), False: ("not proven", "white")}
    handles += [line([], [], linestyle="", marker="o", markeredgecolor="#59636d", markerfacecolor=names[p][1], label=names[p][0])
                for p in sorted(proofs, reverse=True)]
    counts = sorted({p.devices for points in frontiers.values() for p in points})
    if len(counts) > 1:
        handles += [line([], [], linestyle="", marker="o", color="#b4bac0", markersize=marker_area(n, counts[-1]) ** 0.5,
                         label=f"{n} device{'s' if n > 1 else ''}") for n in (counts[0], counts[-1])]
    return handles


def set_log_ticks(axis, values):
    """1, 2, 5 per decade; evenly spaced ones where that would leave fewer than about three."""
    from matplotlib import ticker
    wide = max(values) > 5 * min(values)
    axis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)) if wide else ticker.AutoLocator())
    axis.set_major_formatter(ticker.StrMethodFormatter("{x:g}"))
    axis.set_minor_locator(ticker.NullLocator())


def save(figure, output):
    """Whole or not at all: under a temporary name beside it, then renamed. Without dates: same input, same bytes."""
    stem, extension = os.path.splitext(output)
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    part = f"{stem}.part{extension}"
    figure.savefig(part, dpi=160, metadata=dates.get(extension.lower()))
    os.replace(part, output)


def draw(frontiers, log, output):
    import matplotlib
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "cleave"  # ids that do not change from run to run
    from matplotlib import pyplot
    from matplotlib.lines import Line2D

    everything = [p for points in frontiers.values() for p in points]
    scale = scale_of(everything)
    if log and not all(map(scale.of, everything)):
        raise BadInput("--log: some points take no energy, and logarithmic axes have no place for 0; leave it out")
    solvers, most = sorted({p.solver for p in everything}), max(p.devices for p in everything)
    figure, axes = pyplot.subplots(figsize=(8, 5), layout="constrained")
    for index, points in enumerate(frontiers.values()):
        colour = COLOURS[index % len(COLOURS)]
        draw_steps(axes, points, scale, colour)
        draw_points(axes, points, scale, colour, solvers, most)
        annotate(axes, points[-1], scale, colour, "best throughput", right=True)
        if len(points) > 1:
            annotate(axes, min(points, key=scale.of), scale, colour, f"best {scale.figure.name}", right=False)
    if log:
        axes.set(xscale="log", yscale="log")
        set_log_ticks(axes.xaxis, [p.throughput_per_s for p in everything])
        set_log_ticks(axes.yaxis, [scale.of(p) for p in everything])
    axes.set(title=title_of(list(frontiers)), xlabel="throughput (inferences/s)", ylabel=scale.figure.label.format(scale.unit))
    axes.margins(x=0.08, y=0.16)
    axes.grid(True, which="major", color="#dfe2e5", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(handles=legend_handles(frontiers, solvers, Line2D), loc="upper center", bbox_to_anchor=(0.5, -0.12),
                ncols=6, frameon=False, fontsize=8)
    save(figure, output)


def arguments():
    parser = argparse.ArgumentParser(description="Draws the frontiers of pareto.csv files.")
    parser.add_argument("csv", nargs="+", help="pareto.csv, as cleave sweep writes it")
    parser.add_argument("-o", "--output", default="pareto.png", help="a .png, .svg or .pdf file (default: %(default)s)")
    parser.add_argument("--log", action="store_true", help="logarithmic axes")
    options = parser.parse_args()
    if os.path.splitext(options.output)[1].lower() not in (".png", ".svg", ".pdf"):
        parser.error(f"{options.output}: its name must end in .png, .svg or .pdf")
    return options


def main():
    options = arguments()
    try:
        draw(read_frontiers(options.csv), options.log, options.output)
    except BadInput as error:
        print(f"plot_pareto: {error}", file=sys.stderr)
        return 3
    except OSError as error:
        print(f"plot_pareto: {options.output}: {error.strerror}; give a path that can be written", file=sys.stderr)
        return 3
    except ModuleNotFoundError:
        print("plot_pareto: matplotlib is missing; install python3-matplotlib", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
