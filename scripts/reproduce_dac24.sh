#!/usr/bin/env bash
# The setting of DONNA (Alshams et al., poster at DAC 2024, IEEE EDGE 2024): one GPU, one processor and one to eight
# crossbar chips; every sub-cluster of them searched exactly, and compared with the GPU alone.
#   scripts/reproduce_dac24.sh [OUT [MODEL...]]     OUT: ./dac24 if not given; MODEL: zoo:vgg8 zoo:vgg16 zoo:resnet152
# CLEAVE names a program to use instead of building one. Writes OUT/dac24.csv, OUT/dac24.md and OUT/dac24.png.
set -euo pipefail
out=$(realpath -m "${1:-dac24}")
shift || true
[ $# -gt 0 ] && models=("$@") || models=(zoo:vgg8 zoo:vgg16 zoo:resnet152)
cd "$(dirname "$0")/.."

cleave=${CLEAVE:-}
if [ -z "$cleave" ]; then
  scripts/install_packages
  cmake --preset release -DCLEAVE_BUILD_TESTS=OFF -DCLEAVE_BUILD_BENCHMARKS=OFF >/dev/null
  cmake --build --preset release --target cleave_cli
  cleave=build/cleave
fi

"$cleave" sweep "${models[@]}" -c dac24 --subclusters -o "$out" -q >/dev/null
/usr/bin/python3 -B scripts/dac24_table.py "$out/subclusters.csv" -o "$out"
echo "$out/dac24.csv $out/dac24.md $out/dac24.png"
