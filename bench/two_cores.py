#!/usr/bin/python3
"""What a second core brings on this machine, and how well its profile predicts the plans that run on it.

  two_cores.py [--cleave build/cleave] [--profile cpu.json] [--runs 3] [--no-verify] [MODEL...]

Each network is planned for one core, for one core with batches of two, and, as a pipeline of stages on two classes of one
core each, for two. All plans run in turn, and again; the best run of each counts, as whatever else runs on the machine can
only slow them, and what slows one round is over in another: the profile was measured so too. The results are compared bit
for bit with the unsplit network first. Without --profile, `cleave profile -b 1,2 --for MODEL...` measures the machine
first. Printed: the ratio of throughputs, the ratio that a plan could reach (what the profile predicts), and predicted
against measured periods. Run it on a quiet machine.
Exit codes: 0 done, 1 results differ, 2 usage.
"""
import argparse
import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
MODELS = [f"zoo:{name}" for name in ("resnet50", "vgg16", "mobilenetv2", "squeezenet", "inceptionv3", "resnet18", "resnet152",
                                     "vgg8", "bert-base", "vit-b16")]
SETTINGS = [(1, 1), (1, 2), (2, 1)]  # cores, batch


def cleave(options, *arguments, check=True):
    done = subprocess.run([options.cleave, *arguments, "-q", "--json"], check=check, stdout=subprocess.PIPE)
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


def best_periods(options, folder, plans):
    """The least measured period of each plan, by network, cores and batch."""
    best = {model: {setting: math.inf for setting in SETTINGS} for model in plans}
    for _ in range(options.runs):
        for model in plans:
            for cores, batch in SETTINGS:
                done = cleave(options, "run", plan_file(folder, model, cores, batch),
                              "-n", batches(plans[model][cores, batch], batch))
                best[model][cores, batch] = min(best[model][cores, batch], done["period_s"])
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cleave", default=str(ROOT / "build" / "cleave"))
    parser.add_argument("--profile", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-verify", action="store_true", help="do not compare results")
    parser.add_argument("models", nargs="*", default=MODELS)
    options = parser.parse_args()
    ratios, errors, all_equal = [], [], True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        profile = options.profile
        if not profile:
            profile = folder / "core.json"
            cleave(options, "profile", "-o", str(profile), "--name", "core", "-b", "1,2", "--for", *options.models)
        clusters = {cores: cluster(folder, profile.resolve(), cores) for cores in (1, 2)}
        print(f"{'network':<20} {'1 core':>10} {'2 cores':>10} {'ratio':>7} {'planned':>8} {'error 1':>8} {'batch 2':>8} {'error 2':>8}")
        plans = {}
        for model in options.models:
            plans[model], equal = planned(options, folder, clusters, model)
            all_equal &= equal
        for model, best in best_periods(options, folder, plans).items():
            error = [plans[model][setting]["period_s"] / best[setting] - 1 for setting in SETTINGS]
            one, two = best[1, 1], best[2, 1]
            ratios.append(one / two)
            errors += [abs(e) for e in error]
            print(f"{model:<20} {1e3 * one:>7.2f} ms {1e3 * two:>7.2f} ms {ratios[-1]:>6.3f}x "
                  f"{plans[model][1, 1]['period_s'] / plans[model][2, 1]['period_s']:>7.3f}x "
                  + " ".join(f"{100 * e:>+6.1f} %" for e in error), flush=True)
    print(f"two cores: at least 1.95x on {sum(ratio >= 1.95 for ratio in ratios)} of {len(ratios)}, worst {min(ratios):.3f}x")
    print(f"predicted against measured period: median error {100 * statistics.median(errors):.1f} % of {len(errors)} plans")
    if not options.no_verify:
        print("results equal the unsplit network's, bit for bit" if all_equal else "results DIFFER")
    return 0 if all_equal else 1


if __name__ == "__main__":
    sys.exit(main())
