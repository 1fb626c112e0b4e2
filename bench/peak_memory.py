#!/usr/bin/python3
"""Memory that a plan says it needs, against what running it takes on this machine.

  peak_memory.py --profile cpu.json [--cleave build/cleave] [--batches 16] [MODEL ...]

cpu.json is what `cleave profile` wrote on this machine. Each network is planned as a pipeline on two cores of it, in fp32.
Planned is the sum of its stages' memory_bytes; held is what engines and queues allocated for them. Taken and peak are the
process's resident memory when it has run, and at its peak, less what was resident before stages were prepared (program) and
the pages of libraries that came since (code): what else it takes are what oneDNN keeps for each kernel, and, at the peak,
weights on their way to where they are packed.
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
    """Planned, held, taken, peak, the code and the program, MB."""
    path = folder / "plan.json"
    plan = cleave(options, "plan", model, "-c", str(cluster(folder, options.profile.resolve(), 2)), "-w", "1", "-o", str(path))
    planned = sum(stage["memory_bytes"] * stage["replicas"] for stage in plan["stages"])
    run = cleave(options, "run", str(path), "-n", str(options.batches))
    held = sum(worker["held_memory_bytes"] for worker in run["workers"])
    process = run["process"]
    before, code = process["before_bytes"], process["code_bytes"]
    taken, peak = (process[which] - before - code for which in ("running_bytes", "peak_bytes"))
    return [size / 1e6 for size in (planned, held, taken, peak, code, before)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", type=pathlib.Path, required=True)
    parser.add_argument("--cleave", default=str(ROOT / "build" / "cleave"))
    parser.add_argument("--batches", type=int, default=16)
    parser.add_argument("models", nargs="*", default=[*MODELS, "zoo:gpt2-small"])
    options = parser.parse_args()
    ratios = {"held": [], "taken": [], "peak": []}
    print(f"{'network':<20} {'plan (MB)':>10} " + " ".join(f"{f'{what} (MB)':>10} {'ratio':>7}" for what in ratios)
          + f" {'code (MB)':>10} {'program (MB)':>13}")
    with tempfile.TemporaryDirectory() as folder:
        for model in options.models:
            planned, *sizes, code, before = row(options, pathlib.Path(folder), model)
            for what, size in zip(ratios, sizes):
                ratios[what].append(size / planned)
            print(f"{model:<20} {planned:>10.1f} " + " ".join(f"{size:>10.1f} {size / planned:>7.3f}" for size in sizes)
                  + f" {code:>10.1f} {before:>13.1f}", flush=True)
    for what, each in ratios.items():
        print(f"{what}: within 15 % of the plan {sum(abs(ratio - 1) <= 0.15 for ratio in each)} of {len(each)}, "
              f"median {statistics.median(each):.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
