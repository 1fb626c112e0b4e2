"""Tiny ONNX models, encoded by hand: model(text) gives the bytes of a ModelProto (onnx.proto, opset 13, IR version 8).

One line each; every tensor is float32:
  input NAME D1xD2...       output NAME D1xD2...
  weight NAME D1xD2...      zeros
  NODE: OP IN,IN -> OUT     a node
"""


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    """An integer, a string or a message as a protobuf field."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value if isinstance(value, bytes) else value.encode()
    return varint(number << 3 | 2) + varint(len(content)) + content


def sizes(text):
    return [int(size) for size in text.split("x")]


def value_info(name, shape):
    dimensions = b"".join(field(1, field(1, size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, dimensions)))


def weight(name, shape):
    count = 1
    for size in shape:
        count *= size
    return b"".join(field(1, size) for size in shape) + field(2, 1) + field(8, name) + field(9, bytes(4 * count))


def node(name, text):
    operator, inputs, _, outputs = text.split()
    return (b"".join(field(1, i) for i in inputs.split(",")) + b"".join(field(2, o) for o in outputs.split(","))
            + field(3, name) + field(4, operator))


def model(text):
    graph = field(2, "tiny")
    for line in text.splitlines():
        if ":" in line:
            graph += field(1, node(*line.split(":", 1)))
        else:
            kind, name, shape = line.split()
            number = {"input": 11, "output": 12, "weight": 5}[kind]
            graph += field(number, (weight if kind == "weight" else value_info)(name, sizes(shape)))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))
