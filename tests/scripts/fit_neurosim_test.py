"""The fit of the crossbar model: the shipped profiles have its numbers, and it refuses what it cannot read.

  fit_neurosim_test.py SCRIPTS PROFILES TABLES [unittest arguments]

TABLES is a folder of the simulator's layer tables; tests that need one are skipped where it is not there.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPTS, PROFILES, TABLES = (pathlib.Path(argument) for argument in sys.argv[1:4])


def fit(table, *options):
    return subprocess.run([sys.executable, SCRIPTS / "fit_neurosim.py", table, *options], capture_output=True, text=True, check=False)


class FitNeuroSim(unittest.TestCase):
    def test_shipped_profiles_have_its_numbers(self):
        for chip, cell_bits in (("rram22", "2"), ("sram22", "1")):
            table = TABLES / f"neurosim_resnet18_{chip}.csv"
            if not table.exists():
                self.skipTest("no reference tables here")
            done = fit(table, "--cell-bits", cell_bits)
            self.assertEqual(done.returncode, 0, done.stderr)
            profile = json.loads((PROFILES / f"cim_neurosim_{chip}.json").read_text(encoding="utf-8"))
            for name, fitted in json.loads(done.stdout).items():
                self.assertEqual({key: profile[name][key] for key in fitted}, fitted, f"{chip}: {name}")

    def test_layers_are_predicted_from_the_others(self):
        table = TABLES / "neurosim_resnet18_rram22.csv"
        if not table.exists():
            self.skipTest("no reference tables here")
        errors = fit(table, "--cell-bits", "2").stderr.splitlines()[1]
        self.assertRegex(errors, r"^without the layer: latency of a layer 1\.\d% off on average, 7\.\d% at most")

    def test_refuses_what_is_no_table(self):
        with tempfile.TemporaryDirectory() as folder:
            table = pathlib.Path(folder, "layers.csv")
            done = fit(table, "--cell-bits", "2")
            self.assertEqual((done.returncode, done.stdout), (3, ""))
            self.assertIn("cannot be read", done.stderr)
            table.write_text("K,N\n1,x\n", encoding="utf-8")
            done = fit(table, "--cell-bits", "2")
            self.assertEqual(done.returncode, 3)
            self.assertIn(f"{table}:2: ", done.stderr)
            self.assertEqual(fit(table, "--cell-bits", "0").returncode, 2)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
