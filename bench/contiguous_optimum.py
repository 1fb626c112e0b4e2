#!/usr/bin/python3
"""Time and memory of `cleave plan` on the contiguous optimum of published tables, after proving the answer right.

  contiguous_optimum.py [--cleave build/cleave] [--threads 1] [TABLE ...]

The tables are those of dnn-partitioning (see docs/formats.md), looked for beside the repository; the optima are those of
that project's own dynamic program. CPU seconds and peak memory are of the whole process: reading, searching, writing.
Exit codes: 0 done, 1 an answer is wrong or not proven, 2 usage, 77 the tables are not there.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLES = ROOT.parent / "shared" / "workloads" / "cost-tables"
TOLERANCE = 1e-5  # the published optima have six digits
GOAL_MB = 64
RUNS = 15


@dataclass(frozen=True)
class Table:
    path: str
    optimum_s: float     # largest load of the best contiguous plan
    goal_s: float = 0.0  # CPU seconds; 0: none is set


KNOWN = {
    "bert24": Table("LayerGraphs/bert24_inference.json", 17.7899e-3),
    "gnmt": Table("LayerGraphs/gnmt_inference.json", 32.9107e-3, 0.1),
    "inceptionv3": Table("LayerGraphs/inceptionv3_inference.json", 51.5519e-3, 0.05),
    "bert_l-3": Table("OperatorGraphs/bert_l-3_inference.json", 27.9186e-3, 0.006),
    "resnet50": Table("OperatorGraphs/resnet50_inference.json", 124.349e-3),
}


def measured(command):
    """What a command prints, its CPU seconds and its peak resident memory in MB (10^6 bytes)."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} exits with {process.returncode}")
        output.seek(0)
        return output.read(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6


def solve(cleave, table, threads):
    """The plan, CPU seconds and MB: medians of some runs, as these take milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        importer = ROOT / "scripts" / "import_dnn_partitioning.py"
        subprocess.run([sys.executable, importer, TABLES / table.path, "-o", folder], check=True)
        command = [cleave, "plan", f"{folder}/costs.json", "-c", f"{folder}/cluster.json", "-w", "1", "-j", str(threads), "--json", "-q"]
        runs = [measured(command) for _ in range(RUNS)]
        return json.loads(runs[0][0]), statistics.median(run[1] for run in runs), statistics.median(run[2] for run in runs)


def complaint(plan, table):
    if not plan["proven"]:
        return "it is not proven"
    if abs(plan["period_s"] - table.optimum_s) > TOLERANCE * table.optimum_s:
        return f"its period is {plan['period_s'] * 1e3:.9g} ms, the optimum is {table.optimum_s * 1e3:.9g} ms"
    return ""


def row(name, table, plan, seconds, megabytes):
    goal = f"{table.goal_s:g}" if table.goal_s else "-"
    return f"{name:12} {plan['period_s'] * 1e3:12.6g} {seconds:10.4f} {goal:>8} {megabytes:10.1f} {GOAL_MB:>8}"


def table_parser(description):
    """The arguments that every program about the published tables has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"of {', '.join(KNOWN)} (default: all)")
    parser.add_argument("--cleave", default=str(ROOT / "build" / "cleave"), metavar="PROGRAM", help="default: %(default)s")
    return parser


def parsed(parser):
    """The options, where all tables are known and there; ends the program otherwise."""
    options = parser.parse_args()
    unknown = [name for name in options.tables if name not in KNOWN]
    if unknown:
        parser.error(f"there is no table {unknown[0]}; give some of {', '.join(KNOWN)}")
    if not TABLES.is_dir():
        print(f"{parser.prog}: {TABLES} is not there: nothing to measure", file=sys.stderr)
        sys.exit(77)
    options.tables = options.tables or list(KNOWN)
    return options


def main():
    parser = table_parser("Time and memory of cleave on the contiguous optimum of published tables.")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="default: %(default)s")
    options = parsed(parser)
    print(f"{'table':12} {'period (ms)':>12} {'CPU (s)':>10} {'goal':>8} {'peak (MB)':>10} {'goal':>8}", flush=True)
    wrong = 0
    for name in options.tables:
        plan, seconds, megabytes = solve(options.cleave, KNOWN[name], options.threads)
        if problem := complaint(plan, KNOWN[name]):
            print(f"contiguous_optimum: {name}: {problem}", file=sys.stderr)
            wrong = 1
        else:
            print(row(name, KNOWN[name], plan, seconds, megabytes), flush=True)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
