#!/usr/bin/python3
"""Memory that a plan says it needs, against what running it takes on this machine.

  peak_memory.py --profile cpu.json [--cleave build/cleave] [--batches 16] [MODEL ...]

cpu.json is what `cleave profile` wrote on this machine. Each network is planned as a pipeline on two cores of it, in fp32.
Planned is the sum of its stages' memory_bytes; held is what engines and queues allocated for them; taken is the peak of the
process's resident memory, less what was resident before stages were prepared (program): what else it takes are the code of
kernels, and weights on their way.
Exit codes: 0 done, 2 usage.
"""
import argparse
import json
import pathlib
import statistics
import sys
import tempfile

from contiguous_optimum import ROOT
from two_cores import MODELS, cleave, cluster


def row(options, folder, model):
    """Planned, held, taken and the program, MB."""
    path = folder / "plan.json"
    plan = cleave(options, "plan", model, "-c", str(cluster(folder, options.profile.resolve(), 2)), "-w", "1", "-o", str(path))
    planned = sum(stage["memory_bytes"] * stage["replicas"] for stage in plan["stages"])
    run = cleave(options, "run", str(path), "-n", str(options.batches))
    held = sum(worker["held_memory_bytes"] for worker in run["workers"])
    before, peak = run["process"]["before_bytes"], run["process"]["peak_bytes"]
    return [size / 1e6 for size in (planned, held, peak - before, before)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", type=pathlib.Path, required=True)
    parser.add_argument("--cleave", default=str(ROOT / "build" / "cleave"))
    parser.add_argument("--batches", type=int, default=16)
    parser.add_argument("models", nargs="*", default=[*MODELS, "zoo:gpt2-small"])
    options = parser.parse_args()
    ratios = {"held": [], "taken": []}
    print(f"{'network':<20} {'plan (MB)':>10} {'held (MB)':>10} {'ratio':>7} {'taken (MB)':>11} {'ratio':>7} {'program (MB)':>13}")
    with tempfile.TemporaryDirectory() as folder:
        for model in options.models:
            planned, held, taken, before = row(options, pathlib.Path(folder), model)
            ratios["held"].append(held / planned)
            ratios["taken"].append(taken / planned)
            print(f"{model:<20} {planned:>10.1f} {held:>10.1f} {held / planned:>7.3f} {taken:>11.1f} {taken / planned:>7.3f} "
                  f"{before:>13.1f}", flush=True)
    for what, each in ratios.items():
        print(f"{what}: within 15 % of the plan {sum(abs(ratio - 1) <= 0.15 for ratio in each)} of {len(each)}, "
              f"median {statistics.median(each):.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
