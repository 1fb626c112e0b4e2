#!/usr/bin/python3
"""Turns an inference table of msr-fiddle/dnn-partitioning into DIR/costs.json and DIR/cluster.json.

The tables are those of "Efficient Algorithms for Device Placement of DNN Graph Operators" (NeurIPS 2020); the files keep
that paper's meaning of throughput: accelerators behind ports that do not overlap with computing, CPUs that work in host
memory, one device a stage. Energy is unknown and 0. Exit codes: 0 done, 2 usage, 3 bad input.
"""
import argparse
import collections
import json
import pathlib
import sys

from measured_tables import (MOST_DEVICES, MOST_WHOLE, BadInput, cluster_document, costs_document, edge_of_a_cycle, import_tables,
                             integer, is_number, name_of, non_negative, operator, positive, read_text, shown, whole)

S_PER_MS = 1e-3
NODE_KEYS = ["id", "supportedOnFpga", "cpuLatency", "fpgaLatency", "size"]
EDGE_KEYS = ["sourceId", "destId", "cost"]


def checked(items, what, keys, path):
    """The objects of a list with their places, each with all `keys`."""
    if not isinstance(items, list):
        raise BadInput(f"{path}: /{what}: is not a list; give the {what} of a dnn-partitioning table")
    for position, item in enumerate(items):
        place = f"{path}: /{what}/{position}"
        missing = keys if not isinstance(item, dict) else [key for key in keys if key not in item]
        if missing:
            raise BadInput(f'{place}: has no "{missing[0]}"; add it')
        yield item, place


def flag(value, where):
    if value not in (0, 1):
        raise BadInput(f"{where}: is {shown(value)}; give true or false")
    return bool(value)


def operator_of(node, place):
    if flag(node.get("isBackwardNode", False), f"{place}/isBackwardNode"):
        raise BadInput(f"{place}: is a backward node; give an inference table, training is not planned")
    costs = {"cpu": {"seconds": non_negative(node["cpuLatency"], f"{place}/cpuLatency", S_PER_MS)}}
    if flag(node["supportedOnFpga"], f"{place}/supportedOnFpga"):
        costs["fpga"] = {"seconds": non_negative(node["fpgaLatency"], f"{place}/fpgaLatency", S_PER_MS),
                         "bytes": non_negative(node["size"], f"{place}/size")}
    return operator(name_of(f"{node['id']}: {node.get('name', 'node')}", f"{place}/name"), costs)


def nodes_of(table, path):
    """Operators and colour classes by the id of their node."""
    operators, colours = {}, {}
    for node, place in checked(table["nodes"], "nodes", NODE_KEYS, path):
        number = whole(node["id"], f"{place}/id", -MOST_WHOLE)
        if number in operators:
            raise BadInput(f"{place}/id: is {number}, as is that of a node before; give each its own")
        operators[number] = operator_of(node, place)
        if node.get("colorClass") is not None:
            colours[number] = whole(node["colorClass"], f"{place}/colorClass", -MOST_WHOLE)
    if not operators:
        raise BadInput(f"{path}: /nodes: is empty; give at least one node")
    return operators, colours


def node_id(value, operators, where):
    if not is_number(value) or value not in operators:
        raise BadInput(f"{where}: no node has the id {shown(value)}; give that of a node")
    return int(value)


def tensors_of(table, operators, path):
    """Per source its readers and seconds: an edge's cost is that of moving the source's output, whoever reads it."""
    seconds, readers = {}, {}
    for edge, place in checked(table["edges"], "edges", EDGE_KEYS, path):
        source, reader = (node_id(edge[key], operators, f"{place}/{key}") for key in ("sourceId", "destId"))
        if source == reader:
            raise BadInput(f"{place}: leads from node {source} to itself; remove it")
        cost = non_negative(edge["cost"], f"{place}/cost", S_PER_MS)
        if seconds.setdefault(source, cost) != cost:
            raise BadInput(f"{place}/cost: differs from that of an edge before with the same source {source}; "
                           "its output is one tensor, give all its edges one cost")
        readers.setdefault(source, {})[reader] = True
    return readers, seconds


class Sets:
    """Disjoint sets of nodes; each is known by its first member."""

    def __init__(self, nodes):
        self.parent = {node: node for node in nodes}

    def of(self, node):
        while self.parent[node] != node:
            node = self.parent[node]
        return node

    def join(self, one, other):
        first, second = sorted((self.of(one), self.of(other)))
        self.parent[second] = first


def is_free(op, bytes_matter):
    """Takes no time anywhere, and no memory that could be missed: whom it joins runs where it ran before, at the same cost."""
    takes = [cost["seconds"] for cost in op["costs"].values()] + [op["costs"].get("fpga", {}).get("bytes", 0)] * bytes_matter
    return "fpga" in op["costs"] and not any(takes)


