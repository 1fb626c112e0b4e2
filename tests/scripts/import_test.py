"""The importers of measured tables: what they write, what they refuse, and that cleave plans it.

  import_test.py CLEAVE SCRIPTS WORKLOADS [unittest arguments]

WORKLOADS is a folder of published tables; tests that need it are skipped where it is not there.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

CLEAVE, SCRIPTS, WORKLOADS = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])

# Two accelerators and a CPU; nodes 2 and 3 stay together; node 4 needs the CPU; node 1's output is read twice.
TABLE = {
    "maxFPGAs": 2, "maxCPUs": 1, "maxSizePerFPGA": 1000.0,
    "nodes": [
        {"id": 1, "name": "a", "supportedOnFpga": 1, "cpuLatency": 90.0, "fpgaLatency": 4.0, "size": 600.0, "isBackwardNode": 0},
        {"id": 2, "supportedOnFpga": True, "cpuLatency": 90.0, "fpgaLatency": 2.0, "size": 300.0, "colorClass": 7, "isBackwardNode": False},
        {"id": 3, "supportedOnFpga": True, "cpuLatency": 90.0, "fpgaLatency": 3.0, "size": 200.0, "colorClass": 7, "isBackwardNode": False},
        {"id": 4, "supportedOnFpga": 0, "cpuLatency": 1.0, "fpgaLatency": 0.0, "size": 0.0, "isBackwardNode": 0}],
    "edges": [{"sourceId": 1, "destId": 2, "cost": 0.5}, {"sourceId": 1, "destId": 3, "cost": 0.5},
              {"sourceId": 2, "destId": 4, "cost": 0.25}, {"sourceId": 3, "destId": 4, "cost": 0.25}],
}

GRAPH = """\
node1 -- Input0 -- forward_compute_time=0.000, backward_compute_time=0.000, activation_size=0.0, parameter_size=0.000
node2 -- LSTM(8, 4 -- 2) -- forward_compute_time=3.000, backward_compute_time=9.000, activation_size=[4000.0; 500.0], parameter_size=64.000
node3 -- Linear(4) -- forward_compute_time=5.000, backward_compute_time=9.000, activation_size=10.0, parameter_size=32.000
node4 -- Add -- forward_compute_time=1.000, backward_compute_time=0.000, activation_size=10.0, parameter_size=0.000
\tnode1 -- node2
\tnode2 -- node3
\tnode3 -- node4
\tnode2 -- node4
"""

MODELS = """\
# as PyYAML wraps lists
tiny/net-1:
  layers: 3
  mem_MB: [1.5, 2,
    0.25]
  parameters_in: 10
  parameters_out: [1000, 2000, 10]
empty:
  layers: 0
  mem_MB: []
  parameters_in: 0
  parameters_out: []
"""
TYPES = """\
unused:
  bw_Mbps: 0
  mem_MB: 0
  model_profiles:
board-A:
  bw_Mbps: 8
  mem_MB: 4
  model_profiles:
    tiny/net-1:
    - batch_size: 2
      dtype: torch.float32
      time_s: [0.1, 0.2, 0.3]
    - dtype: torch.float16
      batch_size: 2
      time_s: [0.01, 0.02, 0.03]
board-B:
  bw_Mbps: 80.0
  mem_MB: 8
  model_profiles:
    tiny/net-1:
      - {batch}
        dtype: torch.float32
        time_s: [0.2, 0.4, 0.6]
""".replace("{batch}", "batch_size: 2")
DEVICES = """\
unused: []
board-A:
- a-0
- 'a-1'
board-B:
  - b-0
