#!/usr/bin/python3
"""Fits the crossbar model of cleave to a layer table of DNN+NeuroSim and prints the fields of a profile.

  fit_neurosim.py TABLE.csv --cell-bits 2 [--array 128] [--weight-bits 8] [--tile-side 8] [--unrolled-side 4]

TABLE has a line for each of at least 8 layers: K, N, k_h, k_w, in_c, n_vectors, duplication and the simulator's latencies (ns)
and energies (pJ) by part. The model is that of docs/cost-model.md; each coefficient is fitted to its own part by least squares, weighted by the
layer's total. Intervals span the fits without one layer (and those of its shape). Errors go to stderr: of the fit, and of each
layer by the fit without it. Exit codes: 0 done, 2 usage, 3 bad input.
"""
import argparse
import csv
import json
import sys

INPUT_BITS = 8
FEWEST_LAYERS = 8
COLUMNS = ("K N k_h k_w in_c n_vectors duplication latency_ns dyn_energy_pJ buffer_latency_ns buffer_energy_pJ ic_latency_ns ic_energy_pJ "
           "adc_latency_ns accum_latency_ns other_latency_ns adc_energy_pJ accum_energy_pJ other_energy_pJ").split()


class BadInput(Exception):
    """One sentence: which file, where in it, what is wrong, what would be right."""


