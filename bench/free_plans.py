#!/usr/bin/python3
"""Plans that need not be contiguous: the least period that local search finds for published tables, and in what time.

  free_plans.py [--cleave build/cleave] [--seeds 5] [TABLE ...]

The tables are those of contiguous_optimum.py; each seed is a search of its own. `cleave check` must accept every plan. CPU
seconds are the median over the seeds, of the whole process on one thread.
Exit codes: 0 done, 1 a plan is refused, or slower than the best one known, 2 usage, 77 the tables are not there.
"""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

from contiguous_optimum import TOLERANCE, measured, parsed, table_parser
from free_bounds import BEST_KNOWN_S, imported


def search(options, name):
    """The worst period over the seeds, the median of the CPU seconds."""
    periods_s, seconds = [], []
    with tempfile.TemporaryDirectory() as folder:
        problem = imported(name, folder)
        plan = pathlib.Path(folder, "plan.json")
        for seed in range(1, options.seeds + 1):
            command = [options.cleave, "plan", *problem, "--solver", "local", "--seed", str(seed), "-w", "1", "--json", "-o", str(plan)]
            output, cpu_s, _ = measured(command)
            subprocess.run([options.cleave, "check", plan, "-q"], check=True, stdout=subprocess.DEVNULL)
            periods_s.append(json.loads(output)["period_s"])
            seconds.append(cpu_s)
    return max(periods_s), statistics.median(seconds)


def main():
    parser = table_parser("Local search for free plans of published tables.")
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="default: %(default)s")
    options = parsed(parser)
    failed = 0
    print(f"{'table':12} {'worst seed (ms)':>15} {'best known':>11} {'CPU (s)':>8}", flush=True)
    for name in options.tables:
        period_s, cpu_s = search(options, name)
        print(f"{name:12} {period_s * 1e3:15.5f} {BEST_KNOWN_S[name] * 1e3:11.3f} {cpu_s:8.2f}", flush=True)
        failed |= period_s > BEST_KNOWN_S[name] * (1 + 4 * TOLERANCE)  # the known ones have five digits
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
