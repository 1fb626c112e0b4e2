#!/usr/bin/python3
"""What mixes of a GPU, a processor and crossbar chips gain over the GPU alone: dac24_table.py SUBCLUSTERS.csv -o FOLDER

Reads what `cleave sweep ... -c dac24 --subclusters` writes; writes dac24.csv (a row per network, sub-cluster and choice of
plan), dac24.md (what to read in it) and dac24.png. Needs matplotlib (Debian: python3-matplotlib).
Exit codes: 0 done, 2 usage, 3 bad input (or no matplotlib).
"""
import argparse
import csv
import math
import os
import sys
from dataclasses import dataclass

# Alshams et al., IEEE EDGE 2024: up to 4x the throughput at about a fourth of the energy per device.
PUBLISHED_SPEED_UP, PUBLISHED_PER_DEVICE = 4.0, 4.0
# Alshams, thesis, KAUST 2023: energy saved for a longer period, without and with crossbar chips.
PUBLISHED_TRADES = [("without crossbar chips", 0.34, 0.19), ("with crossbar chips", 0.45, 0.34)]
COLUMNS = ["model", "setting", "cpu", "gpu", "cim", "plan", "throughput_per_s", "period_s", "energy_j", "per_device_energy_j", "devices_used",
           "stages", "proven", "speed_up", "energy_reduction", "per_device_energy_reduction"]


class BadInput(Exception):
    """One sentence: file, place, problem, repair."""


@dataclass(frozen=True)
class Point:
    """One plan of a sub-cluster's frontier."""
    throughput_per_s: float
    energy_j: float
    per_device_j: float
    devices: int
    stages: str
    proven: bool


@dataclass(frozen=True)
class Gain:
    """A plan against the GPU alone; above 1 is better."""
    speed_up: float
    energy: float
    per_device: float


@dataclass(frozen=True, order=True)
class Counts:
    cpu: int
    gpu: int
    cim: int

    def name(self):
        parts = [name for name, count in (("CPU", self.cpu), ("GPU", self.gpu)) if count]
        return " + ".join(parts + ([f"{self.cim} CIM"] if self.cim else []))

    def is_mixed(self):
        return sum(count > 0 for count in (self.cpu, self.gpu, self.cim)) > 1


def read_frontiers(path):
    """{model: {Counts: [Point]}}, in the order of the file."""
    frontiers = {}
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            for number, row in enumerate(csv.DictReader(file), 2):
                try:
                    counts = Counts(*(int(row[f"count_{name}"]) for name in ("cpu", "gpu", "cim")))
                    point = Point(float(row["throughput_per_s"]), float(row["energy_j"]), float(row["per_device_energy_j"]),
                                  int(row["devices_used"]), row["stages"], row["proven"] == "1")
                except (KeyError, TypeError, ValueError) as error:
                    raise BadInput(f"{path}: line {number}: {error}; give the subclusters.csv of cleave sweep -c dac24 --subclusters") from error
                frontiers.setdefault(row["model"].removeprefix("zoo:"), {}).setdefault(counts, []).append(point)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; give the path of a subclusters.csv") from error
    for model, of_counts in frontiers.items():
        if Counts(0, 1, 0) not in of_counts:
            raise BadInput(f"{path}: {model} does not run on the GPU alone, which everything is compared with")
    if not frontiers:
        raise BadInput(f"{path}: it has no rows; run cleave sweep again")
    return frontiers


def fastest(points):
    return max(points, key=lambda p: (p.throughput_per_s, -p.energy_j))


def leanest(points):
    return min(points, key=lambda p: (p.energy_j, -p.throughput_per_s))


CHOICES = {"fastest": fastest, "least energy": leanest}


def gain(point, single):
    return Gain(point.throughput_per_s / single.throughput_per_s, single.energy_j / point.energy_j, single.energy_j / point.per_device_j)


def saved_for(points, longer):
    """The share of the fastest plan's energy that a plan saves whose period is at most `longer` longer, and its own period."""
    best = fastest(points)
    within = [p for p in points if best.throughput_per_s / p.throughput_per_s <= 1 + longer]
    chosen = leanest(within)
    return 1 - chosen.energy_j / best.energy_j, best.throughput_per_s / chosen.throughput_per_s - 1


def rows_of(frontiers):
    for model, of_counts in frontiers.items():
        single = fastest(of_counts[Counts(0, 1, 0)])
        for counts, points in of_counts.items():
            for name, choose in CHOICES.items():
                point = choose(points)
                g = gain(point, single)
                yield [model, counts.name(), counts.cpu, counts.gpu, counts.cim, name, point.throughput_per_s, 1 / point.throughput_per_s,
                       point.energy_j, point.per_device_j, point.devices, point.stages, int(point.proven), g.speed_up, g.energy, g.per_device]


