#include "model/onnx_proto.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace cleave {

namespace {

constexpr std::array<std::pair<DataType, int>, 13> type_pairs{{
    {DataType::float32, onnx::TensorProto::FLOAT},
    {DataType::float64, onnx::TensorProto::DOUBLE},
    {DataType::float16, onnx::TensorProto::FLOAT16},
    {DataType::bfloat16, onnx::TensorProto::BFLOAT16},
    {DataType::int8, onnx::TensorProto::INT8},
    {DataType::uint8, onnx::TensorProto::UINT8},
    {DataType::int16, onnx::TensorProto::INT16},
    {DataType::uint16, onnx::TensorProto::UINT16},
    {DataType::int32, onnx::TensorProto::INT32},
    {DataType::uint32, onnx::TensorProto::UINT32},
    {DataType::int64, onnx::TensorProto::INT64},
    {DataType::uint64, onnx::TensorProto::UINT64},
    {DataType::boolean, onnx::TensorProto::BOOL},
}};

/// Copies a repeated field, one element of type T for each of its own.
template <class T, class Field>
void copy_elements(const Field& field, Tensor& tensor, const Origin& origin) {
  const auto target = tensor.as<T>();
  if (static_cast<std::size_t>(field.size()) != target.size())
    origin.fail(fmt::format("holds {} elements but its shape has {}", field.size(), target.size()),
                "export the model again");
  std::transform(field.begin(), field.end(), target.begin(), [](auto element) { return static_cast<T>(element); });
}

void copy_raw(const std::string& raw, Tensor& tensor, const Origin& origin) {
  if (raw.size() != tensor.bytes.size())
    origin.fail(fmt::format("holds {} bytes but its shape needs {}", raw.size(), tensor.bytes.size()),
                "export the model again");
  if (!raw.empty()) std::memcpy(tensor.bytes.data(), raw.data(), raw.size());
}

/// Narrow types travel in wider fields, as onnx.proto lays down.
void copy_typed(const onnx::TensorProto& proto, Tensor& tensor, const Origin& origin) {
  switch (tensor.type) {
    case DataType::float32:
      return copy_elements<float>(proto.float_data(), tensor, origin);
    case DataType::float64:
      return copy_elements<double>(proto.double_data(), tensor, origin);
    case DataType::int64:
      return copy_elements<std::int64_t>(proto.int64_data(), tensor, origin);
    case DataType::uint64:
      return copy_elements<std::uint64_t>(proto.uint64_data(), tensor, origin);
    case DataType::uint32:
      return copy_elements<std::uint32_t>(proto.uint64_data(), tensor, origin);
    case DataType::int32:
      return copy_elements<std::int32_t>(proto.int32_data(), tensor, origin);
    case DataType::int16:
    case DataType::uint16:
    case DataType::float16:
    case DataType::bfloat16:
      return copy_elements<std::uint16_t>(proto.int32_data(), tensor, origin);
    case DataType::int8:
    case DataType::uint8:
    case DataType::boolean:
      return copy_elements<std::uint8_t>(proto.int32_data(), tensor, origin);
  }
}

/// Messages of the first ONNX versions leave the type out; the field that is there tells it.
onnx::AttributeProto::AttributeType kind_of(const onnx::AttributeProto& proto) {
  using A = onnx::AttributeProto;
  if (proto.has_type() && proto.type() != A::UNDEFINED) return proto.type();
  if (proto.has_f()) return A::FLOAT;
  if (proto.has_i()) return A::INT;
  if (proto.has_s()) return A::STRING;
  if (proto.has_t()) return A::TENSOR;
  if (proto.has_g()) return A::GRAPH;
  if (proto.floats_size() > 0) return A::FLOATS;
  if (proto.strings_size() > 0) return A::STRINGS;
  return A::INTS;
}

struct AttributeWriter {
  onnx::AttributeProto& proto;

  void operator()(std::int64_t value) const {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(value);
  }
  void operator()(float value) const {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(value);
  }
  void operator()(const std::string& value) const {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(value);
  }
  void operator()(const std::vector<std::int64_t>& values) const {
    proto.set_type(onnx::AttributeProto::INTS);
    proto.mutable_ints()->Add(values.begin(), values.end());
  }
  void operator()(const std::vector<float>& values) const {
    proto.set_type(onnx::AttributeProto::FLOATS);
    proto.mutable_floats()->Add(values.begin(), values.end());
  }
  void operator()(const std::vector<std::string>& values) const {
    proto.set_type(onnx::AttributeProto::STRINGS);
    for (const std::string& value : values) proto.add_strings(value);
  }
  void operator()(const Tensor& tensor) const {
    proto.set_type(onnx::AttributeProto::TENSOR);
    *proto.mutable_t() = to_proto(tensor);
  }
};

}  // namespace

