"""The importers on odd tables, against every contiguous plan by the arithmetic of the source itself.

  import_brute_force_test.py CLEAVE SCRIPTS [unittest arguments]
"""
import itertools
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

CLEAVE, SCRIPTS = sys.argv[1], pathlib.Path(sys.argv[2])


def least_period(nodes, edges, groups, classes, load):
    """Over all chains of ideals: `classes` are (name, devices, replicate), `load(nodes, class, replicas)` is None where it cannot run;
    nodes of a group share a stage. None: there is no plan."""
    before = {node: {a for a, b in edges if b == node} for node in nodes}
    group_of = {node: [group for group in groups if node in group] for node in nodes}
    everything = frozenset(nodes)
    known = {}

    def best(done, free):
        if done == everything:
            return 0
        if (done, free) not in known:
            known[done, free] = min((option for option in options(done, free) if option is not None), default=None)
        return known[done, free]

    def options(done, free):
        rest = sorted(everything - done)
        for size in range(1, len(rest) + 1):
            for stage in map(frozenset, itertools.combinations(rest, size)):
                whole = all(group <= stage for node in stage for group in group_of[node])
                if not whole or not all(before[node] <= done | stage for node in stage):
                    continue
                for i, (name, _, replicate) in enumerate(classes):
                    for replicas in range(1, (free[i] if replicate else min(1, free[i])) + 1):
                        own = load(stage, name, replicas)
                        left = free[:i] + (free[i] - replicas,) + free[i + 1:]
                        further = None if own is None else best(done | stage, left)
                        yield None if further is None else max(own, further)

    return best(frozenset(), tuple(count for _, count, _ in classes))


def crossing(stage, edges, weight):
    """What a stage receives and sends, each source's output once."""
    received = {a for a, b in edges if a not in stage and b in stage}
    sent = {a for a, b in edges if a in stage and b not in stage}
    return sum(weight[a] for a in received), sum(weight[a] for a in sent)


def random_edges(dice, nodes):
    """In some hidden order of the nodes."""
    order = nodes[:]
    dice.shuffle(order)
    return [(a, b) for i, a in enumerate(order) for b in order[i + 1:] if dice.random() < 0.4]


