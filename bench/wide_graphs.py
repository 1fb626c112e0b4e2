#!/usr/bin/python3
"""Gap, time and memory of `cleave plan` on generated networks that are too wide or too long for all ideals.

  wide_graphs.py [--cleave build/cleave] [--threads 0] [--seed 1] [--communication 1] [CASE ...]
  wide_graphs.py --write DIR CASE     only writes DIR/costs.json and DIR/cluster.json

Networks are like NASNet's: cells in series, each of which reads the two before it; a cell has branches in parallel, chains of
operators, which a concatenation joins. Costs are drawn per operator from its work and each class's speed, from one seed.
Every plan is checked by `cleave check` first. Exit codes: 0 done, 1 a plan is wrong or none came, 2 usage.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class DeviceClass:
    name: str
    count: int
    flops_per_s: float
    j_per_flop: float
    idle_w: float
    bytes_per_s: float   # of its port; 0: it is the host
    j_per_byte: float


@dataclass(frozen=True)
class Case:
    operators: int
    branches: int        # of a cell
    depth: int           # operators of a branch
    classes: tuple
    limit_s: float
    replicate: bool = True


SIX_AND_CPU = (DeviceClass("cpu", 1, 1e12, 8e-11, 20, 0, 0), DeviceClass("accelerator", 6, 2e13, 1e-11, 15, 12e9, 5e-11))
EDGE4 = (DeviceClass("cpu", 1, 2e12, 8e-11, 40, 0, 0), DeviceClass("gpu", 1, 6e12, 1.2e-11, 10, 12.5e9, 4.8e-11),
         DeviceClass("npu", 2, 1.5e12, 2e-12, 0.5, 3e9, 3.6e-10), DeviceClass("cim", 4, 1e12, 5e-13, 0.2, 1.6e9, 6.8e-11))
SIX_CLASSES = tuple(DeviceClass(f"class{i}", count, 4e12 / (i + 1), 2e-11 / (i + 1), 12 / (i + 1), 10e9, 6e-11)
                    for i, count in enumerate((4, 8, 8, 12, 16, 16)))
CASES = {
    "nasnet-6": Case(1000, 5, 6, SIX_AND_CPU, 10),
    "nasnet-6-single": Case(1000, 5, 6, SIX_AND_CPU, 10, replicate=False),
    "wide-6-single": Case(1000, 20, 4, SIX_AND_CPU, 10, replicate=False),
    "nasnet-edge4": Case(1000, 5, 6, EDGE4, 10),
    "wide-6": Case(1000, 20, 4, SIX_AND_CPU, 10),
    "long-64": Case(10000, 5, 6, SIX_CLASSES, 60),
    "wide-64": Case(10000, 30, 6, SIX_CLASSES, 60),
}


def edges_of(case):
    """For each operator the operators it reads, in an order in which data flows."""
    reads, cells = [[]], [0, 0]
    while len(reads) + case.branches * case.depth + 1 <= case.operators:
        ends = []
        for branch in range(case.branches):
            before = cells[branch % 2 - 2]
            for _ in range(case.depth):
                reads.append([before])
                before = len(reads) - 1
            ends.append(before)
        reads.append(ends)
        cells.append(len(reads) - 1)
    while len(reads) < case.operators:
        reads.append([len(reads) - 1])
    return reads


def problem_of(case, seed=1, communication=1.0):
    """The cost table and the cluster; `communication` scales the bytes of all tensors."""
    draw = random.Random(seed)
    reads = edges_of(case)
    readers = [[] for _ in reads]
    for op, sources in enumerate(reads):
        for source in sources:
            readers[source].append(op)
    operators, edges = [], []
    for op, to in enumerate(readers):
        flops = draw.lognormvariate(18.4, 0.8)  # about 1e8
        costs = {}
        for device in case.classes:
            seconds = flops / device.flops_per_s * draw.uniform(0.8, 1.6)
            costs[device.name] = {"seconds": seconds, "joules": flops * device.j_per_flop * draw.uniform(0.8, 1.2), "bytes": flops / 200}
        operators.append({"name": f"op{op}", "kind": "conv", "costs": costs})
        if to:
            edges.append({"from": f"op{op}", "to": [f"op{reader}" for reader in to], "bytes": int(draw.uniform(2e4, 2e5) * communication)})
    devices = []
    for device in case.classes:
        row = {"name": device.name, "count": device.count, "idle_w": device.idle_w, "memory_bytes": 16e9, "replicate": case.replicate}
        if device.bytes_per_s:
            row["port"] = {"bytes_per_s": device.bytes_per_s, "latency_s": 5e-6, "j_per_byte": device.j_per_byte, "duplex": "full", "overlap": True}
        devices.append(row)
    return ({"schema": "cleave.costs/1", "name": "generated", "batch": 1, "operators": operators, "edges": edges},
            {"schema": "cleave.cluster/1", "name": "generated", "devices": devices})


def write(case, folder, seed, communication):
    for name, content in zip(("costs.json", "cluster.json"), problem_of(case, seed, communication)):
        (pathlib.Path(folder) / name).write_text(json.dumps(content))


def measured(command):
    """What a command prints, its wall and CPU seconds and its peak resident memory in MB (10^6 bytes)."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} exits with {process.returncode}")
        output.seek(0)
        return output.read(), time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6