bool is_sane(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0 || extent > max_elements) return false;
    if (extent > 0 && count > max_elements / extent) return false;
    count *= extent > 0 ? extent : 1;
  }
  return true;
}

std::optional<DataType> data_type_of(int onnx_type) {
  for (const auto& [ours, theirs] : type_pairs)
    if (theirs == onnx_type) return ours;
  return std::nullopt;
}

int onnx_type_of(DataType type) {
  for (const auto& [ours, theirs] : type_pairs)
    if (ours == type) return theirs;
  return onnx::TensorProto::UNDEFINED;
}

void Origin::fail(const std::string& problem, const std::string& repair) const {
  throw InputError(file, place, problem, repair);
}

Constant header_of(const onnx::TensorProto& proto, const Origin& origin) {
  const std::optional<DataType> type = data_type_of(proto.data_type());
  if (!type)
    origin.fail(fmt::format("has element type {}, which is not supported", proto.data_type()),
                "use a model whose tensors hold numbers");
  const Shape shape(proto.dims().begin(), proto.dims().end());
  if (!is_sane(shape)) origin.fail("has an impossible shape", "export the model again");
  return {.type = *type, .shape = shape, .content = SplatWeights{}};
}

Tensor to_tensor(const onnx::TensorProto& proto, const Origin& origin) {
  const Constant header = header_of(proto, origin);
  const std::size_t stored = proto.has_raw_data() ? proto.raw_data().size() : proto.ByteSizeLong() * 8;
  // A shape that the message cannot possibly fill must not allocate memory first.
  if (static_cast<std::size_t>(element_count(header.shape)) * size_of(header.type) > stored)
    origin.fail("holds fewer elements than its shape has", "export the model again");
  Tensor tensor(header.type, header.shape);
  if (proto.has_raw_data())
    copy_raw(proto.raw_data(), tensor, origin);
  else
    copy_typed(proto, tensor, origin);
  return tensor;
}

Attribute to_attribute(const onnx::AttributeProto& proto, const Origin& origin) {
  using A = onnx::AttributeProto;
  switch (kind_of(proto)) {
    case A::INT:
      return static_cast<std::int64_t>(proto.i());
    case A::FLOAT:
      return proto.f();
    case A::STRING:
      return proto.s();
    case A::INTS:
      return std::vector<std::int64_t>(proto.ints().begin(), proto.ints().end());
    case A::FLOATS:
      return std::vector<float>(proto.floats().begin(), proto.floats().end());
    case A::STRINGS:
      return std::vector<std::string>(proto.strings().begin(), proto.strings().end());
    case A::TENSOR:
      return to_tensor(proto.t(), origin);
    default:
      break;
  }
  origin.fail(fmt::format("attribute '{}' holds a subgraph or another thing that is not supported", proto.name()),
              "export the model without control flow (If, Loop, Scan) and sparse tensors");
}

onnx::TensorProto to_proto(const Tensor& tensor) {
  onnx::TensorProto proto;
  proto.set_data_type(onnx_type_of(tensor.type));
  proto.mutable_dims()->Add(tensor.shape.begin(), tensor.shape.end());
  proto.set_raw_data(tensor.bytes.data(), tensor.bytes.size());
  return proto;
}

onnx::AttributeProto to_proto(const std::string& name, const Attribute& attribute) {
  onnx::AttributeProto proto;
  proto.set_name(name);
  std::visit(AttributeWriter{proto}, attribute);
  return proto;
}

onnx::NodeProto to_proto(const Graph& graph, const Node& node) {
  onnx::NodeProto proto;
  proto.set_name(node.name);
  proto.set_op_type(node.type);
  proto.set_domain(node.domain);
  for (const ValueId id : node.inputs) proto.add_input(id.valid() ? graph.values[id].name : "");
  for (const ValueId id : node.outputs) proto.add_output(id.valid() ? graph.values[id].name : "");
  for (const auto& [name, attribute] : node.attributes) *proto.add_attribute() = to_proto(name, attribute);
  return proto;
}

onnx::ValueInfoProto to_proto(const Value& value) {
  onnx::ValueInfoProto proto;
  proto.set_name(value.name);
  auto& tensor = *proto.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx_type_of(value.type));
  auto& shape = *tensor.mutable_shape();
  for (const std::int64_t extent : value.shape) shape.add_dim()->set_dim_value(extent);
  return proto;
}

}  // namespace cleave
