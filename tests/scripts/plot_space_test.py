"""Draws a small design space with scripts/plot_space.py, then feeds it what it must refuse.

  plot_space_test.py SCRIPT [unittest arguments]
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(sys.argv[1]).resolve()
# The interpreter that the script names: it may have other modules than this one.
PYTHON = SCRIPT.read_text(encoding="utf-8").splitlines()[0].removeprefix("#!")
HAS_MATPLOTLIB = subprocess.run([PYTHON, "-c", "import matplotlib"], stderr=subprocess.DEVNULL, check=False).returncode == 0

POINTS = """model,npu.count,batch,state,reason,plans,best_throughput_per_s,least_energy_j,hypervolume
zoo:a,1,1,dominated,,2,10,0.5,0.2
zoo:a,1,2,pruned,in nothing better,0,,,
zoo:a,2,1,kept,,3,20,0.4,0.6
zoo:a,2,2,kept,,3,30,0.3,0.7
"""
STEPS = """model,axis,from,to,pairs,throughput_ratio,energy_ratio,hypervolume_change
zoo:a,npu.count,1,2,1,2,0.8,0.4
zoo:a,batch,1,2,1,1.5,0.75,-0.1
"""


class PlotSpace(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.write("points.csv", POINTS)
        self.write("sensitivity.csv", STEPS)

    def write(self, name, text):
        pathlib.Path(self.folder.name, name).write_text(text, encoding="utf-8")

    def plot(self, *arguments):
        return subprocess.run([PYTHON, SCRIPT, self.folder.name, *arguments], capture_output=True, text=True, check=False, cwd=self.folder.name)

    def refuses(self, message, *arguments, code=3):
        done = self.plot(*arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(message, done.stderr)
        self.assertNotIn("Traceback", done.stderr)

    @unittest.skipUnless(HAS_MATPLOTLIB, "matplotlib is not installed")
    def test_draws(self):
        for arguments in ([], ["--figure", "least_energy_j"], ["--axes", "batch", "npu.count"]):
            done = self.plot("-o", "space.png", *arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(pathlib.Path(self.folder.name, "space.png").read_bytes().startswith(b"\x89PNG"))

    def test_a_cell_has_the_best_of_what_else_varies(self):
        sys.path.insert(0, str(SCRIPT.parent))
        import plot_space as module
        import sweep_tables
        rows, _ = sweep_tables.read_table(pathlib.Path(self.folder.name, "points.csv"), [], "a sweep")
        values, best = module.cells_of(rows, ["npu.count"], "best_throughput_per_s", "points.csv")
        self.assertEqual((values, best), ([["1", "2"]], {("1",): 10.0, ("2",): 30.0}))
        self.assertEqual(module.cells_of(rows, ["npu.count"], "least_energy_j", "points.csv")[1], {("1",): 0.5, ("2",): 0.3})

    def test_a_byte_order_mark_is_no_text(self):
        sys.path.insert(0, str(SCRIPT.parent))
        import sweep_tables
        self.write("points.csv", "\ufeff" + POINTS)
        _, columns = sweep_tables.read_table(pathlib.Path(self.folder.name, "points.csv"), ["model"], "a sweep")
        self.assertEqual(columns[0], "model")

    @unittest.skipUnless(HAS_MATPLOTLIB, "matplotlib is not installed")
    def test_draws_latency_where_it_was_an_objective(self):
        self.refuses("sweep with --latency", "--figure", "least_latency_s")
        header, *rows = POINTS.splitlines()
        head, tail = header.rsplit(",", 1)
        self.write("points.csv", "\n".join([f"{head},least_latency_s,{tail}", *(row.rsplit(",", 1)[0] + ",0.01," + row.rsplit(",", 1)[1] for row in rows)]))
        done = self.plot("-o", "latency.png", "--figure", "least_latency_s")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(pathlib.Path(self.folder.name, "latency.png").read_bytes().startswith(b"\x89PNG"))

    def test_refuses_what_is_no_space(self):
        self.refuses("not cim.count", "--axes", "cim.count", "batch")
        self.refuses("choose one with --model", "--model", "zoo:b")
        self.refuses("must end in", "-o", "space.gif", code=2)
        self.write("points.csv", POINTS.replace("0.6", "many"))
        self.refuses('"many" is no number')
        self.write("points.csv", "model,state\n")
        self.refuses("has no column")
        pathlib.Path(self.folder.name, "points.csv").unlink()
        self.refuses("No such file")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
