#!/usr/bin/python3
"""What a second core brings on this machine, and how well its profile predicts the plans that run on it.

  two_cores.py [--cleave build/cleave] [--profile cpu.json] [--runs 3] [--no-verify] [MODEL...]

Each network is planned for one core, for one core with batches of two, and, as a pipeline of two stages on two classes of
one core each, for two. All plans run in turn, and again; the best run of each counts, as whatever else runs on the machine
can only slow them, and what slows one round is over in another: the profile was measured so too. The results are compared
bit for bit with the unsplit network first. Without --profile, `cleave profile -b 1,2 --for MODEL...` measures the machine
first. One core is the mean of both, each alone: those of a virtual machine may differ by a third.

Printed: the ratio of throughputs, the ratio that a plan could reach (what the profile predicts), where the rest to 2 went,
  ratio = 2 / ((1 + slower) (1 + uneven) (1 + waits))
(slower: what both stages take together against one core, negative where the weights of half a network fit better into a
core's caches; uneven: the longer stage against the mean of both, by the cut or by unequal cores; waits: the period against
the longer stage), and predicted against measured periods. Run it on a quiet machine.
Exit codes: 0 done, 1 results differ, 2 usage.
"""
import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
MODELS = [f"zoo:{name}" for name in ("resnet50", "vgg16", "mobilenetv2", "squeezenet", "inceptionv3", "resnet18", "resnet152",
                                     "vgg8", "bert-base", "vit-b16")]
SETTINGS = [(1, 1), (1, 2), (2, 1)]  # cores, batch


def cleave(options, *arguments, check=True, core=None):
    pinned = [] if core is None else ["taskset", "-c", str(core)]
    done = subprocess.run([*pinned, options.cleave, *arguments, "-q", "--json"], check=check, stdout=subprocess.PIPE)
    return json.loads(done.stdout) if done.stdout else {}


def cluster(folder, profile, cores):
    """Cores share the memory: nothing is moved between them."""
    devices = [{"name": f"core{i}", "profile": str(profile), "count": 1} for i in range(cores)]
    path = folder / f"cores{cores}.json"
    path.write_text(json.dumps(
        {"schema": "cleave.cluster/1", "name": f"cores{cores}", "title": f"{cores} cores", "devices": devices}))
    return path


def plan_file(folder, model, cores, batch):
    return str(folder / f"{pathlib.Path(model.replace(':', '_')).stem}_{cores}_{batch}.json")


def batches(plan, batch):
    """About one and a half seconds."""
    return str(max(12, min(400, int(1.5 * batch / plan["period_s"]))))


def planned(options, folder, clusters, model):
    """By cores and batch, the plan; and whether what they compute is what the unsplit network does."""
    plans, equal = {}, True
    for cores, batch in SETTINGS:
        path = plan_file(folder, model, cores, batch)
        plans[cores, batch] = cleave(options, "plan", model, "-c", str(clusters[cores]), "-b", str(batch), "-w", "1",
                                     "-o", path)
        if not options.no_verify:
            equal &= cleave(options, "run", path, "-n", "4", "--verify", check=False).get("different", 1) == 0
    return plans, equal


def best_runs(options, folder, plans, cores):
    """The run with the least period of each plan, by network and setting; of one core and single batches, for each core."""
    best = {model: {} for model in plans}
    for _ in range(options.runs):
        for model in plans:
            for setting in [(1, 1, cores[0]), (1, 1, cores[1]), (1, 2, None), (2, 1, None)]:
                count, batch, core = setting
                done = cleave(options, "run", plan_file(folder, model, count, batch),
                              "-n", batches(plans[model][count, batch], batch), core=core)
                if done["period_s"] < best[model].get(setting, {"period_s": math.inf})["period_s"]:
                    best[model][setting] = done
    return best


def shares(one_s, run):
    """slower, uneven and waits of a run on two cores."""
    stages = [worker["engine_s"] / worker["batches"] for worker in run["workers"]]
    mean_s = sum(stages) / len(stages)
    return len(stages) * mean_s / one_s - 1, max(stages) / mean_s - 1, run["period_s"] / max(stages) - 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cleave", default=str(ROOT / "build" / "cleave"))
    parser.add_argument("--profile", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-verify", action="store_true", help="do not compare results")
    parser.add_argument("models", nargs="*", default=MODELS)
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        parser.error("this process may use one core only")
    ratios, errors, all_equal = [], [], True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        profile = options.profile
        if not profile:
            profile = folder / "core.json"
            cleave(options, "profile", "-o", str(profile), "--name", "core", "-b", "1,2", "--for", *options.models)
        clusters = {cores: cluster(folder, profile.resolve(), cores) for cores in (1, 2)}
        print(f"{'network':<20} {'core A':>10} {'core B':>10} {'2 cores':>10} {'ratio':>7} {'planned':>8} {'slower':>8} {'uneven':>8} "
              f"{'waits':>8} {'error 1':>8} {'batch 2':>8} {'error 2':>8}")
        plans = {}
        for model in options.models:
            plans[model], equal = planned(options, folder, clusters, model)
            all_equal &= equal
        for model, best in best_runs(options, folder, plans, cores).items():
            each = [best[1, 1, core]["period_s"] for core in cores[:2]]
            one, two = statistics.harmonic_mean(each), best[2, 1, None]["period_s"]
            periods = {(1, 1): one, (1, 2): best[1, 2, None]["period_s"], (2, 1): two}
            error = [plans[model][setting]["period_s"] / periods[setting] - 1 for setting in SETTINGS]
            ratios.append(one / two)
            errors += [abs(e) for e in error]
            print(f"{model:<20} " + " ".join(f"{1e3 * s:>7.2f} ms" for s in [*each, two]) + f" {ratios[-1]:>6.3f}x "
                  f"{plans[model][1, 1]['period_s'] / plans[model][2, 1]['period_s']:>7.3f}x "
                  + " ".join(f"{100 * e:>+6.1f} %" for e in [*shares(one, best[2, 1, None]), *error]), flush=True)
    print(f"two cores: at least 1.95x on {sum(ratio >= 1.95 for ratio in ratios)} of {len(ratios)}, worst {min(ratios):.3f}x")
    print(f"predicted against measured period: median error {100 * statistics.median(errors):.1f} % of {len(errors)} plans")
    if not options.no_verify:
        print("results equal the unsplit network's, bit for bit" if all_equal else "results DIFFER")
    return 0 if all_equal else 1


if __name__ == "__main__":
    sys.exit(main())