def join_free_neighbours(sets, costly, edges):
    """Free sets that have one neighbour join it, again and again, as in the paper's program: staying apart would only add a
    transfer, and many free nodes make many ideals."""
    joined = True
    while joined:
        joined = False
        neighbours = collections.defaultdict(set)
        for source, reader in edges:
            a, b = sets.of(source), sets.of(reader)
            if a != b:
                neighbours[a].add(b)
                neighbours[b].add(a)
        costly_sets = {sets.of(node) for node in costly}
        for one, others in neighbours.items():
            if one not in costly_sets and len(others) == 1:
                sets.join(one, *others)
                joined = True
                break


def group(operators, colours, edges, memory_bytes):
    """Marks what must or may as well stay together: colour classes, then free nodes with their only neighbour. Returns these sets."""
    sets, leaders = Sets(operators), {}
    for node, colour in colours.items():
        sets.join(node, leaders.setdefault(colour, node))
    bytes_matter = sum(op["costs"].get("fpga", {}).get("bytes", 0) for op in operators.values()) > memory_bytes
    join_free_neighbours(sets, [node for node, op in operators.items() if not is_free(op, bytes_matter)], edges)
    sizes = collections.Counter(sets.of(node) for node in operators)
    for node, op in operators.items():
        if sizes[sets.of(node)] > 1:
            op["group"] = f"{sets.of(node)}"
    return sets


def refuse_cycles(operators, readers, path):
    """As cleave does: what stays together is one operator with all that lies on a cycle with it."""
    alone = {node for node, op in operators.items() if "group" not in op}
    found = edge_of_a_cycle((source, reader) for source in readers for reader in readers[source] if {source, reader} <= alone)
    if found:
        raise BadInput(f"{path}: /edges: nodes {found[0]} and {found[1]} lie on a cycle; remove an edge of it")


def join_cycles(sets, edges):
    """Sets that lie on a cycle are one, as cleave makes one operator of them."""
    while found := edge_of_a_cycle((sets.of(a), sets.of(b)) for a, b in edges if sets.of(a) != sets.of(b)):
        sets.join(*found)


def accelerators_run_something(operators, sets):
    """What stays together runs on an accelerator only where all of it does."""
    supported = collections.defaultdict(list)
    for node, op in operators.items():
        supported[sets.of(node)].append("fpga" in op["costs"])
    return any(all(members) for members in supported.values())


def devices_of(table, operators, sets, memory_bytes, path):
    accelerators = whole(table["maxFPGAs"], f"{path}: /maxFPGAs", 0, MOST_DEVICES)
    cpus = whole(table["maxCPUs"], f"{path}: /maxCPUs", 0, MOST_DEVICES)
    devices = []
    if accelerators and accelerators_run_something(operators, sets):  # a device that can run nothing is none
        # Every edge has measured seconds, so the bandwidth, which a port must have, is never used.
        devices.append({"name": "fpga", "count": accelerators, "idle_w": 0, "replicate": False,
                        "memory_bytes": memory_bytes, "port": {"bytes_per_s": 1, "overlap": False}})
    if cpus:
        devices.append({"name": "cpu", "count": cpus, "idle_w": 0, "replicate": False})
    if not devices:
        raise BadInput(f"{path}: maxFPGAs and maxCPUs are both 0; give at least one device" if not accelerators else
                       f"{path}: maxCPUs is 0 and nothing is supported on an FPGA; give at least one device that runs them")
    return devices


def convert(options):
    path = options.table
    try:
        table = json.loads(read_text(path), parse_int=integer)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: it is not JSON ({error}); give a dnn-partitioning table") from error
    for key in ("maxFPGAs", "maxCPUs", "maxSizePerFPGA", "nodes", "edges"):
        if not isinstance(table, dict) or key not in table:
            raise BadInput(f'{path}: has no "{key}"; give a dnn-partitioning table')
    operators, colours = nodes_of(table, path)
    readers, seconds = tensors_of(table, operators, path)
    memory_bytes = positive(table["maxSizePerFPGA"], f"{path}: /maxSizePerFPGA")
    pairs = [(source, reader) for source in readers for reader in readers[source]]
    sets = group(operators, colours, pairs, memory_bytes)
    edges = [{"from": operators[source]["name"], "to": [operators[reader]["name"] for reader in readers[source]], "seconds": seconds[source]}
             for source in readers]
    refuse_cycles(operators, readers, path)
    join_cycles(sets, pairs)
    name = name_of(pathlib.Path(path).stem, path)
    return (costs_document(name, 1, list(operators.values()), edges),
            cluster_document(name, devices_of(table, operators, sets, memory_bytes, path)))


def main():
    parser = argparse.ArgumentParser(description="Turns an inference table of dnn-partitioning into cleave's files.")
    parser.add_argument("table", help="a JSON file of throughput-inputs")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for costs.json and cluster.json")
    return import_tables("import_dnn_partitioning", convert, parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