class BruteForce(unittest.TestCase):
    def compare(self, seed, expected, script, files, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for name, text in files.items():
                (folder / name).write_text(text, encoding="utf-8")
            done = subprocess.run([sys.executable, str(SCRIPTS / script), *arguments, "-o", "out"], capture_output=True, text=True, cwd=folder)
            self.assertEqual((done.returncode, done.stderr), (0, ""), f"seed {seed}")
            done = subprocess.run([CLEAVE, "plan", "out/costs.json", "-c", "out/cluster.json", "-w", "1", "--json", "-q", "-j", "1"],
                                  capture_output=True, text=True, cwd=folder)
            if expected is None:
                self.assertEqual(done.returncode, 4, f"seed {seed}: {done.stdout}{done.stderr}")
                return
            if expected == 0:  # nothing would set a period
                self.assertEqual((done.returncode, "in no time" in done.stderr), (3, True), f"seed {seed}: {done.stdout}{done.stderr}")
                return
            self.assertEqual(done.returncode, 0, f"seed {seed}: {done.stderr}")
            found = json.loads(done.stdout)
            self.assertTrue(math.isclose(found["period_s"], expected, rel_tol=1e-9, abs_tol=1e-12),
                            f"seed {seed}: {found['period_s']} instead of {expected}")


class DnnPartitioning(BruteForce):
    def test_random_tables(self):
        solvable = 0
        for seed in range(60):
            dice = random.Random(seed)
            ids = dice.sample(range(-50, 200), dice.randint(3, 6))
            edges = random_edges(dice, ids)
            weight = {node: dice.choice([0.0, 0.25, 1.0, 3.0]) for node in ids}
            kind = {node: dice.random() < 0.25 for node in ids}  # takes no time and no room
            cpu = {node: 0.0 if kind[node] else dice.uniform(1, 20) for node in ids}
            fpga = {node: 0.0 if kind[node] else dice.uniform(0.1, 5) for node in ids}
            size = {node: 0.0 if kind[node] else float(dice.randint(0, 10)) for node in ids}
            supported = {node: dice.random() < 0.85 for node in ids}
            colour = {node: dice.choice([None, None, 5, -1]) for node in ids}
            memory = max(1.0, sum(size.values()) * dice.choice([0.4, 0.6, 1.0, 2.0]))
            fpgas, cpus = dice.choice([(1, 1), (2, 1), (3, 0), (2, 2), (0, 2)])
            if cpus == 0 and not all(supported.values()):
                cpus = 1  # it may be refused otherwise
            nodes = [{"id": node, "supportedOnFpga": supported[node], "cpuLatency": cpu[node], "fpgaLatency": fpga[node], "size": size[node],
                      "isBackwardNode": False, **({} if colour[node] is None else {"colorClass": colour[node]})} for node in ids]
            dice.shuffle(nodes)
            listed = [{"sourceId": a, "destId": b, "cost": weight[a]} for a, b in edges]
            dice.shuffle(listed)
            table = {"maxFPGAs": fpgas, "maxCPUs": cpus, "maxSizePerFPGA": memory, "nodes": nodes, "edges": listed}

            def load(stage, name, _, edges=edges, weight=weight, cpu=cpu, fpga=fpga, size=size, supported=supported, memory=memory):
                if name == "cpu":
                    return sum(cpu[node] for node in stage) * 1e-3
                if not all(supported[node] for node in stage) or sum(size[node] for node in stage) > memory:
                    return None
                return (sum(fpga[node] for node in stage) + sum(crossing(stage, edges, weight))) * 1e-3

            groups = [frozenset(node for node in ids if colour[node] == c) for c in (5, -1)]
            expected = least_period(ids, edges, [group for group in groups if group], [("fpga", fpgas, False), ("cpu", cpus, False)], load)
            solvable += expected is not None
            self.compare(seed, expected, "import_dnn_partitioning.py", {"t.json": json.dumps(table)}, "t.json")
        self.assertGreater(solvable, 30)


class PipeDream(BruteForce):
    def test_random_graphs(self):
        for seed in range(40):
            dice = random.Random(seed)
            ids = [f"node{i}" for i in dice.sample(range(1, 90), dice.randint(2, 6))]
            edges = random_edges(dice, ids)
            seconds = {node: dice.choice([0.0, dice.uniform(0.1, 9)]) for node in ids}
            size = {node: float(dice.randint(0, 4000)) for node in ids}
            devices, rate = dice.randint(1, 3), 1e6
            lines = [f"{node} -- Layer(x -- {dice.randint(1, 9)}) -- forward_compute_time={seconds[node]!r}, backward_compute_time=1.0, "
                     f"activation_size={dice.choice([f'{size[node]!r}', f'[{size[node]!r}; 0.0]'])}, parameter_size=8.0" for node in ids]
            lines += [f"\t{a} -- {b}" for a, b in edges]
            dice.shuffle(lines)

            def load(stage, _, replicas, edges=edges, seconds=seconds, size=size):
                received, sent = crossing(stage, edges, size)
                return max(sum(seconds[node] for node in stage) * 1e-3, received / 1e6, sent / 1e6) / replicas

            expected = least_period(ids, edges, [], [("device", devices, True)], load)
            self.compare(seed, expected, "import_pipedream.py", {"graph.txt": "\n".join(lines) + "\n"}, "graph.txt", "--devices", str(devices),
                         "--bytes-per-s", repr(rate))


class PipeEdge(BruteForce):
    def test_random_models(self):
        solvable = 0
        for seed in range(40):
            dice = random.Random(seed)
            layers, batch = dice.randint(1, 6), dice.randint(1, 3)
            mem_mb = [round(dice.uniform(0, 3), 2) for _ in range(layers)]
            outputs = [dice.randint(0, 200000) for _ in range(layers)]
            types = {name: {"count": dice.randint(1, 2), "bw": dice.choice([8, 80, 400.0]), "mem": dice.choice([2, 4, 100]),
                            "time": [round(dice.uniform(0.001, 0.5), 4) for _ in range(layers)]} for name in dice.sample(["a", "b-1", "c_2"], dice.randint(1, 3))}
            models = f"net:\n  layers: {layers}\n  mem_MB: {mem_mb}\n  parameters_in: 7\n  parameters_out: {outputs}\n"
            kinds = "".join(f"{name}:\n  bw_Mbps: {t['bw']}\n  mem_MB: {t['mem']}\n  model_profiles:\n    net:\n    - batch_size: {batch}\n"
                            f"      dtype: torch.float32\n      time_s: {t['time']}\n" for name, t in types.items())
            hosts = "".join(f"{name}: [{', '.join(f'{name}-{i}' for i in range(t['count']))}]\n" for name, t in types.items())
            size = {i: outputs[i] * batch * 4.0 for i in range(layers)}
            edges = [(i, i + 1) for i in range(layers - 1)]

            def load(stage, name, _, types=types, size=size, edges=edges, mem_mb=mem_mb, layers=layers):
                received, sent = crossing(stage, edges, size)
                live = max((size[i - 1] if i > 0 else 0) + (size[i] if i + 1 < layers else 0) for i in stage)
                needs = sum(mem_mb[i] for i in stage) * 1e6 + live + 2 * (received + sent)
                if needs > types[name]["mem"] * 1e6 * (1 + 1e-12):
                    return None
                rate = types[name]["bw"] * 1e6 / 8
                return max(sum(types[name]["time"][i] for i in stage), received / rate, sent / rate)

            expected = least_period(list(range(layers)), edges, [], [(name, t["count"], False) for name, t in types.items()], load)
            solvable += expected is not None
            self.compare(seed, expected, "import_pipeedge.py", {"models.yml": models, "types.yml": kinds, "devices.yml": hosts},
                         "--models", "models.yml", "--device-type", "types.yml", "--devices", "devices.yml")
        self.assertGreater(solvable, 15)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
