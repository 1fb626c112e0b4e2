#!/usr/bin/python3
"""Evolution against searching a design space in full: which share of the hypervolume, with how many searches.

  space_methods.py [--cleave build/cleave] [--model zoo:resnet18] [--seeds 5]

The hypervolume is that of pareto.csv in the box of the full frontier, made larger by a tenth at its worst ends, in logarithms. The
full search prunes, so its searches are what it needed, not the number of groups. Exit codes: 0 done, 1 evolution has a better
plan than the full search (a bug), 2 usage.
"""
import argparse
import csv
import json
import math
import pathlib
import subprocess
import sys
import tempfile

from contiguous_optimum import ROOT

AXES = ["cim.count=0:4", "cim.adc_bits=4:8", "cim.rows=32:512*2", "cim.arrays=250:2000*2", "npu.clock_hz=2.4e8,4.8e8,9.6e8", "batch=1:16*2"]
BUDGETS = (25, 50, 100, 200, 400)


def sweep(options, *arguments):
    """The frontier as (log seconds, log joules), and what the program says."""
    with tempfile.TemporaryDirectory() as folder:
        axes = [word for axis in AXES for word in ("--vary", axis)]
        command = [options.cleave, "sweep", options.model, "-c", "edge4", *axes, *arguments, "-q", "--json", "-o", folder]
        done = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        rows = csv.DictReader(pathlib.Path(folder, "pareto.csv").open(encoding="utf-8"))
        return sorted((-math.log(float(row["throughput_per_s"])), math.log(float(row["energy_j"]))) for row in rows), done


def hypervolume(frontier, corner):
    volume, height = 0, corner[1]
    for seconds, joules in frontier:
        if seconds < corner[0] and joules < height:
            volume += (corner[0] - seconds) * (height - joules)
            height = joules
    return volume


def covered(point, frontier):
    return any(a <= point[0] + 1e-9 and b <= point[1] + 1e-9 for a, b in frontier)


def main():
    parser = argparse.ArgumentParser(description="Evolution against searching a design space in full.")
    parser.add_argument("--cleave", default=str(ROOT / "build" / "cleave"), metavar="PROGRAM", help="default: %(default)s")
    parser.add_argument("--model", default="zoo:resnet18", help="default: %(default)s")
    parser.add_argument("--seeds", type=int, default=5, help="default: %(default)s")
    options = parser.parse_args()
    full, done = sweep(options)
    corner = tuple(max(p[k] for p in full) + 0.1 * (max(p[k] for p in full) - min(p[k] for p in full)) for k in (0, 1))
    whole = hypervolume(full, corner)
    print(f"{done['design_points']} points; in full: {done['searches']} searches, {len(full)} plans, {done['elapsed_s']:.2f} s")
    print("searches  share of hypervolume (worst, median of seeds)  seconds (median)")
    wrong = 0
    for budget in BUDGETS:
        shares, seconds = [], []
        for seed in range(1, options.seeds + 1):
            frontier, found = sweep(options, "--method", "nsga2", "--searches", str(budget), "--seed", str(seed))
            wrong += sum(not covered(point, full) for point in frontier)
            shares.append(hypervolume(frontier, corner) / whole)
            seconds.append(found["elapsed_s"])
        shares.sort(), seconds.sort()
        print(f"{budget:8}  {shares[0]:.4f}  {shares[len(shares) // 2]:.4f}  {seconds[len(seconds) // 2]:.2f}")
    if wrong:
        print(f"space_methods: {wrong} plans are better than all of the full search", file=sys.stderr)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
