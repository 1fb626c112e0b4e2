#!/usr/bin/python3
"""What design spaces are held to: 100,000 points in little time and memory, and two processes in half the time of one.

  space_goals.py [--cleave build/cleave] [--only points|ranks]

points  103,680 points of MobileNetV2 on edge4, once as users sweep and once with every group searched (--full). Every plan of the
        first pareto.csv must be in the second one; where the two are done, seconds, CPU seconds, peak memory, bytes of report.html.
ranks   a sweep of some 30 s, by one process and by two that share its groups, one thread a process, twice in turn: pareto.csv
        must have the same SHA-256. Needs two cores that nobody else uses.

Exit codes: 0 done, 1 the answers differ, 2 usage.
"""
import argparse
import csv
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from contiguous_optimum import ROOT

SPACE = ["zoo:mobilenetv2", "-c", "edge4", "--vary", "cim.count=0:8", "--vary", "npu.count=0:3", "--vary", "cim.adc_bits=4:8",
         "--vary", "cim.rows=64,128,256,512", "--vary", "npu.clock_hz=2.4e8,4.8e8,9.6e8", "--vary", "cim.arrays=250:2000*2",
         "-b", "1,2,4,8,16,32", "--precision", "int8,fp16"]
FOR_RANKS = ["zoo:mobilenetv2", "-c", "edge4", "--vary", "cim.count=0:8", "--vary", "npu.count=0:3", "--vary", "cim.adc_bits=4:8",
             "--vary", "cim.rows=64,128,256,512", "--vary", "npu.clock_hz=2.4e8,4.8e8,9.6e8", "--vary", "cim.arrays=250:2000*2",
             "-b", "1,2,4,8,16,32", "--full"]


def start(options, folder, arguments, rank=None, ranks=1):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OMPI_", "PMI_", "SLURM_", "CLEAVE_"))}
    if rank is not None:
        environment.update(CLEAVE_RANK=str(rank), CLEAVE_RANKS=str(ranks))
    command = [options.cleave, "sweep", *arguments, "-q", "--json", "-o", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)


def end(process):
    """What it says, CPU seconds, peak bytes."""
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"space_goals: {process.args[0]} ended with {process.returncode}")
    return json.loads(said) if said else {}, used.ru_utime + used.ru_stime, 1024 * used.ru_maxrss


def plans(folder):
    """Figures of each, without the names of files and the weights, which depend on what else there is."""
    rows = csv.DictReader((folder / "pareto.csv").open(encoding="utf-8"))
    return {(float(row["throughput_per_s"]), float(row["energy_j"])) for row in rows}


def points(options):
    found = {}
    for name, more in (("as it is", []), ("--full", ["--full"])):
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            began_s = time.monotonic()
            done, cpu_s, peak = end(start(options, folder, SPACE + more))
            wall_s = time.monotonic() - began_s
            report = (folder / "report.html").stat().st_size
            found[name] = plans(folder)
        print(f"{done['design_points']} points {name}: {done['searches']} searches, {len(found[name])} plans; {wall_s:.1f} s, "
              f"CPU {cpu_s:.1f} s, peak {peak / 2**20:.0f} MiB, report.html {report / 2**20:.2f} MiB", flush=True)
    if found["as it is"] != found["--full"]:
        print("space_goals: the frontier depends on --full", file=sys.stderr)
        return 1
    return 0


def ranks(options):
    best_s, cpus_s, sums = {1: 1e9, 2: 1e9}, {1: 1e9, 2: 1e9}, set()
    for number in (1, 2, 1, 2):
        with tempfile.TemporaryDirectory() as scratch:
            began_s = time.monotonic()
            processes = [start(options, scratch, [*FOR_RANKS, "-j", "1"], rank, number) for rank in range(number)]
            cpu_s = sum(end(process)[1] for process in processes)
            best_s[number] = min(best_s[number], time.monotonic() - began_s)
            cpus_s[number] = min(cpus_s[number], cpu_s)
            sums.add(hashlib.sha256(pathlib.Path(scratch, "pareto.csv").read_bytes()).hexdigest())
    print(f"one process {best_s[1]:.1f} s (CPU {cpus_s[1]:.1f} s), two {best_s[2]:.1f} s (CPU {cpus_s[2]:.1f} s): "
          f"{best_s[1] / best_s[2]:.2f}x; by CPU seconds at best {2 * cpus_s[1] / cpus_s[2]:.2f}x; "
          f"SHA-256 of pareto.csv {' '.join(sorted(sums))}")
    if len(sums) > 1:
        print("space_goals: pareto.csv depends on the number of processes", file=sys.stderr)
    return int(len(sums) > 1)


def main():
    parser = argparse.ArgumentParser(description="Goals of design spaces.")
    parser.add_argument("--cleave", default=str(ROOT / "build" / "cleave"), metavar="PROGRAM", help="default: %(default)s")
    parser.add_argument("--only", choices=("points", "ranks"), help="default: both")
    options = parser.parse_args()
    parts = [part for part in (points, ranks) if options.only in (None, part.__name__)]
    return max(part(options) for part in parts)


if __name__ == "__main__":
    sys.exit(main())
