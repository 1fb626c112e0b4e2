#!/usr/bin/python3
"""Memory that a plan says it needs, against what running it takes on this machine.

  peak_memory.py --profile cpu.json [--cleave build/cleave] [--batches 16] [MODEL ...]

cpu.json is what `cleave profile` wrote on this machine. Each network is planned as a pipeline on two cores of it, in fp32.
What the plan needs is the sum of its stages' memory_bytes; what it takes is the peak of the process's resident memory, less
that of the same run without kernels or weights (--no-compute): the program, its libraries and the network's structure.
Exit codes: 0 done, 2 usage.
"""
import argparse
import json
import pathlib
import statistics
import sys
import tempfile

from contiguous_optimum import ROOT, measured
from two_cores import MODELS, cleave, cluster


def peak_mb(options, plan, *more):
    return measured([options.cleave, "run", str(plan), "-q", "-n", str(options.batches), *more])[2]


def row(options, folder, model):
    """Planned and taken, MB."""
    path = folder / "plan.json"
    plan = cleave(options, "plan", model, "-c", str(cluster(folder, options.profile.resolve(), 2)), "-w", "1", "-o", str(path))
    needed = sum(stage["memory_bytes"] * stage["replicas"] for stage in plan["stages"]) / 1e6
    idle = peak_mb(options, path, "--no-compute", "--pace=0.001")
    return needed, peak_mb(options, path) - idle, idle


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", type=pathlib.Path, required=True)
    parser.add_argument("--cleave", default=str(ROOT / "build" / "cleave"))
    parser.add_argument("--batches", type=int, default=16)
    parser.add_argument("models", nargs="*", default=[*MODELS, "zoo:gpt2-small"])
    options = parser.parse_args()
    ratios = []
    print(f"{'network':<20} {'plan (MB)':>10} {'taken (MB)':>11} {'ratio':>7} {'program (MB)':>13}")
    with tempfile.TemporaryDirectory() as folder:
        for model in options.models:
            needed, taken, idle = row(options, pathlib.Path(folder), model)
            ratios.append(taken / needed)
            print(f"{model:<20} {needed:>10.1f} {taken:>11.1f} {ratios[-1]:>7.3f} {idle:>13.1f}", flush=True)
    print(f"within 15 %: {sum(abs(ratio - 1) <= 0.15 for ratio in ratios)} of {len(ratios)}, median {statistics.median(ratios):.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
