#!/usr/bin/python3
"""The house rules that includes can break: check_includes.py SOURCE_FOLDER prints every fault and exits 1 if there is one.

A folder of src includes only itself and folders upstream of it; public headers include only each other and the standard
library; each third-party library is known in one place. A library that no rule names is a fault: add it here, once.
"""
import pathlib
import re
import sys

UPSTREAM = ["base", "verify", "model", "devices", "costmodel", "search", "runtime", "report", "space", "cli"]

# Start of an include -> the only paths (a file, or everything below a folder) that may have it.
PLACES = {
    "fmt/": ["src"],
    "nlohmann/": ["src/base/json_document.cpp"],
    "boost/": ["src/base/graph_order.cpp"],
    "zip.h": ["src/base/npz.cpp"],
    "png.h": ["src/base/image.cpp"],
    "turbojpeg.h": ["src/base/image.cpp"],
    "onnx/": ["src/model"],
    "google/protobuf/": ["src/model"],
    "tbb/": ["src/base/parallel.hpp", "src/search/trail.cpp"],
    "glpk.h": ["src/search/lp_glpk.cpp", "src/search/ilp/free_program_glpk.cpp", "src/search/any_bounds/master_glpk.cpp",
               "src/search/labels/price_master_glpk.cpp", "src/search/glpk_environment.hpp"],
    "Eigen/": ["src/runtime/reference", "src/costmodel/calibration"],
    "oneapi/": ["src/runtime/cpu"],
    "omp.h": ["src/runtime/executor/crew.cpp", "src/runtime/cpu", "src/runtime/opencl/backend.cpp"],  # crew: how many threads a worker's kernels get
    "png.h": ["src/base/image.cpp"],
    "turbojpeg.h": ["src/base/image.cpp"],
    "zip.h": ["src/base/npz.cpp"],
    "CLI/": ["src/cli"],
    "CL/": ["src/runtime/opencl"],
    "cpuid.h": ["src/runtime/amx.cpp"],
    "immintrin.h": ["src/runtime/cim/converter_lanes.hpp", "src/runtime/cim/read_amx.cpp",
                    "src/runtime/cim/read_avx512.cpp", "src/runtime/cpu/bf16_lanes.hpp",
                    "src/runtime/cpu/panel_product.cpp", "src/runtime/cpu/tile_product.cpp"],
    # The operating system.
    "dlfcn.h": ["src/cli/modules", "src/runtime/energy"],
    "pthread.h": ["src/runtime/executor"],
    "sched.h": ["src/runtime/executor"],
    "sys/prctl.h": ["src/runtime/executor/sleeper.cpp"],
    "malloc.h": ["src/base/large_pages.cpp", "src/cli/heap.cpp"],
    "fcntl.h": ["src/model/mapped_file.cpp", "src/space/ledger.cpp"],
    "sys/prctl.h": ["src/runtime/executor"],
    "time.h": ["src/runtime/executor"],
    "sys/file.h": ["src/space/ledger.cpp"],
    "sys/mman.h": ["src/base/aligned_memory.cpp", "src/base/large_pages.cpp", "src/model/mapped_file.cpp"],
    "sys/stat.h": ["src/model/mapped_file.cpp"],
    "sys/syscall.h": ["src/runtime/amx.cpp"],
    "unistd.h": ["src"],
}
STANDARD = re.compile(r"[a-z_0-9]+")  # <vector>: no dot, no slash
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.MULTILINE)


def below(path, places):
    return any(path == place or path.startswith(place + "/") for place in places)


def fault_of_public(opening, name):
    if opening == "<" and (STANDARD.fullmatch(name) or name.startswith("cleave/")):
        return None
    return "a public header includes only <cleave/...> and the standard library"


def fault_of_folder(path, name):
    own, other = path.split("/")[1], name.split("/")[0]
    if other not in UPSTREAM:
        return "name the folder that it is in"
    if UPSTREAM.index(other) > UPSTREAM.index(own):
        return f"{other} is downstream of {own}"
    return None


def fault_of_library(path, name):
    if STANDARD.fullmatch(name) or name.startswith("cleave/"):
        return None
    for start, places in PLACES.items():
        if name.startswith(start):
            return None if below(path, places) else f"only {' and '.join(places)} may know it"
    return "no rule names this library; give it its one place"


def fault(path, opening, name):
    """What is wrong with an include, or None. `path` is relative to the source folder."""
    if path.startswith("include/"):
        return fault_of_public(opening, name)
    return fault_of_folder(path, name) if opening == '"' else fault_of_library(path, name)


def faults_of(path, text):
    found = ((name, fault(path, opening, name)) for opening, name in INCLUDE.findall(text))
    return [f"{path} includes {name}: {what}" for name, what in found if what]


def sources(root):
    for folder in ("include", "src"):
        yield from sorted(p for p in (root / folder).rglob("*") if p.suffix in (".cpp", ".hpp"))


def main():
    root = pathlib.Path(sys.argv[1])
    paths = list(sources(root))
    faults = [line for path in paths for line in faults_of(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))]
    print("\n".join(faults) if faults else f"{len(paths)} files, no fault")
    return 1 if faults or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
