#!/usr/bin/python3
"""The checker itself: what it must accept and what it must refuse."""
import sys
import unittest

from check_includes import faults_of


class Includes(unittest.TestCase):
    def accepted(self, path, line):
        self.assertEqual(faults_of(path, line + "\n"), [])

    def refused(self, path, line, why):
        faults = faults_of(path, line + "\n")
        self.assertEqual(len(faults), 1)
        self.assertIn(why, faults[0])

    def test_folders_form_a_line(self):
        self.accepted("src/search/exact.cpp", '#include "base/text.hpp"')
        self.accepted("src/search/exact.cpp", '#include "search/exact.hpp"')
        self.accepted("src/cli/main.cpp", '#include "report/move.hpp"')
        self.refused("src/search/exact.cpp", '#include "runtime/window.hpp"', "runtime is downstream of search")
        self.refused("src/base/text.cpp", '  #  include "model/numbers.hpp"', "model is downstream of base")
        self.refused("src/base/text.cpp", '#include "text.hpp"', "name the folder")

    def test_public_headers_need_nothing_else(self):
        self.accepted("include/cleave/plan.hpp", "#include <cleave/index.hpp>\n#include <vector>")
        self.refused("include/cleave/plan.hpp", "#include <fmt/format.h>", "public header")
        self.refused("include/cleave/plan.hpp", '#include "base/text.hpp"', "public header")

    def test_libraries_have_one_place(self):
        self.accepted("src/base/json_document.cpp", "#include <nlohmann/json.hpp>")
        self.refused("src/base/json_writer.cpp", "#include <nlohmann/json.hpp>", "only src/base/json_document.cpp")
        self.accepted("src/search/lp_glpk.cpp", "#include <glpk.h>")
        self.refused("src/search/bounds.cpp", "#include <glpk.h>", "only src/search/lp_glpk.cpp")
        self.refused("src/runtime/cpu/backend.cpp", "#include <Eigen/Core>", "only src/runtime/reference")
        self.refused("src/runtime/executor/ring.cpp", "#include <tbb/task_arena.h>", "only src/base/parallel.hpp")
        self.refused("src/report/move.cpp", "#include <zlib.h>", "no rule names")


if __name__ == "__main__":
    sys.exit(not unittest.main(exit=False).result.wasSuccessful())
