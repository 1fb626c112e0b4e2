#pragma once
/// Between this project's types and the ONNX library's messages.

#include <cleave/graph.hpp>

#include <onnx/onnx_pb.h>

#include <optional>
#include <string>

namespace cleave {

/// Shapes beyond this many elements are nonsense (and would overflow arithmetic further on).
inline constexpr std::int64_t max_elements = std::int64_t{1} << 40;

/// Whether every extent is at least 0 and the product at most `max_elements`.
[[nodiscard]] bool is_sane(const Shape& shape);

/// Empty for types that no tensor of ours has (strings, complex numbers, undefined).
[[nodiscard]] std::optional<DataType> data_type_of(int onnx_type);
[[nodiscard]] int onnx_type_of(DataType type);

/// Where a message came from, for complaints.
struct Origin {
  std::string file;
  std::string place;
  [[noreturn]] void fail(const std::string& problem, const std::string& repair) const;
};

/// Type and shape of a tensor message. Throws InputError for what cannot be represented.
[[nodiscard]] Constant header_of(const onnx::TensorProto& proto, const Origin& origin);
/// A tensor whose elements are inside the message. Throws InputError when their number does not fit the shape.
[[nodiscard]] Tensor to_tensor(const onnx::TensorProto& proto, const Origin& origin);
[[nodiscard]] Attribute to_attribute(const onnx::AttributeProto& proto, const Origin& origin);

[[nodiscard]] onnx::TensorProto to_proto(const Tensor& tensor);
[[nodiscard]] onnx::AttributeProto to_proto(const std::string& name, const Attribute& attribute);
/// With inputs and outputs by name.
[[nodiscard]] onnx::NodeProto to_proto(const Graph& graph, const Node& node);
[[nodiscard]] onnx::ValueInfoProto to_proto(const Value& value);

}  // namespace cleave