def times(ratio):
    return f"{ratio:,.0f}x" if ratio >= 100 else f"{ratio:.3g}x"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def gains_table(of_counts):
    single = fastest(of_counts[Counts(0, 1, 0)])
    rows = []
    for counts, points in of_counts.items():
        row = [counts.name()]
        for choose in CHOICES.values():
            g = gain(choose(points), single)
            row += [times(g.speed_up), times(g.energy), times(g.per_device)]
        rows.append(row)
    return table(["devices", "fastest: speed-up", "total energy less", "per device less", "least energy: speed-up", "total energy less", "per device less"], rows)


def distance(g):
    """From the published pair, in octaves."""
    return math.hypot(math.log2(g.speed_up / PUBLISHED_SPEED_UP), math.log2(g.per_device / PUBLISHED_PER_DEVICE))


def nearest_published(frontiers):
    """The plan of a mixed cluster with a GPU and crossbar chips whose gains are nearest to the published ones."""
    candidates = [(gain(point, fastest(of_counts[Counts(0, 1, 0)])), model, counts) for model, of_counts in frontiers.items()
                  for counts, points in of_counts.items() if counts.is_mixed() and counts.cim and counts.gpu for point in points]
    return min(candidates, key=lambda entry: distance(entry[0]), default=None)


def most_speed_up(frontiers):
    return max(((gain(fastest(points), fastest(of_counts[Counts(0, 1, 0)])), model, counts)
                for model, of_counts in frontiers.items() for counts, points in of_counts.items()), key=lambda entry: entry[0].speed_up)


def energy_words(ratio):
    return f"{ratio:.2g} times less energy" if ratio >= 1 else f"{1 / ratio:.2g} times more energy"


def sentence(what, entry):
    g, model, counts = entry
    return (f"{what}: {model} on {counts.name()}, {times(g.speed_up)} the throughput of the GPU alone, {energy_words(g.per_device)} per device, "
            f"and {energy_words(g.energy)} in total.")


def trades_table(frontiers):
    rows = []
    for model, of_counts in frontiers.items():
        widest = max(of_counts)
        for counts in (Counts(widest.cpu, widest.gpu, 0), widest):
            if counts not in of_counts:
                continue
            row = [f"{model} on {counts.name()}"]
            for _, longer, _ in PUBLISHED_TRADES:
                saved, spent = saved_for(of_counts[counts], longer)
                row.append(f"{100 * saved:.0f} % for {100 * spent:.0f} %")
            saved, spent = saved_for(of_counts[counts], math.inf)
            rows.append(row + [f"{100 * saved:.1f} % for {100 * spent:.0f} %"])
    header = ["network and devices"] + [f"period at most {100 * longer:.0f} % longer" for _, longer, _ in PUBLISHED_TRADES] + ["any period"]
    return table(header, rows)


def report(frontiers):
    text = ["# One GPU, one processor, up to eight crossbar chips", "",
            "Every plan is the exact optimum of its sub-cluster over contiguous splits, under the profiles of `dac24`, at batch 1.",
            "Gains are against the GPU alone; energies include the idle power of every device that a plan uses. *Per device* is the",
            "total divided by the devices used: it falls by adding devices, also where the total rises. Below 1x less is more.", "",
            f"Published (Alshams et al., IEEE EDGE 2024): up to {PUBLISHED_SPEED_UP:g}x the throughput with about {PUBLISHED_PER_DEVICE:g}x less energy per device.", "",
            "- " + sentence("Most throughput here", most_speed_up(frontiers))]
    if nearest := nearest_published(frontiers):
        text.append("- " + sentence("Nearest to the published pair", nearest))
    text += ["", "## Energy saved for a longer period", "",
             "Against the fastest plan of the same devices. Published (Alshams, thesis, KAUST 2023): " +
             " and ".join(f"{100 * saved:.0f} % for {100 * longer:.0f} % {what}" for what, longer, saved in PUBLISHED_TRADES) + ".", "",
             trades_table(frontiers)]
    for model, of_counts in frontiers.items():
        text += [f"## {model}", "", gains_table(of_counts)]
        missing = [str(n) for n in range(1, max(c.cim for c in of_counts) + 1) if Counts(0, 0, n) not in of_counts]
        if missing:
            text += [f"Its weights do not fit into {', '.join(missing)} crossbar chips alone.", ""]
    return "\n".join(text)


FAMILIES = [("CIM alone", 0, 0, "#009E73", "o"), ("GPU + CIM", 0, 1, "#0072B2", "s"), ("CPU + CIM", 1, 0, "#E69F00", "^"), ("CPU + GPU + CIM", 1, 1, "#D55E00", "D")]


def family(of_counts, cpu, gpu):
    """(chips, fastest plan) of the sub-clusters with this CPU and GPU."""
    return [(c.cim, fastest(points)) for c, points in of_counts.items() if (c.cpu, c.gpu) == (cpu, gpu) and c.cim + cpu + gpu > 0]


