#!/usr/bin/python3
"""Types of one name are found, and nothing else is."""
import pathlib
import tempfile
import unittest

import check_types


class Types(unittest.TestCase):
    def faults(self, *texts):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "src").mkdir()
            for i, text in enumerate(texts):
                (root / "src" / f"{i}.hpp").write_text(text)
            return check_types.faults(root)

    def test_one_name_in_two_files(self):
        step = "namespace a {\nstruct Step {\n  int x = 0;\n};\n}  // namespace a\n"
        self.assertEqual(self.faults(step, step),
                         ["a::Step is defined in src/0.hpp and src/1.hpp: give one of them another name"])
        for other in ("class Step final : public Base {};", "enum class Step : char { one };", "struct alignas(16) Step {};"):
            self.assertEqual(len(self.faults(step, "namespace a {\n" + other + "\n}\n")), 1, other)

    def test_after_functions_and_other_types(self):
        text = 'namespace a {\nvoid f() { if (x) { g("}"); } }  // {\nstruct Other { struct Inner {}; };\nstruct Step {};\n}\n'
        self.assertEqual(len(self.faults(text, "namespace a { struct Step {}; }")), 1)

    def test_what_is_no_second_type(self):
        step = "namespace a { struct Step {}; }"
        for other in ("namespace a { namespace { struct Step {}; } }", "namespace a::b { struct Step {}; }",
                      "namespace a { struct Step; }", "namespace a { struct Step::Part { int x; }; }",
                      "namespace a { struct B { struct Step {}; }; }", "namespace a { void f(struct Step x) {} }",
                      "namespace a { // struct Step {}\n }", "struct Step {};"):
            self.assertEqual(self.faults(step, other), [], other)


if __name__ == "__main__":
    unittest.main()
