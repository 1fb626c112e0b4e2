#!/usr/bin/python3
"""scripts/reproduce_dac24.sh: dac24_test.py CLEAVE SCRIPTS

Its arithmetic on a table whose answers are known, and the whole of it on the smallest network.
"""
import csv
import os
import subprocess
import sys
import tempfile
import unittest

CLEAVE, SCRIPTS = sys.argv.pop(1), sys.argv.pop(1)
HEADER = "count_cpu,count_gpu,count_cim,model,throughput_per_s,energy_j,per_device_energy_j,devices_used,stages,proven"
ROWS = ["0,1,0,zoo:n,100,1,1,1,1,1", "0,1,1,zoo:n,400,0.5,0.25,2,2,1", "0,1,1,zoo:n,300,0.4,0.2,2,2,1", "0,1,1,zoo:n,50,0.1,0.1,1,1,1",
        "0,0,1,zoo:n,50,0.1,0.1,1,1,1"]


def table(folder, lines):
    path = os.path.join(folder, "subclusters.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return path


def tabulate(path, folder):
    return subprocess.run(["/usr/bin/python3", "-B", os.path.join(SCRIPTS, "dac24_table.py"), path, "-o", folder], capture_output=True, text=True)


def rows(folder):
    with open(os.path.join(folder, "dac24.csv"), newline="", encoding="utf-8") as file:
        return {(r["model"], r["setting"], r["plan"]): r for r in csv.DictReader(file)}


class Dac24(unittest.TestCase):
    def test_gains_are_against_the_gpu_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            ran = tabulate(table(folder, [HEADER] + ROWS), folder)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            found = rows(folder)
            both = found["n", "GPU + 1 CIM", "fastest"]
            self.assertEqual([float(both[c]) for c in ("speed_up", "energy_reduction", "per_device_energy_reduction")], [4, 2, 4])
            self.assertEqual(float(found["n", "GPU + 1 CIM", "least energy"]["energy_reduction"]), 10)
            self.assertEqual(float(found["n", "1 CIM", "fastest"]["speed_up"]), 0.5)
            with open(os.path.join(folder, "dac24.md"), encoding="utf-8") as file:
                text = file.read()
            self.assertIn("n on GPU + 1 CIM, 4x the throughput of the GPU alone, 4 times less energy per device, and 2 times less", text)
            # 300/s is 33 % slower than 400/s and saves a fifth.
            self.assertIn("| n on GPU + 1 CIM | 20 % for 33 % | 20 % for 33 % | 80.0 % for 700 % |", text)
            self.assertGreater(os.path.getsize(os.path.join(folder, "dac24.png")), 10_000)

    def test_bad_tables_are_refused(self):
        for lines, what in (([HEADER] + ROWS[1:], "does not run on the GPU alone"), ([HEADER], "no rows"), ([HEADER, "a,b"], "line 2"),
                            (["x", "1"], "line 2")):
            with tempfile.TemporaryDirectory() as folder:
                ran = tabulate(table(folder, lines), folder)
                self.assertEqual(ran.returncode, 3)
                self.assertIn(what, ran.stderr)
                self.assertFalse(os.path.exists(os.path.join(folder, "dac24.csv")))

    def test_the_smallest_network_from_sweep_to_picture(self):
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "out")
            subprocess.run([os.path.join(SCRIPTS, "reproduce_dac24.sh"), out, "zoo:vgg8"], check=True, capture_output=True, env={**os.environ, "CLEAVE": CLEAVE})
            found = rows(out)
            self.assertEqual(float(found["vgg8", "GPU", "fastest"]["speed_up"]), 1)
            # A chip more never makes the fastest plan slower.
            speeds = [float(found["vgg8", f"{n} CIM", "fastest"]["speed_up"]) for n in range(1, 9)]
            self.assertEqual(speeds, sorted(speeds))
            for row in found.values():
                self.assertAlmostEqual(float(row["per_device_energy_j"]) * int(row["devices_used"]), float(row["energy_j"]))


if __name__ == "__main__":
    unittest.main()
