#!/usr/bin/python3
"""What plans of all kinds, contiguous or not, are found of published tables, and how near they are to bounds under all plans.

  free_bounds.py [--cleave build/cleave] [--time-limit 60s] [TABLE ...]

The tables are those of contiguous_optimum.py; period and bound are those that a sweep reports (`period_s`, `any_bound`), and
`cleave check` has verified them by the sweep's certificate. CPU seconds are of the whole sweep, without certificate.
Exit codes: 0 done, 1 a period is not the best known, a bound exceeds that, a gap is above the goal, or the certificate does
not hold, 2 usage, 77 the tables are not there.
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


def sweep(options, name, folder):
    """Period and bound in seconds, and CPU seconds."""
    command = [options.cleave, "sweep", *imported(name, folder), "--time-limit", options.time_limit, "-o", folder]
    _, cpu_s, _ = measured(command)
    row = list(csv.DictReader(pathlib.Path(folder, "pareto.csv").open(encoding="utf-8")))[-1]
    measured([*command, "--certificate"])
    plans = sorted(pathlib.Path(folder, "plans").glob("*.json"))
    subprocess.run([options.cleave, "check", *plans, "--certificate", f"{folder}/certificate.json"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return float(row["period_s"]), float(row["any_bound"]), cpu_s


def main():
    parser = table_parser("Plans of all kinds and bounds under all plans, of published tables.")
    parser.add_argument("--time-limit", default="60s", metavar="TIME", help="for each table; default: %(default)s")
    options = parsed(parser)
    failed = 0
    print(f"{'table':12} {'found (ms)':>11} {'bound (ms)':>11} {'best known':>11} {'gap (%)':>9} {'CPU (s)':>8}", flush=True)
    for name in options.tables:
        with tempfile.TemporaryDirectory() as folder:
            found_s, bound_s, cpu_s = sweep(options, name, folder)
        gap = 1 - bound_s / found_s
        print(f"{name:12} {found_s * 1e3:11.5f} {bound_s * 1e3:11.5f} {BEST_KNOWN_S[name] * 1e3:11.3f} {gap * 100:9.5f} {cpu_s:8.2f}", flush=True)
        best_s = BEST_KNOWN_S[name]  # in five digits
        failed |= gap > GOAL or abs(found_s / best_s - 1) > TOLERANCE * 5 or bound_s > best_s * (1 + TOLERANCE * 5)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