def draw_speed_up(axes, of_counts, single):
    for label, cpu, gpu, colour, marker in FAMILIES:
        chosen = family(of_counts, cpu, gpu)
        axes.plot([n for n, _ in chosen], [gain(p, single).speed_up for _, p in chosen], color=colour, marker=marker, label=label, markersize=5)
    axes.axhline(PUBLISHED_SPEED_UP, color="#8a929a", linestyle=":", linewidth=1.2)
    axes.set(xlabel="crossbar chips", ylabel="speed-up over the GPU alone", ylim=(0, None))


def draw_energy(axes, of_counts, single):
    for _, cpu, gpu, colour, marker in FAMILIES:
        chosen = family(of_counts, cpu, gpu)
        chips, gains = [n for n, _ in chosen], [gain(p, single) for _, p in chosen]
        axes.plot(chips, [g.energy for g in gains], color=colour, marker=marker, markersize=5)
        axes.plot(chips, [g.per_device for g in gains], color=colour, linestyle="--", marker=marker, markerfacecolor="white", markersize=5)
    axes.axhline(PUBLISHED_PER_DEVICE, color="#8a929a", linestyle=":", linewidth=1.2)
    axes.axhline(1, color="#59636d", linewidth=0.8)
    axes.set(xlabel="crossbar chips", ylabel="times less energy than the GPU alone", yscale="log")


def draw_cim_curve(axes, of_counts):
    chosen = family(of_counts, 0, 0)
    if not chosen:
        axes.text(0.5, 0.5, "its weights fit into\nno number of chips here", ha="center", va="center", transform=axes.transAxes, color="#59636d")
        axes.set(xticks=[], yticks=[])
        return
    throughputs = [p.throughput_per_s for _, p in chosen]
    axes.plot(throughputs, [p.energy_j * 1e6 for _, p in chosen], color="#009E73", marker="o", markersize=5)
    axes.plot(throughputs, [p.per_device_j * 1e6 for _, p in chosen], color="#009E73", linestyle="--", marker="o", markerfacecolor="white", markersize=5)
    for chips, point in chosen:
        axes.annotate(str(chips), (point.throughput_per_s, point.per_device_j * 1e6), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=8)
    axes.set(xlabel="throughput of crossbar chips alone (1/s)", ylabel="energy per inference (µJ)", yscale="log")
    axes.margins(y=0.15)


def draw(frontiers, output):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.lines import Line2D
    from matplotlib.ticker import MaxNLocator

    figure, grid = pyplot.subplots(3, len(frontiers), figsize=(4.3 * len(frontiers), 10), layout="constrained", squeeze=False)
    for column, (model, of_counts) in enumerate(frontiers.items()):
        single = fastest(of_counts[Counts(0, 1, 0)])
        draw_speed_up(grid[0][column], of_counts, single)
        draw_energy(grid[1][column], of_counts, single)
        draw_cim_curve(grid[2][column], of_counts)
        grid[0][column].set_title(model)
        for axes in grid[:2, column]:
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in grid.flat:
        axes.grid(True, which="major", color="#dfe2e5", linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    handles = [Line2D([], [], color=colour, marker=marker, label=label) for label, _, _, colour, marker in FAMILIES]
    handles += [Line2D([], [], color="#59636d", label="total energy"), Line2D([], [], color="#59636d", linestyle="--", label="energy per device"),
                Line2D([], [], color="#8a929a", linestyle=":", label="published")]
    figure.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0), ncols=7 if len(frontiers) > 2 else 3, frameon=False, fontsize=9)
    figure.suptitle("One GPU, one processor and up to eight crossbar chips: the fastest plans against the GPU alone")
    figure.savefig(output + ".part.png", dpi=130, bbox_inches="tight")
    os.replace(output + ".part.png", output)


def write(path, text):
    with open(path + ".part", "w", encoding="utf-8", newline="") as file:
        file.write(text)
    os.replace(path + ".part", path)


def csv_text(frontiers):
    lines = [",".join(COLUMNS)] + [",".join(str(field) for field in row) for row in rows_of(frontiers)]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description="Compares sub-clusters of dac24 with its GPU alone.")
    parser.add_argument("csv", help="subclusters.csv, as cleave sweep writes it")
    parser.add_argument("-o", "--output", required=True, help="the folder to write to")
    options = parser.parse_args()
    try:
        frontiers = read_frontiers(options.csv)
        os.makedirs(options.output, exist_ok=True)
        write(os.path.join(options.output, "dac24.csv"), csv_text(frontiers))
        write(os.path.join(options.output, "dac24.md"), report(frontiers))
        draw(frontiers, os.path.join(options.output, "dac24.png"))
    except BadInput as error:
        print(f"dac24_table: {error}", file=sys.stderr)
        return 3
    except OSError as error:
        print(f"dac24_table: {options.output}: {error.strerror}; give a folder that can be written", file=sys.stderr)
        return 3
    except ModuleNotFoundError:
        print("dac24_table: matplotlib is missing; install python3-matplotlib", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
