#!/usr/bin/python3
"""What a second core brings on this machine, and how well its profile predicts the plans that run on it.

  two_cores.py [--cleave build/cleave] [--profile cpu.json] [--runs 3] [MODEL...]

Each network is planned for one core and, as a pipeline of stages on two classes of one core each, for two. Both plans run,
in turn; the best run of each counts, as whatever else runs on the machine can only slow them. The results of both are
compared bit for bit with the unsplit network first. Without --profile, `cleave profile` measures the machine first.
Printed: the ratio of throughputs, the ratio that a plan could reach (what the profile predicts), and predicted against
measured periods. Run it on a quiet machine.
Exit codes: 0 done, 1 results differ, 2 usage.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
MODELS = ["zoo:resnet50", "zoo:vgg16", "zoo:mobilenetv2", "zoo:squeezenet", "zoo:inceptionv3", "zoo:resnet18"]


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


def batches(plan):
    """About two seconds."""
    return str(max(20, min(400, int(2 / plan["period_s"]))))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cleave", default=str(ROOT / "build" / "cleave"))
    parser.add_argument("--profile", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("models", nargs="*", default=MODELS)
    options = parser.parse_args()
    ratios, errors, different = [], [], False
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        profile = options.profile
        if not profile:
            profile = folder / "core.json"
            cleave(options, "profile", "-o", str(profile), "--name", "core")
        clusters = {cores: cluster(folder, profile.resolve(), cores) for cores in (1, 2)}
        print(f"{'network':<20} {'1 core':>10} {'2 cores':>10} {'ratio':>7} {'planned':>8} {'error 1':>8} {'error 2':>8}")
        for model in options.models:
            plans, periods = {}, {1: [], 2: []}
            for cores, where in clusters.items():
                path = folder / f"plan{cores}.json"
                plans[cores] = cleave(options, "plan", model, "-c", str(where), "-w", "1", "-o", str(path))
                checked = cleave(options, "run", str(path), "-n", "4", "--verify", check=False)
                different |= checked.get("different", 1) != 0
            for _ in range(options.runs):
                for cores in clusters:
                    done = cleave(options, "run", str(folder / f"plan{cores}.json"), "-n", batches(plans[cores]))
                    periods[cores].append(done["period_s"])
            best = {cores: min(times) for cores, times in periods.items()}
            error = {cores: plans[cores]["period_s"] / best[cores] - 1 for cores in clusters}
            ratios.append(best[1] / best[2])
            errors += [abs(one) for one in error.values()]
            print(f"{model:<20} {1e3 * best[1]:>7.2f} ms {1e3 * best[2]:>7.2f} ms {ratios[-1]:>6.3f}x "
                  f"{plans[1]['period_s'] / plans[2]['period_s']:>7.3f}x {100 * error[1]:>+6.1f} % {100 * error[2]:>+6.1f} %",
                  flush=True)
    print(f"two cores: at least 1.95x on {sum(ratio >= 1.95 for ratio in ratios)} of {len(ratios)}, worst {min(ratios):.3f}x")
    print(f"predicted against measured period: median error {100 * statistics.median(errors):.1f} % of {len(errors)} plans")
    print("results equal the unsplit network's, bit for bit" if not different else "results DIFFER")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
