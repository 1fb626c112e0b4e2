#!/usr/bin/python3
"""Turns the YAML files of PipeEdge's scheduler into DIR/costs.json and DIR/cluster.json.

A model is a chain of layers; a device type with hosts is a class of devices, one host a stage, whose ports work beside
their compute units. Megabits and megabytes are 10^6. Energy is unknown and 0. Exit codes: 0 done, 2 usage, 3 bad input.
"""
import argparse
import sys

from measured_tables import (MOST_DEVICES, BadInput, cluster_document, costs_document, import_tables, non_negative, operator,
                             positive, read_text, whole)
from yaml_subset import parse_yaml

BYTES_PER_MB = 1e6
BYTES_PER_MEGABIT = 1e6 / 8
# Bytes of an element and what cleave calls it.
DTYPES = {"torch.float32": (4, "fp32"), "torch.float16": (2, "fp16"), "torch.bfloat16": (2, "bf16"), "torch.int8": (1, "int8")}


def read_mapping(path):
    mapping = parse_yaml(read_text(path), path)
    if not isinstance(mapping, dict):
        raise BadInput(f"{path}: is no mapping of names; give a file of PipeEdge's scheduler")
    return mapping


def part(mapping, key, kind, where):
    """A key's value, which must be a dict or a list."""
    value = mapping.get(key) if isinstance(mapping, dict) else None
    if not isinstance(value, kind):
        raise BadInput(f"{where}: has no {'mapping' if kind is dict else 'list'} `{key}`; add it")
    return value


def number(mapping, key, check, where, *limits):
    if key not in mapping:
        raise BadInput(f"{where}: has no `{key}`; add it")
    return check(mapping[key], f"{where}: {key}", *limits)


def numbers(mapping, key, check, layers, where, *limits):
    """A list with one number for each layer."""
    values = part(mapping, key, list, where)
    if len(values) != layers:
        raise BadInput(f"{where}: {key} has {len(values)} numbers for {layers} layers; give one for each layer")
    return [check(value, f"{where}: {key}[{i}]", *limits) for i, value in enumerate(values)]


def chosen_model(models, options):
    name = options.model
    if name is None:
        if len(models) != 1:
            raise BadInput(f"{options.models}: has {len(models)} models; choose one with --model: {', '.join(models)}")
        name = next(iter(models))
    if name not in models:
        raise BadInput(f"{options.models}: has no model {name}; it has {', '.join(models)}")
    return name, part(models, name, dict, options.models)


def chosen_profile(kind, model, options, where):
    """The profile of the model with the wanted dtype and batch size, and both of these."""
    found = []
    profiles = part(part(kind, "model_profiles", dict, where), model, list, where)
    for index, profile in enumerate(profiles):
        place = f"{where}: {model}: profile {index}"
        if not isinstance(profile, dict) or str(profile.get("dtype")) not in DTYPES:
            raise BadInput(f"{place}: has no known `dtype`; it is one of {', '.join(DTYPES)}")
        batch = number(profile, "batch_size", whole, place, 1)
        if options.dtype in (None, profile["dtype"]) and options.batch_size in (None, batch):
            found.append((profile["dtype"], batch, profile, place))
    if len(found) != 1:
        raise BadInput(f"{where}: {len(found)} profiles of {model} match; choose one that is there with --dtype and --batch-size")
    return found[0]


def device_of(name, kind, hosts, precision, where):
    return {"name": name, "count": whole(len(hosts), f"{where}: number of hosts", 1, MOST_DEVICES), "precision": precision, "idle_w": 0,
            "memory_bytes": number(kind, "mem_MB", positive, where, BYTES_PER_MB), "replicate": False,
            "port": {"bytes_per_s": number(kind, "bw_Mbps", positive, where, BYTES_PER_MEGABIT)}}


def hosts_by_type(options):
    """Types that have hosts."""
    devices = read_mapping(options.devices)
    used = {name: hosts for name in devices if (hosts := part(devices, name, list, options.devices))}
    if not used:
        raise BadInput(f"{options.devices}: names no host; add hosts to a device type")
    return used


def seconds_by_type(hosts, model, layers, options):
    """Of each device type in use the seconds of every layer; the class that it makes; the dtype and batch of all profiles."""
    types = read_mapping(options.device_type)
    seconds, devices, settings = {}, [], {}
    for name in hosts:
        kind = part(types, name, dict, options.device_type)
        where = f"{options.device_type}: {name}"
        dtype, batch, profile, place = chosen_profile(kind, model, options, where)
        settings.setdefault((dtype, batch), name)
        seconds[name] = numbers(profile, "time_s", non_negative, layers, place)
        devices.append(device_of(name, kind, hosts[name], DTYPES[dtype][1], where))
    if len(settings) > 1:
        told = ", ".join(f"{name} {dtype} x {batch}" for (dtype, batch), name in settings.items())
        raise BadInput(f"{options.device_type}: the profiles of {model} differ ({told}); choose with --dtype and --batch-size")
    return seconds, devices, next(iter(settings))


def convert(options):
    name, model = chosen_model(read_mapping(options.models), options)
    where = f"{options.models}: {name}"
    layers = number(model, "layers", whole, where, 1)
    memory_bytes = numbers(model, "mem_MB", non_negative, layers, where, BYTES_PER_MB)
    outputs = numbers(model, "parameters_out", whole, layers, where, 0)
    seconds, devices, (dtype, batch) = seconds_by_type(hosts_by_type(options), name, layers, options)

    operators = [operator(f"layer {i + 1}", {kind: {"seconds": seconds[kind][i], "bytes": memory_bytes[i]} for kind in seconds})
                 for i in range(layers)]
    edges = [{"from": f"layer {i}", "to": [f"layer {i + 1}"], "bytes": non_negative(outputs[i - 1], f"{where}: parameters_out[{i - 1}]", batch * DTYPES[dtype][0])}
             for i in range(1, layers)]
    return costs_document(name, batch, operators, edges), cluster_document("pipeedge", devices)


def main():
    parser = argparse.ArgumentParser(description="Turns the YAML files of PipeEdge's scheduler into cleave's files.")
    parser.add_argument("--models", required=True, metavar="FILE", help="models.yml")
    parser.add_argument("--device-type", required=True, metavar="FILE", help="device_types.yml")
    parser.add_argument("--devices", required=True, metavar="FILE", help="devices.yml")
    parser.add_argument("--model", metavar="NAME", help="which model, where there are several")
    parser.add_argument("--dtype", choices=list(DTYPES), help="which profiles, where there are several")
    parser.add_argument("--batch-size", type=int, metavar="N", help="which profiles, where there are several")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", help="folder for costs.json and cluster.json")
    return import_tables("import_pipeedge", convert, parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
