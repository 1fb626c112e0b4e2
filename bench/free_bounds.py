#!/usr/bin/python3
"""How near the bounds under all plans, contiguous or not, come to the best plans known of published tables.

  free_bounds.py [--cleave build/cleave] [--time-limit 60s] [TABLE ...]

The tables are those of contiguous_optimum.py, the bound the one that a sweep reports (`any_bound`). CPU seconds are of the whole process.
Exit codes: 0 done, 1 a bound exceeds a known plan, a gap is above the goal, 2 usage, 77 the tables are not there.
"""
import csv
import pathlib
import subprocess
import sys
import tempfile

from contiguous_optimum import KNOWN, ROOT, TABLES, TOLERANCE, measured, parsed, table_parser

BEST_KNOWN_S = {"bert24": 17.715e-3, "gnmt": 31.687e-3, "inceptionv3": 51.552e-3, "bert_l-3": 21.908e-3, "resnet50": 124.349e-3}
GOAL = 0.05


def imported(name, folder):
    importer = ROOT / "scripts" / "import_dnn_partitioning.py"
    subprocess.run([sys.executable, importer, TABLES / KNOWN[name].path, "-o", folder], check=True)
    return [f"{folder}/costs.json", "-c", f"{folder}/cluster.json", "-j", "1", "-q"]


def bound(options, name):
    """Seconds, and CPU seconds."""
    with tempfile.TemporaryDirectory() as folder:
        command = [options.cleave, "sweep", *imported(name, folder), "--solver", "exact", "--time-limit", options.time_limit, "-o", folder]
        _, cpu_s, _ = measured(command)
        rows = list(csv.DictReader(pathlib.Path(folder, "pareto.csv").open(encoding="utf-8")))
        return float(rows[-1]["any_bound"]), cpu_s


def main():
    parser = table_parser("Bounds under all plans against the best plans known of published tables.")
    parser.add_argument("--time-limit", default="60s", metavar="TIME", help="for each table; default: %(default)s")
    options = parsed(parser)
    failed = 0
    print(f"{'table':12} {'bound (ms)':>11} {'best known':>11} {'gap (%)':>8} {'CPU (s)':>8}", flush=True)
    for name in options.tables:
        bound_s, cpu_s = bound(options, name)
        gap = 1 - bound_s / BEST_KNOWN_S[name]
        print(f"{name:12} {bound_s * 1e3:11.5f} {BEST_KNOWN_S[name] * 1e3:11.3f} {gap * 100:8.3f} {cpu_s:8.2f}", flush=True)
        failed |= not -TOLERANCE * 10 <= gap <= GOAL
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