"""


class Importing(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "out"

    def file(self, name, text):
        (self.folder / name).write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        return str(self.folder / name)

    def run_script(self, script, *arguments):
        return subprocess.run([sys.executable, str(SCRIPTS / script), *arguments, "-o", str(self.out)], capture_output=True, text=True)

    def imports(self, script, *arguments):
        done = self.run_script(script, *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(sorted(path.name for path in self.out.iterdir()), ["cluster.json", "costs.json"])
        return (json.loads((self.out / name).read_text(encoding="utf-8")) for name in ("costs.json", "cluster.json"))

    def refuses(self, what, script, *arguments):
        """In one sentence, with exit code 3, and nothing is written."""
        done = self.run_script(script, *arguments)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(what, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertFalse(self.out.exists())

    def plan(self, *more):
        done = subprocess.run([CLEAVE, "plan", str(self.out / "costs.json"), "-c", str(self.out / "cluster.json"), "-w", "1", "--json", "-q", *more],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)


class DnnPartitioning(Importing):
    def changed(self, *path, to):
        """The table with one value replaced, or removed where `to` is None."""
        table = json.loads(json.dumps(TABLE))
        item = table
        for key in path[:-1]:
            item = item[key]
        item[path[-1]] = to
        if to is None:
            del item[path[-1]]
        return self.file("t.json", table)

    def test_keeps_the_meaning(self):
        costs, cluster = self.imports("import_dnn_partitioning.py", self.file("t.json", TABLE))
        self.assertEqual(costs["operators"][0], {"name": "1: a", "costs": {"cpu": {"seconds": 0.09}, "fpga": {"seconds": 0.004, "bytes": 600}}})
        self.assertEqual([op.get("group") for op in costs["operators"]], [None, "2", "2", None])
        self.assertEqual(list(costs["operators"][3]["costs"]), ["cpu"])
        self.assertEqual(costs["edges"], [{"from": "1: a", "to": ["2: node", "3: node"], "seconds": 0.0005},
                                          {"from": "2: node", "to": ["4: node"], "seconds": 0.00025},
                                          {"from": "3: node", "to": ["4: node"], "seconds": 0.00025}])
        fpga, cpu = cluster["devices"]
        self.assertEqual((fpga["count"], fpga["memory_bytes"], fpga["replicate"], fpga["port"]["overlap"]), (2, 1000, False, False))
        self.assertEqual((cpu["name"], cpu["count"], "port" in cpu), ("cpu", 1, False))

    def test_loads_are_those_of_the_paper(self):
        """600 and 500 bytes share no accelerator. The first sends its tensor once, the second receives it once, though two of its
        nodes read it, and sends both of its own; the CPU pays for none of them."""
        self.imports("import_dnn_partitioning.py", self.file("t.json", TABLE))
        plan = self.plan()
        self.assertEqual([(s["device"], s["replicas"]) for s in plan["stages"]], [("fpga", 1), ("fpga", 1), ("cpu", 1)])
        for stage, load_ms in zip(plan["stages"], [4 + 0.5, 0.5 + 5 + 2 * 0.25, 1]):
            self.assertAlmostEqual(stage["load_s"] * 1e3, load_ms)
        self.assertAlmostEqual(plan["period_s"] * 1e3, 6)
        self.assertTrue(plan["proven"])

    def test_memory_counts_sizes_only(self):
        """All 1100 bytes fit 1100 bytes exactly: no boundary, no activation takes part."""
        self.imports("import_dnn_partitioning.py", self.changed("maxSizePerFPGA", to=1100))
        self.assertAlmostEqual(self.plan()["period_s"] * 1e3, 6)
        cluster = json.loads((self.out / "cluster.json").read_text())
        cluster["devices"][0]["count"] = 1
        (self.out / "cluster.json").write_text(json.dumps(cluster))
        self.assertEqual([s["memory_bytes"] for s in self.plan()["stages"]], [1100, 0])

    def test_free_nodes_join_their_only_neighbour(self):
        """A chain of nodes without time hangs on node 1: as one of them joins, the next has one neighbour. With sizes they stay where
        memory can run short; with time they stay anyway."""
        def groups(memory, **node):
            free = {"supportedOnFpga": 1, "cpuLatency": 0.0, "fpgaLatency": 0.0, "size": 0.0, "isBackwardNode": 0, **node}
            table = {**TABLE, "maxSizePerFPGA": memory, "nodes": TABLE["nodes"] + [{**free, "id": 5}, {**free, "id": 6}],
                     "edges": TABLE["edges"] + [{"sourceId": 6, "destId": 5, "cost": 2.0}, {"sourceId": 5, "destId": 1, "cost": 2.0}]}
            costs, _ = self.imports("import_dnn_partitioning.py", self.file("t.json", table))
            return {op["name"][0]: op["group"] for op in costs["operators"] if "group" in op}
        colour = {"2": "2", "3": "2"}
        together = {**colour, "1": "1", "5": "1", "6": "1"}
        self.assertEqual(groups(1000), together)
        self.assertEqual(groups(1000, size=1.0), colour)
        self.assertEqual(groups(5000, size=1.0), together)
        self.assertEqual(groups(5000, fpgaLatency=0.1), colour)
        self.assertEqual(groups(5000, supportedOnFpga=0), colour)

    def test_a_byte_order_mark_is_no_text(self):
        costs, _ = self.imports("import_dnn_partitioning.py", self.file("t.json", "\ufeff" + json.dumps(TABLE)))
        self.assertEqual(len(costs["operators"]), 4)

    def test_no_device_of_a_kind(self):
        _, cluster = self.imports("import_dnn_partitioning.py", self.changed("maxFPGAs", to=0))
        self.assertEqual([device["name"] for device in cluster["devices"]], ["cpu"])
        nowhere = {**TABLE, "nodes": [{**node, "supportedOnFpga": 0} for node in TABLE["nodes"]]}
        _, cluster = self.imports("import_dnn_partitioning.py", self.file("t.json", nowhere))
        self.assertEqual([device["name"] for device in cluster["devices"]], ["cpu"], "accelerators that can run nothing are none")
        # Node 1 alone is supported, and lies between two that stay together: cleave makes one operator of the three.
        between = {**TABLE, "nodes": [{**node, "supportedOnFpga": node["id"] == 1} for node in TABLE["nodes"]],
                   "edges": [{"sourceId": 2, "destId": 1, "cost": 0.5}, {"sourceId": 1, "destId": 3, "cost": 0.5}]}
        _, cluster = self.imports("import_dnn_partitioning.py", self.file("t.json", between))
        self.assertEqual([device["name"] for device in cluster["devices"]], ["cpu"], "nor those that could run a part of what is merged")
        self.assertTrue(self.plan()["proven"])

    def test_refusals(self):
        script = "import_dnn_partitioning.py"
        self.refuses("No such file", script, str(self.folder / "none.json"))
        self.refuses("it is not JSON", script, self.file("t.json", "{"))
        self.refuses('has no "maxFPGAs"', script, self.file("t.json", "[]"))
        self.refuses("/nodes/1: is a backward node", script, self.changed("nodes", 1, "isBackwardNode", to=True))
        self.refuses("/nodes/1/id: is 2, as is that", script, self.changed("nodes", 0, "id", to=2))
        self.refuses('/nodes/2: has no "fpgaLatency"', script, self.changed("nodes", 2, "fpgaLatency", to=None))
        self.refuses("/nodes/2/cpuLatency: is -1", script, self.changed("nodes", 2, "cpuLatency", to=-1))
        self.refuses('/nodes/2/size: is "1"', script, self.changed("nodes", 2, "size", to="1"))
        self.refuses("/nodes/2/supportedOnFpga: is 2", script, self.changed("nodes", 2, "supportedOnFpga", to=2))
        self.refuses("/edges/1/cost: differs", script, self.changed("edges", 1, "cost", to=0.75))
        self.refuses("/edges/0/destId: no node has the id [9]", script, self.changed("edges", 0, "destId", to=[9]))
        self.refuses("leads from node 1 to itself", script, self.changed("edges", 0, "destId", to=1))
        self.refuses("/nodes/1/colorClass: is \"red\"", script, self.changed("nodes", 1, "colorClass", to="red"))
        self.refuses("/nodes: is empty", script, self.changed("nodes", to=[]))
        self.refuses("/edges: is not a list", script, self.changed("edges", to={}))
        self.refuses("maxCPUs is 0 and nothing is supported on an FPGA", script, self.file("t.json", {
            **TABLE, "maxCPUs": 0, "nodes": [{**node, "supportedOnFpga": 0} for node in TABLE["nodes"]]}))
        self.refuses("/maxCPUs: is 1.5", script, self.changed("maxCPUs", to=1.5))
        self.refuses("/maxSizePerFPGA: is NaN", script, self.changed("maxSizePerFPGA", to=float("nan")))

    def test_refuses_what_cleave_would(self):
        """Sizes that are no quantities, names that are no text, cycles of nodes that do not stay together."""
        script = "import_dnn_partitioning.py"
        for huge in (10**400, 2e33, 1e-28):
            self.refuses("t.json: /nodes/0/cpuLatency: is ", script, self.changed("nodes", 0, "cpuLatency", to=huge))
        self.refuses("/nodes/0/fpgaLatency: is 1e-28; give 0, or what is from 1e-30 to 1e+30 in SI units", script,
                     self.changed("nodes", 0, "fpgaLatency", to=1e-28))
        self.refuses("/nodes/0/size: is 1e+31", script, self.changed("nodes", 0, "size", to=1e31))
        self.refuses("/edges/0/cost: is 1e+34", script, self.changed("edges", 0, "cost", to=1e34))
        self.refuses("/maxSizePerFPGA: is 1e+31", script, self.changed("maxSizePerFPGA", to=1e31))
        text = json.dumps(TABLE).replace('"cpuLatency": 1.0', '"cpuLatency": ' + 5000 * "7")
        self.refuses("/nodes/3/cpuLatency: is Infinity", script, self.file("t.json", text))
        self.refuses("/nodes/0/id: is 1000", script, self.changed("nodes", 0, "id", to=10**350))
        self.refuses('/nodes/0/name: is "1: \\ud800", which UTF-8 cannot write', script, self.changed("nodes", 0, "name", to="\ud800"))
        back = {"cost": 0.25, "sourceId": 4, "destId": 1}
        self.refuses("/edges: nodes 4 and 1 lie on a cycle", script, self.file("t.json", {
            **TABLE, "edges": TABLE["edges"] + [{**back, "sourceId": 1, "destId": 4, "cost": 0.5}, back]}))

    def test_a_cycle_through_what_stays_together(self):
        self.imports("import_dnn_partitioning.py", self.file("t.json", {
            **TABLE, "nodes": [{**node, "supportedOnFpga": 1} for node in TABLE["nodes"]],
            "edges": TABLE["edges"] + [{"sourceId": 4, "destId": 1, "cost": 0.25}]}))
        self.assertTrue(self.plan()["proven"])

    def test_usage(self):
        self.assertEqual(self.run_script("import_dnn_partitioning.py").returncode, 2)

    def test_a_folder_that_cannot_be_written(self):
        self.out.write_text("a file")
        done = self.run_script("import_dnn_partitioning.py", self.file("t.json", TABLE))
        self.assertEqual(done.returncode, 3)
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertEqual(self.out.read_text(), "a file")


class PipeDream(Importing):
    OPTIONS = ("--devices", "2", "--bytes-per-s", "1e6")

    def test_keeps_the_meaning(self):
        costs, cluster = self.imports("import_pipedream.py", self.file("net.txt", GRAPH), *self.OPTIONS)
        self.assertEqual([op["name"] for op in costs["operators"]], ["node1 Input0", "node2 LSTM", "node3 Linear", "node4 Add"])
        self.assertEqual(costs["operators"][1]["costs"], {"device": {"seconds": 0.003, "bytes": 64}})
        self.assertEqual(costs["edges"][1], {"from": "node2 LSTM", "to": ["node3 Linear", "node4 Add"], "bytes": 4500})
        self.assertEqual(cluster["devices"], [{"name": "device", "count": 2, "idle_w": 0, "port": {"bytes_per_s": 1e6}}])

    def test_a_byte_order_mark_is_no_text(self):
        costs, _ = self.imports("import_pipedream.py", self.file("net.txt", "\ufeff" + GRAPH), *self.OPTIONS)
        self.assertEqual(costs["operators"][0]["name"], "node1 Input0")

    def test_is_planned(self):
        self.imports("import_pipedream.py", self.file("net.txt", GRAPH), *self.OPTIONS)
        self.assertAlmostEqual(self.plan()["period_s"], 0.0045, msg="two replicas of the whole: 9 ms / 2")

    def test_stages_that_the_optimizer_chose(self):
        plain = list(self.imports("import_pipedream.py", self.file("net.txt", GRAPH), *self.OPTIONS))
        staged = "".join(line if line.startswith("\t") else f"{line[:-1]} -- stage_id=12\n" for line in GRAPH.splitlines(True))
        self.assertEqual(list(self.imports("import_pipedream.py", self.file("net.txt", staged), *self.OPTIONS)), plain)

    def test_refusals(self):
        def refuses(what, graph):
            self.refuses(what, "import_pipedream.py", self.file("net.txt", graph), *self.OPTIONS)
        refuses("describes no node", "")
        refuses("line 9: is neither a node nor an edge", GRAPH + "node5\n")
        refuses("line 9: node1 is described twice", GRAPH + GRAPH.splitlines()[0])
        refuses("line 9: node7 is not described", GRAPH + "\tnode1 -- node7\n")
        refuses("line 2: has no activation_size", GRAPH.replace("activation_size=[4000.0; 500.0], ", ""))
        refuses('line 2: activation_size: is "x"', GRAPH.replace("500.0", "x"))
        refuses("line 3: forward_compute_time: is -5.0", GRAPH.replace("=5.000", "=-5"))
        refuses("line 9: leads from node2 to itself", GRAPH + "\tnode2 -- node2\n")
        refuses("net.txt: line 6: node2 and node3 lie on a cycle", GRAPH + "\tnode4 -- node2\n")
        refuses("line 3: forward_compute_time: is 1e+34; give 0, or what is from", GRAPH.replace("=5.000", "=1e34"))
        refuses("line 3: forward_compute_time: is 1e-29", GRAPH.replace("=5.000", "=1e-29"))
        refuses("line 2: activation_size: is 1.2e+30", GRAPH.replace("[4000.0; 500.0]", "[6e29; 6e29]"))
        refuses("line 4: parameter_size: is NaN", GRAPH.replace("activation_size=10.0, parameter_size=0.000", "activation_size=10.0, parameter_size=nan"))

    def test_usage(self):
        for options in [(), ("--devices", "0", "--bytes-per-s", "1"), ("--devices", "2", "--bytes-per-s", "0"), ("--devices", "2", "--bytes-per-s", "1e31"),
                        ("--devices", "2", "--bytes-per-s", "1e-31"), ("--devices", "x", "--bytes-per-s", "1")]:
            self.assertEqual(self.run_script("import_pipedream.py", self.file("net.txt", GRAPH), *options).returncode, 2, options)

    def test_published_graphs(self):
        graphs = sorted(WORKLOADS.glob("pipedream/*/graph.txt"))
        if not graphs:
            self.skipTest("the published graphs are not there")
        for graph in graphs:
            with self.subTest(graph.parent.name):
                costs, _ = self.imports("import_pipedream.py", str(graph), "--devices", "2", "--bytes-per-s", "1.25e9")
                text = graph.read_text()
                self.assertEqual(len(costs["operators"]), text.count("forward_compute_time"))
                self.assertEqual(sum(len(edge["to"]) for edge in costs["edges"]), sum(line.startswith("\t") for line in text.splitlines()))
                work_s = sum(op["costs"]["device"]["seconds"] for op in costs["operators"])
                self.assertGreaterEqual(self.plan()["period_s"] * (1 + 1e-9), work_s / 2)


class PipeEdge(Importing):
    def triple(self, models=MODELS, types=TYPES, devices=DEVICES):
        return ("--models", self.file("models.yml", models), "--device-type", self.file("device_types.yml", types),
                "--devices", self.file("devices.yml", devices))

    def chosen(self, **files):
        return (*self.triple(**files), "--model", "tiny/net-1", "--dtype", "torch.float32")

    def test_keeps_the_meaning(self):
        costs, cluster = self.imports("import_pipeedge.py", *self.chosen())
        self.assertEqual((costs["name"], costs["batch"]), ("tiny/net-1", 2))
        self.assertEqual(costs["operators"][1], {"name": "layer 2", "costs": {"board-A": {"seconds": 0.2, "bytes": 2e6}, "board-B": {"seconds": 0.4, "bytes": 2e6}}})
        self.assertEqual(costs["edges"], [{"from": "layer 1", "to": ["layer 2"], "bytes": 8000}, {"from": "layer 2", "to": ["layer 3"], "bytes": 16000}])
        self.assertEqual(cluster["devices"][0], {"name": "board-A", "count": 2, "precision": "fp32", "idle_w": 0, "memory_bytes": 4e6, "replicate": False,
                                                 "port": {"bytes_per_s": 1e6}})
        self.assertEqual(cluster["devices"][1]["port"], {"bytes_per_s": 1e7})

    def test_a_byte_order_mark_is_no_text(self):
        costs, cluster = self.imports("import_pipeedge.py", *self.chosen(
            models="\ufeff" + MODELS.split("\n", 1)[1], types="\ufeff" + TYPES, devices="\ufeff" + DEVICES.split("\n", 1)[1]))
        self.assertEqual((costs["name"], cluster["devices"][0]["name"]), ("tiny/net-1", "board-A"))

    def test_is_planned(self):
        self.imports("import_pipeedge.py", *self.chosen())
        plan = self.plan()
        self.assertAlmostEqual(plan["period_s"], 0.3, msg="layers 1 and 2 on a host of type A, layer 3 on the other")
        self.assertEqual([s["replicas"] for s in plan["stages"]], [1] * len(plan["stages"]))

    def test_profiles_are_chosen(self):
        only_a = DEVICES.replace("board-B:\n  - b-0\n", "")
        costs, cluster = self.imports("import_pipeedge.py", *self.triple(devices=only_a), "--model", "tiny/net-1", "--dtype", "torch.float16")
        self.assertEqual((costs["edges"][0]["bytes"], cluster["devices"][0]["precision"]), (4000, "fp16"))

    def test_names_are_text(self):
        """Whatever they look like."""
        for name, kind in [("7", "5"), ("1.50", "null"), ("true", "'1e3'"), ("~", "0x1f"), ('"no"', "12:30")]:
            types, devices = TYPES.replace("tiny/net-1:", f"{name}:").replace("board-A:", f"{kind}:"), DEVICES.replace("board-A:", f"{kind}:")
            model, device = name.strip('"'), kind.strip("'")
            costs, cluster = self.imports("import_pipeedge.py", *self.triple(MODELS.replace("tiny/net-1:", f"{name}:"), types, devices),
                                          "--model", model, "--dtype", "torch.float32")
            self.assertEqual((costs["name"], cluster["devices"][0]["name"]), (model, device))
            self.assertEqual(list(costs["operators"][0]["costs"]), [device, "board-B"])
            self.assertTrue(self.plan()["proven"])

    def test_refusals(self):
        def refuses(what, *more, **files):
            self.refuses(what, "import_pipeedge.py", *(more or ("--model", "tiny/net-1", "--dtype", "torch.float32")), *self.triple(**files))
        refuses("has 2 models; choose one with --model: tiny/net-1, empty", "--dtype", "torch.float32")
        refuses("has no model huge", "--model", "huge")
        refuses("empty: layers: is 0", "--model", "empty")
        refuses("board-A: 2 profiles of tiny/net-1 match", "--model", "tiny/net-1")
        refuses("board-B: 0 profiles of tiny/net-1 match", "--model", "tiny/net-1", "--dtype", "torch.float16")
        refuses("the profiles of tiny/net-1 differ (board-A torch.float32 x 2, board-B torch.float32 x 4)", types=TYPES.replace("  - batch_size: 2\n        dtype", "  - batch_size: 4\n        dtype"))
        refuses("names no host", devices="board-A: []\n")
        refuses("has no mapping `board-C`", devices="board-C: [c]\n")
        refuses("mem_MB has 2 numbers for 3 layers", models=MODELS.replace("[1.5, 2,\n    0.25]", "[1.5, 2]"))
        refuses("time_s[1]: is -0.2", types=TYPES.replace("[0.1, 0.2", "[0.1, -0.2"))
        refuses("board-B: bw_Mbps: is 0", types=TYPES.replace("80.0", "0"))
        refuses("has no known `dtype`", types=TYPES.replace("torch.float16", "torch.float99"))
        refuses("parameters_out[2]: is null", models=MODELS.replace("2000, 10]", "2000, ~]"))
        refuses("is no mapping of names", devices="")
        refuses("board-A: tiny/net-1: profile 0: has no known `dtype`", types=TYPES.replace("torch.float32", "[a]"))

    def test_refuses_what_cleave_would(self):
        """Numbers that are no quantities in SI units, of any number of digits."""
        def refuses(what, **files):
            self.refuses(what, "import_pipeedge.py", *self.chosen(**files))
        for memory in ("1" + 400 * "0", 5000 * "7", "1e25", "1e-37"):
            refuses("device_types.yml: board-A: mem_MB: is ", types=TYPES.replace("mem_MB: 4", f"mem_MB: {memory}"))
        refuses("board-A: bw_Mbps: is 1e+25; give 0, or what is from", types=TYPES.replace("bw_Mbps: 8\n", "bw_Mbps: 1e25\n"))
        refuses("tiny/net-1: mem_MB[0]: is 1e+25", models=MODELS.replace("1.5", "1e25"))
        refuses("profile 0: time_s[1]: is 1e+31", types=TYPES.replace("[0.1, 0.2", "[0.1, 1e31"))
        refuses("parameters_out[0]: is 8000000000000000;", models=MODELS.replace("[1000", "[8000000000000000"),
                types=TYPES.replace("batch_size: 2", "batch_size: 8000000000000000"))
        refuses("layers: is Infinity", models=MODELS.replace("layers: 3", "layers: " + 5000 * "3"))

    def test_yaml_beyond_the_subset(self):
        def refuses(what, devices):
            self.refuses(what, "import_pipeedge.py", *self.chosen(devices=devices))
        refuses("line 1: `&x [a]` is YAML beyond the subset", "board-A: &x [a]\n")
        refuses("line 1: `{a: b}` is YAML beyond the subset", "board-A: {a: b}\n")
        refuses("line 1: `|` is YAML beyond the subset", "board-A: |\n  a\n")
        refuses("line 1: `---` is no `key: value`", "---\nboard-A: [a]\n")
        refuses("line 2: `- a` is YAML beyond the subset", "board-A:\n- - a\n")
        refuses("line 1: `[b]` is no scalar of a [list]", "board-A: [a, [b]]\n")
        refuses("line 1: its [ is never closed", "board-A: [a\n")
        refuses("line 3: is indented deeper", "board-A:\n- a\n  b\n")
        refuses("line 2: is indented by a tab", "board-A:\n\t- a\n")
        refuses("line 2: `board-A` is there twice", "board-A: [a]\nboard-A: [b]\n")
        refuses("line 2: `7` is there twice", "7: [a]\n'7': [b]\n")
        refuses("line 1: has an empty key", "'': [a]\n")
        refuses("line 2: does not belong", "board-A:\n- a\n- b\n".replace("board-A", "  board-A"))

    def test_usage(self):
        self.assertEqual(self.run_script("import_pipeedge.py").returncode, 2)
        self.assertEqual(self.run_script("import_pipeedge.py", *self.triple(), "--dtype", "float").returncode, 2)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
