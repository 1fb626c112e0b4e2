#!/usr/bin/python3
"""scripts/quickstart: quickstart_test.py SCRIPT

Where its results go. A copy of it runs in a repository whose programs only note what they are asked for.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

SCRIPT = sys.argv.pop(1)
NOTE = '#!/bin/sh\necho "$@" >> "$NOTES"\n'


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755)


class Quickstart(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.realpath(self.enterContext(tempfile.TemporaryDirectory()))
        self.notes = os.path.join(self.folder, "notes")
        for program in ("repo/scripts/install_packages", "repo/build/cleave", "bin/cmake"):
            put(os.path.join(self.folder, program), NOTE)
        put(os.path.join(self.folder, "repo/scripts/plot_pareto.py"), "")
        shutil.copy(SCRIPT, os.path.join(self.folder, "repo/scripts/quickstart"))
        self.caller = os.path.join(self.folder, "caller")
        os.mkdir(self.caller)

    def asked(self, *arguments):
        path = os.path.join(self.folder, "bin") + os.pathsep + os.environ["PATH"]
        subprocess.run([os.path.join(self.folder, "repo/scripts/quickstart"), *arguments], cwd=self.caller, check=True,
                       capture_output=True, env={**os.environ, "PATH": path, "NOTES": self.notes})
        with open(self.notes, encoding="utf-8") as file:
            return file.read()

    def test_a_relative_folder_is_the_callers(self):
        self.assertIn(f"sweep zoo:resnet50 -c edge4 -o {self.caller}/results\n", self.asked("results"))

    def test_so_is_the_one_it_chooses(self):
        self.assertIn(f"-o {self.caller}/out\n", self.asked())

    def test_an_absolute_one_stays(self):
        self.assertIn(f"-o {self.folder}/there\n", self.asked(f"{self.folder}/there"))


if __name__ == "__main__":
    unittest.main()