def least_period_s(costs, case):
    """A bound for every plan: for any prices of the classes, the priced work by the priced devices."""
    prices, best = {device.name: device.flops_per_s for device in case.classes}, 0.0
    for step in (0.5, 0.25, 0.1, 0.05, 0.02):
        for _ in range(30):
            load = dict.fromkeys(prices, 0.0)
            work = 0.0
            for op in costs["operators"]:
                name = min(prices, key=lambda one: prices[one] * op["costs"][one]["seconds"])
                load[name] += op["costs"][name]["seconds"]
                work += prices[name] * op["costs"][name]["seconds"]
            best = max(best, work / sum(prices[device.name] * device.count for device in case.classes))
            largest = max(load[device.name] / device.count for device in case.classes)
            for device in case.classes:
                prices[device.name] *= 1 + step * (load[device.name] / device.count / largest - 0.5)
    return best


def row(name, case, options, weight):
    with tempfile.TemporaryDirectory() as folder:
        write(case, folder, options.seed, options.communication)
        costs = json.loads((pathlib.Path(folder) / "costs.json").read_text())
        command = [options.cleave, "plan", f"{folder}/costs.json", "-c", f"{folder}/cluster.json", "-w", str(weight), "-j", str(options.threads), "--time-limit",
                   f"{case.limit_s}s", "--json", "-q", "-o", f"{folder}/plan.json"]
        output, wall_s, cpu_s, megabytes = measured(command)
        subprocess.run([options.cleave, "check", f"{folder}/plan.json", "-q"], check=True, stdout=subprocess.DEVNULL)
        plan = json.loads(output)
        period_gap = 1 - least_period_s(costs, case) / plan["period_s"]
        return (f"{name:14} {weight:6g} {plan['solver']:8} {plan['period_s'] * 1e3:12.6g} {100 * period_gap:14.3f} {plan['energy_j'] * 1e3:12.6g} "
                f"{100 * plan['gap']:14.3f} {wall_s:8.2f} {cpu_s:8.2f} {case.limit_s:8g} {megabytes:10.1f}")


def arguments():
    parser = argparse.ArgumentParser(description="Gap, time and memory of cleave on wide and long generated networks.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)} (default: all)")
    parser.add_argument("--cleave", default=str(ROOT / "build" / "cleave"), metavar="PROGRAM", help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="default: all cores")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the costs (default: %(default)s)")
    parser.add_argument("--communication", type=float, default=1.0, metavar="FACTOR", help="of the bytes of all tensors (default: %(default)s)")
    parser.add_argument("--write", metavar="DIR", help="write the files of the one CASE there and stop")
    options = parser.parse_args()
    if unknown := [name for name in options.cases if name not in CASES]:
        parser.error(f"there is no case {unknown[0]}; give some of {', '.join(CASES)}")
    if options.write and len(options.cases) != 1:
        parser.error("--write takes one CASE")
    return options


def main():
    options = arguments()
    if options.write:
        pathlib.Path(options.write).mkdir(parents=True, exist_ok=True)
        write(CASES[options.cases[0]], options.write, options.seed, options.communication)
        return 0
    print(f"{'case':14} {'weight':>6} {'solver':8} {'period (ms)':>12} {'period gap (%)':>14} {'energy (mJ)':>12} {'energy gap (%)':>14} "
          f"{'wall (s)':>8} {'CPU (s)':>8} {'limit':>8} {'peak (MB)':>10}", flush=True)
    for name in options.cases or CASES:
        for weight in (1, 0.5):
            try:
                print(row(name, CASES[name], options, weight), flush=True)
            except (RuntimeError, subprocess.CalledProcessError) as problem:
                print(f"wide_graphs: {name}: {problem}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
