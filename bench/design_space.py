#!/usr/bin/python3
"""A design space in one sweep against a search per design point: seconds of both, after proving that the frontiers agree.

  design_space.py [--cleave build/cleave] [--model zoo:resnet50] [--cluster edge4]

The one sweep is done twice: with the figures of every point that is not pruned, and with --frontier-only.

The space: 8 counts of crossbar chips x 5 converter widths x 3 array sizes x 4 batches. Each point is also swept by itself; the
frontier over all of these must be that of the one sweep. On one thread:
  search  seconds that searching takes: without reading networks and clusters and pricing them, on either side
  total   what the one sweep takes with that, against the searches of the single ones alone
  CPU     of the processes, all included
Exit codes: 0 done, 1 the frontiers differ, 2 usage.
"""
import argparse
import csv
import itertools
import json
import pathlib
import resource
import subprocess
import sys
import tempfile

from contiguous_optimum import ROOT

COUNTS, BITS, ROWS, BATCHES = range(1, 9), range(4, 9), (64, 128, 256), (1, 2, 4, 8)


def sweep(options, *arguments):
    """The frontier as (seconds per inference, joules), seconds: of all, of the search alone, and CPU seconds of the process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [options.cleave, "sweep", options.model, *arguments, "-j", "1", "-q", "--json", "-o", folder]
        before_s = cpu_s()
        done = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        used_s = cpu_s() - before_s
        seconds = done["elapsed_s"] if "elapsed_s" in done else sum(one["elapsed_s"] for one in done["frontiers"])
        search_s = seconds - done.get("pricing_s", 0)  # a single sweep counts its search alone
        rows = csv.DictReader(pathlib.Path(folder, "pareto.csv").open(encoding="utf-8"))
        return [(1 / float(row["throughput_per_s"]), float(row["energy_j"])) for row in rows], seconds, search_s, used_s


def cpu_s():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def staircase(points):
    best = []
    for period_s, energy_j in sorted(set(points)):
        if not best or energy_j < best[-1][1] * (1 - 1e-9):
            best.append((period_s, energy_j))
    return best


def main():
    parser = argparse.ArgumentParser(description="A design space in one sweep against a search per design point.")
    parser.add_argument("--cleave", default=str(ROOT / "build" / "cleave"), metavar="PROGRAM", help="default: %(default)s")
    parser.add_argument("--model", default="zoo:resnet50", help="default: %(default)s")
    parser.add_argument("--cluster", default="edge4", help="one with crossbar chips called cim; default: %(default)s")
    options = parser.parse_args()
    axes = [f"cim.count={COUNTS[0]}:{COUNTS[-1]}", f"cim.adc_bits={BITS[0]}:{BITS[-1]}", f"cim.rows={','.join(map(str, ROWS))}"]
    space = [word for axis in axes for word in ("--vary", axis)]
    batches = ",".join(map(str, BATCHES))
    sweeps = {name: sweep(options, "-c", options.cluster, *space, "-b", batches, *more)
              for name, more in (("all figures", []), ("--frontier-only", ["--frontier-only"]))}
    alone, alone_s, alone_cpu_s = [], 0.0, 0.0
    for count, bits, rows, batch in itertools.product(COUNTS, BITS, ROWS, BATCHES):
        cluster = f"{options.cluster}?cim.count={count},cim.adc_bits={bits},cim.rows={rows}"
        points, _, search_s, used_s = sweep(options, "-c", cluster, "-b", str(batch), "--solver", "exact")
        alone += points
        alone_s += search_s
        alone_cpu_s += used_s
    expected = staircase(alone)
    print(f"{len(COUNTS) * len(BITS) * len(ROWS) * len(BATCHES)} points, {len(expected)} on the frontier: one by one {alone_s:.3f} s, CPU {alone_cpu_s:.2f} s")
    failed = False
    for name, (points, seconds, search_s, used_s) in sweeps.items():
        found = staircase(points)
        same = len(expected) == len(found) and all(
            abs(a - b) <= 1e-9 * a for one, other in zip(expected, found) for a, b in zip(one, other))
        print(f"one sweep, {name}: search {search_s:.3f} s, {alone_s / search_s:.1f}x; total {seconds:.3f} s, {alone_s / seconds:.1f}x; "
              f"CPU {used_s:.2f} s, {alone_cpu_s / used_s:.0f}x")
        if not same:
            print(f"design_space: {name}: the frontier has {len(found)} points, that of single sweeps {len(expected)}", file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
