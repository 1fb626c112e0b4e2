#!/usr/bin/python3
"""The OpenCL engine beside PyTorch on one NVIDIA GPU, both in fp32 (no TF32), in turns:

  gpu_speed.py BENCH_OPERATOR [NETWORK...]

Networks that both have, at batches of 1 and 16. PyTorch runs eagerly, and as a CUDA graph, which starts all kernels at
once; times are medians of 20 runs with inputs on the GPU and results left there. The engine's are of whole runs, the ways
of inputs and results included; bench_operator compares its results with the CPU engine's first. PyTorch, torchvision and
transformers have to be installed.
Exit codes: 0 done, 1 the engine failed, 2 usage.
"""
import argparse
import re
import statistics
import subprocess
import sys
import time

BATCHES = (1, 16)


def image(side):
    return lambda batch: torch.randn(batch, 3, side, side, device="cuda")


def tokens(batch):
    return torch.randint(0, 1000, (batch, 128), device="cuda")


NETWORKS = {
    "resnet18": (lambda: vision.resnet18(), image(224)),
    "resnet50": (lambda: vision.resnet50(), image(224)),
    "resnet152": (lambda: vision.resnet152(), image(224)),
    "vgg16": (lambda: vision.vgg16(), image(224)),
    "squeezenet": (lambda: vision.squeezenet1_0(), image(224)),
    "mobilenetv2": (lambda: vision.mobilenet_v2(), image(224)),
    "inceptionv3": (lambda: vision.inception_v3(weights=None, init_weights=False), image(299)),
    "vit-b16": (lambda: vision.vit_b_16(), image(224)),
    "bert-base": (lambda: transformers.BertModel(transformers.BertConfig()), tokens),
}


def load_libraries():
    """Not at the start: --help and usage errors come without them."""
    global torch, vision, transformers
    try:
        import torch
        import torchvision.models as vision
        import transformers
    except ImportError as error:
        print(f"gpu_speed: {error}; install torch, torchvision and transformers", file=sys.stderr)
        sys.exit(2)


def median_s(run):
    for _ in range(3):
        run()
    torch.cuda.synchronize()
    times = []
    for _ in range(20):
        start = time.perf_counter()
        run()
        torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def graph_of(model, source):
    """A function that runs `model` on `source` as one CUDA graph."""
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        model(source)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        model(source)
    return graph.replay


def pytorch_s(name, batch):
    """Seconds of a run, eagerly and as a graph."""
    make, source_of = NETWORKS[name]
    model, source = make().eval().cuda(), source_of(batch)
    with torch.no_grad():
        return median_s(lambda: model(source)), median_s(graph_of(model, source))


def engine_s(bench, name, batch):
    done = subprocess.run([bench, "opencl", f"zoo:{name}", str(batch)], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(1)
    return float(re.search(r"period ([\d.]+) ms", done.stdout)[1]) / 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench")
    parser.add_argument("networks", nargs="*", default=list(NETWORKS))
    options = parser.parse_args()
    for name in options.networks:
        if name not in NETWORKS:
            parser.error(f"no network {name}; there are {', '.join(NETWORKS)}")
    load_libraries()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    print(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}")
    print(f"{'network':12} {'batch':>5} {'cleave ms':>10} {'eager ms':>9} {'':>7} {'graph ms':>9}")
    for name in options.networks:
        for batch in BATCHES:
            own_s = engine_s(options.bench, name, batch)
            eager_s, graph_s = pytorch_s(name, batch)
            print(f"{name:12} {batch:5} {own_s * 1e3:10.3f} {eager_s * 1e3:9.3f} {eager_s / own_s:6.2f}x {graph_s * 1e3:9.3f}"
                  f" {graph_s / own_s:6.2f}x", flush=True)


if __name__ == "__main__":
    main()
