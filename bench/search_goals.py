#!/usr/bin/python3
"""What the exact search takes, beside what it is meant to take. Every answer is proven right first.

  search_goals.py [--build build] [--threads 1 2] [--only WORD]

`process` rows are CPU seconds of `cleave plan` as a whole on published tables (contiguous_optimum.py); the others are wall
seconds of the search alone (bench_search), on each number of threads. "single objective" is the least period alone on the same
network and cluster (or all its sub-clusters), joules left out. Exit codes: 0 done, goals met or not; 1 an answer is wrong; 2 usage.
"""
import argparse
import json
import pathlib
import subprocess
import sys

import contiguous_optimum

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEARCHES = {  # of bench_search: what it is called here, and seconds
    "search_problem/period_220k_ideals": ("220,000 ideals, least period", 1),
    "search_problem/period_48_layers_12_types": ("48 layers on 12 device types", 0.05),
    "search_period/resnet152_edge4": ("resnet152, single objective", None),
    "search/resnet152_edge4": ("resnet152, whole frontier", 1),
    "search_subclusters_period/resnet152_edge4": ("resnet152, all sub-clusters, single objective", None),
    "search_subclusters/resnet152_edge4": ("resnet152, all sub-clusters", 1),
    "search_with_latency/resnet152_edge4": ("resnet152, with latency", 10),
    "search_subclusters_with_latency/resnet152_edge4": ("resnet152, all sub-clusters with latency", 10),
    "search_period/bert_base_edge4": ("bert-base, single objective", None),
    "search/bert_base_edge4": ("bert-base, whole frontier", 1),
    "search_subclusters_period/bert_base_edge4": ("bert-base, all sub-clusters, single objective", None),
    "search_subclusters/bert_base_edge4": ("bert-base, all sub-clusters", 1),
    "search_with_latency/bert_base_edge4": ("bert-base, with latency", 10),
    "search_subclusters_with_latency/bert_base_edge4": ("bert-base, all sub-clusters with latency", 10),
    "search/inceptionv3_edge4": ("inceptionv3, whole frontier", None),
    "search_with_latency/inceptionv3_edge4": ("inceptionv3, with latency", None),
    "search/resnet50_35721_counts": ("resnet50, 35,721 vectors of counts", None),
}
RATIO_GOAL = 5       # whole frontiers by a single objective
RATIOS = {
    "frontier by single objective": ("search", "search_period"),
    "of all sub-clusters, the same": ("search_subclusters", "search_subclusters_period"),
    "of all sub-clusters by single of one": ("search_subclusters", "search_period"),
}
SPEED_UP_GOAL = 1.7  # two threads by one, where one takes long enough
WORTH_SHARING_S = 0.5


def print_row(what, measured, goal, unit="s"):
    print(f"{what:52} {measured:10.4g} {unit:3} {goal if goal else '-':>8}", flush=True)


def wrong(what, problem):
    print(f"search_goals: {what}: {problem}", file=sys.stderr)
    sys.exit(1)


def processes(build):
    if not contiguous_optimum.TABLES.is_dir():
        print("search_goals: the published tables are not there", file=sys.stderr)
        return
    for name, table in contiguous_optimum.KNOWN.items():
        if not table.goal_s:
            continue
        plan, seconds, _ = contiguous_optimum.solve(build / "cleave", table, 1)
        if problem := contiguous_optimum.complaint(plan, table):
            wrong(name, problem)
        print_row(f"process: {name}", seconds, table.goal_s)


def search_seconds(build, name, threads):
    """Wall seconds of a search; the bench says whether its answer is right."""
    command = [build / "bench" / "bench_search", f"--benchmark_filter=^{name}/threads:{threads}/", "--benchmark_format=json"]
    rows = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["benchmarks"]
    if len(rows) != 1:
        wrong(name, f"bench_search has {len(rows)} rows of this name")
    if rows[0].get("error_occurred"):
        wrong(name, rows[0]["error_message"])
    return rows[0]["real_time"] / 1e3


def arguments():
    parser = argparse.ArgumentParser(description="What the exact search takes, beside what it is meant to take.")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", metavar="DIR", help="default: %(default)s")
    parser.add_argument("--threads", type=int, nargs="+", choices=(1, 2), default=[1, 2], help="default: 1 2")
    parser.add_argument("--only", default="", metavar="WORD", help="only searches whose name has this word, no processes")
    return parser.parse_args()


def main():
    options = arguments()
    print(f"{'':52} {'measured':>10}     {'goal':>8}")
    if not options.only:
        processes(options.build)
    took = {}
    for name, (what, goal) in SEARCHES.items():
        if options.only not in name:
            continue
        for threads in options.threads:
            took[name, threads] = search_seconds(options.build, name, threads)
            print_row(f"{what}, {threads} thread{'s' if threads > 1 else ''}", took[name, threads], goal)
        if len(options.threads) == 2 and took[name, 1] > WORTH_SHARING_S:
            print_row(f"{what}, speed-up", took[name, 1] / took[name, 2], SPEED_UP_GOAL, "x")
    for network in ("resnet152", "bert_base"):
        for threads in options.threads:
            for what, kinds in RATIOS.items():
                pair = [took.get((f"{kind}/{network}_edge4", threads)) for kind in kinds]
                if all(pair):
                    print_row(f"{network}, {what}, {threads} threads", pair[0] / pair[1], RATIO_GOAL, "x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
