#include "runtime/frozen_model.hpp"

#include <fmt/core.h>
#include <onnx/onnx_pb.h>

#include <fstream>

namespace cleave::conformance {
namespace {

template <class Message>
Message parse(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  Message message;
  if (!message.ParseFromIstream(&file)) message.Clear();
  return message;
}

bool says_what_to_do(const onnx::ValueInfoProto& input) {
  const auto& tensor = input.type().tensor_type();
  const bool integer = tensor.elem_type() == onnx::TensorProto::INT64 || tensor.elem_type() == onnx::TensorProto::INT32;
  return integer && tensor.has_shape() && tensor.shape().dim_size() <= 1;
}

}  // namespace

FrozenModel freeze_integer_inputs(const std::filesystem::path& path) {
  auto model = parse<onnx::ModelProto>(path / "model.onnx");
  FrozenModel result;
  for (int i = 1; i < model.graph().input_size(); ++i) {
    const std::filesystem::path data = path / "test_data_set_0" / fmt::format("input_{}.pb", i);
    if (!says_what_to_do(model.graph().input(i)) || !std::filesystem::exists(data)) continue;
    auto* constant = model.mutable_graph()->add_initializer();
    *constant = parse<onnx::TensorProto>(data);
    constant->set_name(model.graph().input(i).name());
    result.frozen.insert(static_cast<std::size_t>(i));
  }
  result.bytes = model.SerializeAsString();
  return result;
}

}  // namespace cleave::conformance
