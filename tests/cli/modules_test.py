#!/usr/bin/python3
"""The program and its modules: modules_test.py BUILD_FOLDER. A light program, that works where it is installed, and says so where a part is missing."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

HEAVY = ("onnx", "protobuf", "dnnl", "OpenCL", "gomp", "zip", "png", "jpeg")


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)


def expect(condition, what):
    if not condition:
        sys.exit(what)


def needed(program):
    """The libraries that are loaded before `main`."""
    lines = run("ldd", program).stdout.splitlines()
    expect(lines, f"ldd says nothing of {program}")
    return [line.split()[0] for line in lines]


def program_starts_without_heavy_libraries(build):
    heavy = [library for library in needed(build / "cleave") if any(word in library for word in HEAVY)]
    expect(not heavy, f"the program loads {', '.join(heavy)} at its start")
    expect(any("onnx" in library for library in needed(build / "cleave-onnx.so")), "cleave-onnx.so does without ONNX")


def says_what_is_missing(build, folder):
    shutil.copy(build / "cleave", folder)
    got = run(folder / "cleave", "model", "zoo:vgg8")
    expect(got.returncode == 3, f"without its module the program exits with {got.returncode}")
    expect("cleave-onnx.so: cannot be loaded" in got.stderr, f"without its module the program says {got.stderr}")
    table = folder / "net.csv"
    table.write_text("layer,M,K,N\na,1,2,3\n")
    expect(run(folder / "cleave", "model", table).returncode == 0, "a layer table needs no module, but fails without")


def works_where_it_is_installed(build, folder):
    installed = run("cmake", "--install", build, "--prefix", folder)
    expect(installed.returncode == 0, f"cannot be installed: {installed.stderr}")
    got = run(folder / "bin" / "cleave", "model", "zoo:vgg8")
    expect(got.returncode == 0, f"installed, the program says {got.stderr}")
    link = folder / "link"
    link.symlink_to(folder / "bin" / "cleave")
    got = run(link, "run", folder / "no.json")
    expect(got.returncode == 3 and "no.json" in got.stderr, f"by a link, the program says {got.stderr}")


def main():
    build = pathlib.Path(sys.argv[1])
    program_starts_without_heavy_libraries(build)
    for check in (says_what_is_missing, works_where_it_is_installed):
        with tempfile.TemporaryDirectory() as folder:
            check(build, pathlib.Path(folder))


if __name__ == "__main__":
    main()