def ceil_div(a, b):
    return -(-a // b)


def read_layers(options):
    try:
        with open(options.table, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise BadInput(f"{options.table}: cannot be read: {error.strerror}") from error
    layers = []
    for line, row in enumerate(rows, 2):
        try:
            layer = {name: float(row[name]) for name in COLUMNS}
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(f"{options.table}:{line}: {error} is missing or no number; each line needs {', '.join(COLUMNS)}") from error
        layers.append(mapped(layer, options))
    if len(layers) < FEWEST_LAYERS:
        raise BadInput(f"{options.table}: has {len(layers)} layers; a fit needs at least {FEWEST_LAYERS}")
    return layers


def mapped(layer, options):
    """The layer with the terms that its times and energies are proportional to."""
    positions = int(layer["k_h"] * layer["k_w"])
    unrolled = positions > 1 and 2 * layer["in_c"] >= options.array
    rows = int(layer["in_c"] if unrolled else layer["K"])
    columns = int(layer["N"]) * ceil_div(options.weight_bits, options.cell_bits)
    side = options.unrolled_side if unrolled else options.tile_side
    row_blocks = ceil_div(rows, options.array) * (positions if unrolled else 1)
    vectors = layer["n_vectors"]
    return {**layer, "unrolled": unrolled, "tiles": ceil_div(ceil_div(columns, options.array), side),
            "in": vectors * rows, "out": vectors * layer["N"], "steps": vectors * INPUT_BITS,
            "conversions": vectors * INPUT_BITS * row_blocks * columns, "cells": vectors * INPUT_BITS * columns * layer["K"]}


def solved(matrix, right):
    """Gauss with partial pivoting; the matrices have two rows at most."""
    size = len(right)
    for i in range(size):
        pivot = max(range(i, size), key=lambda row: abs(matrix[row][i]))
        matrix[i], matrix[pivot], right[i], right[pivot] = matrix[pivot], matrix[i], right[pivot], right[i]
        for row in range(i + 1, size):
            factor = matrix[row][i] / matrix[i][i]
            matrix[row] = [a - factor * b for a, b in zip(matrix[row], matrix[i])]
            right[row] -= factor * right[i]
    solution = [0.0] * size
    for i in reversed(range(size)):
        solution[i] = (right[i] - sum(matrix[i][j] * solution[j] for j in range(i + 1, size))) / matrix[i][i]
    return solution


def least_squares(layers, terms, target, total):
    """Coefficients of `terms` that give `target`, with errors relative to `total`."""
    rows = [[term(layer) / layer[total] for term in terms] for layer in layers]
    values = [target(layer) / layer[total] for layer in layers]
    size = len(terms)
    return solved([[sum(row[i] * row[j] for row in rows) for j in range(size)] for i in range(size)],
                  [sum(row[i] * value for row, value in zip(rows, values)) for i in range(size)])


def fit(layers):
    """Coefficients in ns and pJ, by name."""
    def times(*terms, of, among=layers):
        return least_squares(among, terms, of, "latency_ns")

    def joules(*terms, of, among=layers):
        return least_squares(among, terms, of, "dyn_energy_pJ")

    result = {}
    kinds = {"": [layer for layer in layers if not layer["unrolled"]], "unrolled_": [layer for layer in layers if layer["unrolled"]]}
    for prefix, some in kinds.items():
        if len(some) < 2:
            raise BadInput(f"{len(some)} of the layers {'are' if prefix else 'are not'} unrolled kernels; a fit needs at least 2")
        for name, column in (("buffer", "buffer"), ("interconnect", "ic")):
            result[f"{prefix}{name}_in_ns"], result[f"{prefix}{name}_out_ns"] = times(
                lambda l: l["in"], lambda l: l["out"] / l["tiles"], of=lambda l, c=column: l[f"{c}_latency_ns"], among=some)
        result[f"{prefix}interconnect_in_pj"], result[f"{prefix}interconnect_out_pj"] = joules(
            lambda l: l["in"] * (1 + l["tiles"]) / 2, lambda l: l["out"], of=lambda l: l["ic_energy_pJ"], among=some)
    result["accumulate_fraction"], result["unrolled_accumulate_ns"] = times(
        lambda l: l["adc_latency_ns"], lambda l: l["n_vectors"] * l["unrolled"], of=lambda l: l["accum_latency_ns"])
    result["read_ns"], = times(lambda l: l["steps"] / l["duplication"],
                               of=lambda l: l["other_latency_ns"] - l["buffer_latency_ns"] - l["ic_latency_ns"])
    result["adc_pj"], result["adc_cell_pj"] = joules(lambda l: l["conversions"], lambda l: l["cells"], of=lambda l: l["adc_energy_pJ"])
    result["accumulate_pj"], = joules(lambda l: l["conversions"], of=lambda l: l["accum_energy_pJ"])
    result["column_pj"], result["cell_pj"] = joules(
        lambda l: l["conversions"], lambda l: l["cells"], of=lambda l: l["other_energy_pJ"] - l["buffer_energy_pJ"] - l["ic_energy_pJ"])
    result["buffer_pj"], = joules(lambda l: l["in"] + l["out"], of=lambda l: l["buffer_energy_pJ"])
    return result


def predicted(c, layer):
    """ns and pJ."""
    prefix = "unrolled_" if layer["unrolled"] else ""
    nanoseconds = (layer["adc_latency_ns"] * (1 + c["accumulate_fraction"]) + c["read_ns"] * layer["steps"] / layer["duplication"]
                   + c["unrolled_accumulate_ns"] * layer["n_vectors"] * layer["unrolled"])
    for path in ("buffer", "interconnect"):
        nanoseconds += c[f"{prefix}{path}_in_ns"] * layer["in"] + c[f"{prefix}{path}_out_ns"] * layer["out"] / layer["tiles"]
    picojoules = (layer["conversions"] * (c["adc_pj"] + c["accumulate_pj"] + c["column_pj"]) + layer["cells"] * (c["adc_cell_pj"] + c["cell_pj"])
                  + c["buffer_pj"] * (layer["in"] + layer["out"]) + c[f"{prefix}interconnect_out_pj"] * layer["out"]
                  + c[f"{prefix}interconnect_in_pj"] * layer["in"] * (1 + layer["tiles"]) / 2)
    return nanoseconds, picojoules


# Of a profile: its coefficient, and how it becomes the field's unit.
FIELDS = {
    "read_s": ("read_ns", 1e-9), "accumulate_fraction": ("accumulate_fraction", 1), "unrolled_accumulate_s": ("unrolled_accumulate_ns", 1e-9),
    "adc_j": ("adc_pj", 1e-12), "adc_cell_j": ("adc_cell_pj", 1e-12), "column_j": ("column_pj", 1e-12), "cell_j": ("cell_pj", 1e-12),
    "accumulate_j": ("accumulate_pj", 1e-12), "buffer_j_per_byte": ("buffer_pj", 1e-12),
    **{f"{p}{n}{o}_bytes_per_s": (f"{p}{n}{'_out' if o else '_in'}_ns", None)
       for p in ("", "unrolled_") for n in ("buffer", "interconnect") for o in ("", "_out")},
    **{f"{p}interconnect{o}_j_per_byte": (f"{p}interconnect{'_out' if o else '_in'}_pj", 1e-12) for p in ("", "unrolled_") for o in ("", "_out")},
}


def field(name, coefficient):
    unit = FIELDS[name][1]
    return coefficient * unit if unit else 1e9 / coefficient  # ns a byte, 8 bits an input


def shape(layer):
    return layer["K"], layer["N"], layer["n_vectors"], layer["unrolled"]


def summary(name, layers, predictions):
    errors = [abs(p[0] / layer["latency_ns"] - 1) for p, layer in zip(predictions, layers)]
    latency = sum(p[0] for p in predictions) / sum(layer["latency_ns"] for layer in layers) - 1
    energy = sum(p[1] for p in predictions) / sum(layer["dyn_energy_pJ"] for layer in layers) - 1
    return (f"{name}: latency of a layer {sum(errors) / len(errors):.1%} off on average, {max(errors):.1%} at most; "
            f"of all {latency:+.1%}; energy of all {energy:+.1%}")


def arguments():
    parser = argparse.ArgumentParser(description="Fits the crossbar model of cleave to a layer table of DNN+NeuroSim.")
    parser.add_argument("table", metavar="TABLE.csv", help=f"the simulator's layers, one a line, at least {FEWEST_LAYERS}")
    parser.add_argument("--cell-bits", type=int, required=True, help="weight bits of a cell")
    for name, value, text in (("--weight-bits", 8, "of a weight"), ("--array", 128, "rows and columns of an array"),
                              ("--tile-side", 8, "arrays along the side of a tile"),
                              ("--unrolled-side", 4, "the same for a position of an unrolled kernel")):
        parser.add_argument(name, type=int, default=value, help=f"{text}; default: %(default)s")
    options = parser.parse_args()
    if min(options.cell_bits, options.weight_bits, options.array, options.tile_side, options.unrolled_side) < 1:
        parser.error("bits, rows and sides are at least 1")
    return options


def main():
    try:
        layers = read_layers(arguments())
        best = fit(layers)
        without = [fit([other for other in layers if shape(other) != shape(layer)]) for layer in layers]
    except BadInput as error:
        print(f"fit_neurosim: {error}", file=sys.stderr)
        return 3
    print(summary("fit", layers, [predicted(best, layer) for layer in layers]), file=sys.stderr)
    print(summary("without the layer", layers, [predicted(c, layer) for c, layer in zip(without, layers)]), file=sys.stderr)
    fields = {}
    for name, (key, _) in FIELDS.items():
        others = [field(name, c[key]) for c in without] + [field(name, best[key])]
        value, low, high = (float(f"{number:.4g}") for number in (field(name, best[key]), min(others), max(others)))
        fields[name] = {"value": value, "low": low, "high": high}
    print(json.dumps(fields, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
