#!/usr/bin/python3
"""How well the profile of this machine predicts the stage times of networks that it was not fitted to.

  stage_times.py [--cleave build/cleave] [--runs 2] [MODEL...]

Each run is a `cleave profile` without --for: it fits a profile to random sample networks, then cuts every MODEL (all of the
zoo, unless some are named) into eight parts of about equal predicted time and runs it. Printed for each run: by network the median, the
90 % quantile and the whole network's error; over all parts both, against the goals of 8 % and 20 %. Run it on a quiet machine.
Exit codes: 0 goals reached in every run, 1 missed, 2 usage.
"""
import argparse
import json
import math
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
GOALS = {0.5: 0.08, 0.9: 0.20}


def quantile(values, share):
    """The value that a share of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def checked(cleave, models):
    """Predicted and measured seconds of the parts, by model."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([cleave, "profile", "-o", f"{folder}/core.json", "-q", "--json", "--check", *models], check=True,
                              stdout=subprocess.PIPE)
    parts = {model: [] for model in models}
    for stage in json.loads(done.stdout)["check"]:
        parts[stage["model"]].append((stage["predicted_s"], stage["measured_s"]))
    return parts


def report(parts):
    """Prints the table of one run; whether it reaches the goals."""
    print(f"{'network':<20} {'parts':>5} {'median':>8} {'p90':>8} {'whole':>8}")
    all_errors = []
    for model, stages in parts.items():
        errors = [abs(predicted / measured - 1) for predicted, measured in stages]
        whole = sum(predicted for predicted, _ in stages) / sum(measured for _, measured in stages) - 1
        all_errors += errors
        print(f"{model:<20} {len(errors):>5} {100 * quantile(errors, 0.5):>6.1f} % {100 * quantile(errors, 0.9):>6.1f} % {100 * whole:>+6.1f} %")
    reached = {share: quantile(all_errors, share) for share in GOALS}
    print(f"all: median {100 * reached[0.5]:.1f} % (goal 8 %), p90 {100 * reached[0.9]:.1f} % (goal 20 %), {len(all_errors)} parts", flush=True)
    return all(reached[share] <= goal for share, goal in GOALS.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cleave", default=str(ROOT / "build" / "cleave"))
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("models", nargs="*")
    options = parser.parse_args()
    models = options.models
    if not models:
        listed = subprocess.run([options.cleave, "model", "--list"], check=True, stdout=subprocess.PIPE, text=True)
        models = listed.stdout.split()
    reached = [report(checked(options.cleave, models)) for _ in range(options.runs)]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
