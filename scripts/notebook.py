#!/usr/bin/python3
"""Three plots of a sweep, to begin a notebook with: the cells (# %%) run one by one in an editor, or all in order.

  notebook.py DIR        DIR: what `cleave sweep MODEL -c CLUSTER --vary ... -o DIR` wrote

Needs pandas and matplotlib (Debian: python3-pandas, python3-matplotlib). Exit code 3 without them.
"""
# %% What was found: a row per plan of the frontier, and a row per point of the space
import pathlib
import sys

try:
    import matplotlib.pyplot
    import pandas
except ImportError as error:
    sys.exit(print(f"notebook: {error.name} is not installed; install the Debian package python3-{error.name}", file=sys.stderr) or 3)

matplotlib.use("Agg")
FOLDER = pathlib.Path(sys.argv[1] if len(sys.argv) == 2 else "space")
if not (FOLDER / "points.csv").exists():
    sys.exit(print(f"notebook: {FOLDER} has no points.csv; give a folder that cleave sweep --vary wrote", file=sys.stderr) or 3)
plans = pandas.read_csv(FOLDER / "pareto.csv")
points = pandas.read_csv(FOLDER / "points.csv")
axes = list(points.columns[1:points.columns.get_loc("state")])
print(points["state"].value_counts().to_string())

# %% The frontier, by the axis of which it takes most values
axis = max(axes, key=lambda name: plans[name].nunique())
figure, place = matplotlib.pyplot.subplots(layout="constrained")
for value, some in plans.groupby(axis):
    place.scatter(some["throughput_per_s"], some["energy_j"], label=f"{axis} {value}")
place.set(xscale="log", yscale="log", xlabel="throughput (inferences/s)", ylabel="energy per inference (J)")
place.legend()
figure.savefig(FOLDER / "notebook_frontier.png", dpi=150)

# %% What each value of an axis reaches at best
figure, places = matplotlib.pyplot.subplots(1, len(axes), figsize=(3 * len(axes), 3), sharey=True, squeeze=False, layout="constrained")
for name, place in zip(axes, places[0]):
    best = points.groupby(name)["best_throughput_per_s"].max()
    best.plot.bar(ax=place, color="#0072B2", xlabel=name, ylabel="best throughput (inferences/s)")
figure.savefig(FOLDER / "notebook_axes.png", dpi=150)

# %% Power against throughput, by the devices that a plan uses
figure, place = matplotlib.pyplot.subplots(layout="constrained")
plans.plot.scatter(x="throughput_per_s", y="power_w", c="devices_used", colormap="viridis", logx=True, logy=True, ax=place)
place.set(xlabel="throughput (inferences/s)", ylabel="power (W)")
figure.savefig(FOLDER / "notebook_power.png", dpi=150)
