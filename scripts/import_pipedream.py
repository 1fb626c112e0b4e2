#!/usr/bin/python3
"""Turns a layer graph of PipeDream's profiler (graph.txt) into DIR/costs.json and DIR/cluster.json.

The forward pass of one profiled batch on N identical devices, whose ports work beside their compute units as PipeDream
assumes. A layer's output is one tensor, sent whole to all that read it. Energy is unknown and 0, memory unlimited.
Exit codes: 0 done, 2 usage, 3 bad input.
"""
import argparse
import pathlib
import re
import sys

from measured_tables import (MOST_DEVICES, BadInput, cluster_document, costs_document, edge_of_a_cycle, import_tables, name_of,
                             non_negative, operator, positive, read_text, whole)

S_PER_MS = 1e-3
# A layer may hold " -- ", so that the last one but that of a stage ends it.
NODE = re.compile(r"(?P<id>\w+) -- (?P<layer>.*) -- (?P<fields>(?!stage_id=)[^\t]*?)(?: -- stage_id=\d+)?")
EDGE = re.compile(r"\t(\w+) -- (\w+)")
FIELD = re.compile(r"(\w+)=(\[[^\]]*\]|[^,\[\]]+)(?:, |$)")


def number(text, where, unit=1):
    try:
        return non_negative(float(text), where, unit)
    except ValueError as error:
        raise BadInput(f'{where}: is "{text}"; give a number') from error


def total(text, where):
    """A number, or the sum of "[a; b; ...]": what a layer with several outputs writes."""
    if text.startswith("["):
        return non_negative(sum(number(part.strip(), where) for part in text[1:-1].split(";")), where)
    return number(text, where)


def layer_of(match, where):
    """The layer as an operator, and the bytes of its output."""
    fields = dict(FIELD.findall(match["fields"]))
    for key in ("forward_compute_time", "activation_size", "parameter_size"):
        if key not in fields:
            raise BadInput(f"{where}: has no {key}; give a graph that PipeDream's profiler wrote")
    cost = {"seconds": number(fields["forward_compute_time"], f"{where}: forward_compute_time", S_PER_MS),
            "bytes": total(fields["parameter_size"], f"{where}: parameter_size")}
    name = f"{match['id']} {match['layer'].split('(')[0]}"
    return operator(name, {"device": cost}), total(fields["activation_size"], f"{where}: activation_size")


def read_graph(path):
    """Layers by their id, and the ids of those that read each."""
    layers, edges = {}, []
    for position, line in enumerate(read_text(path).splitlines(), start=1):
        where = f"{path}: line {position}"
        if edge := EDGE.fullmatch(line):
            edges.append((edge[1], edge[2], where))
        elif node := NODE.fullmatch(line):
            if node["id"] in layers:
                raise BadInput(f"{where}: {node['id']} is described twice; describe it once")
            layers[node["id"]] = layer_of(node, where)
        elif line.strip():
            raise BadInput(f"{where}: is neither a node nor an edge; give a graph that PipeDream's profiler wrote")
    if not layers:
        raise BadInput(f"{path}: describes no node; give a graph that PipeDream's profiler wrote")
    return layers, readers_of(layers, edges)


def readers_of(layers, edges):
    readers, places = {}, {}
    for source, reader, where in edges:
        for node in (source, reader):
            if node not in layers:
                raise BadInput(f"{where}: {node} is not described; add its line or remove the edge")
        if source == reader:
            raise BadInput(f"{where}: leads from {source} to itself; remove it")
        if reader not in readers.setdefault(source, []):
            readers[source].append(reader)
        places.setdefault((source, reader), where)
    if found := edge_of_a_cycle(places):
        raise BadInput(f"{places[found]}: {found[0]} and {found[1]} lie on a cycle; remove an edge of it")
    return readers


def convert(options):
    layers, readers = read_graph(options.graph)
    edges = [{"from": layers[source][0]["name"], "to": [layers[r][0]["name"] for r in readers[source]],
              "bytes": layers[source][1]} for source in readers]
    path = pathlib.Path(options.graph)
    name = name_of(path.absolute().parent.name if path.name == "graph.txt" else path.stem, path)
    device = {"name": "device", "count": options.devices, "idle_w": 0, "port": {"bytes_per_s": options.bytes_per_s}}
    return (costs_document(name, 1, [layer for layer, _ in layers.values()], edges),
            cluster_document(f"{name}_devices", [device]))


def option(check, kind, *limits):
    """An option's value: what `check` accepts of a `kind`."""
    def parse(text):
        try:
            return check(kind(text), text, *limits)
        except BadInput as error:
            raise argparse.ArgumentTypeError(str(error)) from error
    parse.__name__ = "number"
    return parse


def main():
    parser = argparse.ArgumentParser(description="Turns a graph of PipeDream's profiler into cleave's files.")
    parser.add_argument("graph", help="graph.txt, as the profiler writes it")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for costs.json and cluster.json")
    parser.add_argument("--devices", required=True, metavar="N", type=option(whole, int, 1, MOST_DEVICES), help="identical devices")
    parser.add_argument("--bytes-per-s", required=True, metavar="B", type=option(positive, float),
                        help="bandwidth of each device's port, each way")
    return import_tables("import_pipedream", convert, parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
