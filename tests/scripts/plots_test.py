"""Draws real sweeps with plot_mixes.py and notebook.py, and feeds them what they must refuse: plots_test.py CLEAVE SCRIPTS"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CLEAVE, SCRIPTS = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
PNG = b"\x89PNG"


def interpreter(script):
    """That the script names: it may have other modules than this one."""
    return script.read_text(encoding="utf-8").splitlines()[0].removeprefix("#!")


def has(script, *modules):
    return subprocess.run([interpreter(script), "-c", "import " + ", ".join(modules)], stderr=subprocess.DEVNULL, check=False).returncode == 0


class Plots(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def sweep(self, *arguments):
        subprocess.run([CLEAVE, "sweep", "zoo:vgg8", "-c", "edge4", *arguments, "-q", "-o", self.folder], check=True, stdout=subprocess.DEVNULL)

    def run_script(self, name, *arguments):
        script = SCRIPTS / name
        return subprocess.run([interpreter(script), script, *arguments], capture_output=True, text=True, check=False, cwd=self.folder)

    def refuses(self, name, message, *arguments, code=3):
        done = self.run_script(name, *arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(message, done.stderr)
        self.assertNotIn("Traceback", done.stderr)

    @unittest.skipUnless(has(SCRIPTS / "plot_mixes.py", "matplotlib"), "matplotlib is not installed")
    def test_mixes(self):
        self.sweep("--subclusters")
        done = self.run_script("plot_mixes.py", ".")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.folder / "mixes.png").read_bytes().startswith(PNG))
        self.refuses("plot_mixes.py", "choose one with --model", ".", "--model", "zoo:none")
        self.refuses("plot_mixes.py", "must end in", ".", "-o", "mixes.gif", code=2)
        table = self.folder / "subclusters.csv"
        table.write_text(table.read_text(encoding="utf-8").replace("count_", "number_"), encoding="utf-8")
        self.refuses("plot_mixes.py", "no column starts with count_", ".")

    def test_mixes_has_the_best_of_a_class_alone_and_of_all(self):
        sys.path.insert(0, str(SCRIPTS))
        import plot_mixes
        row = lambda a, b, throughput, energy: {"count_a": a, "count_b": b, "throughput_per_s": throughput, "energy_j": energy}
        rows = [row("1", "0", "10", "2"), row("2", "0", "20", "2"), row("1", "1", "30", "1"), row("0", "1", "5", "0.5")]
        self.assertEqual(plot_mixes.frontiers_of(rows, ["a", "b"], "x"), {"": [(5, 0.5), (30, 1)], "a": [(20, 2)], "b": [(5, 0.5)]})

    def test_mixes_refuses_what_is_no_sweep(self):
        self.refuses("plot_mixes.py", "No such file", ".")

    @unittest.skipUnless(has(SCRIPTS / "notebook.py", "pandas", "matplotlib"), "pandas is not installed")
    def test_notebook(self):
        self.sweep("--vary", "cim.count=0:2", "--batch", "1,2")
        done = self.run_script("notebook.py", ".")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("kept", done.stdout)
        for name in ("frontier", "axes", "power"):
            self.assertTrue((self.folder / f"notebook_{name}.png").read_bytes().startswith(PNG))
        self.refuses("notebook.py", "has no points.csv", "nowhere")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
