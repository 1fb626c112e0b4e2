#pragma once
/// Small ONNX messages for tests.

#include "model/sources.hpp"

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

namespace cleave {

using Dims = std::vector<std::int64_t>;

struct ModelBuilder {
  onnx::ModelProto proto;

  explicit ModelBuilder(int opset = 13) {
    proto.set_ir_version(7);
    proto.add_opset_import()->set_version(opset);
    graph().set_name("test");
  }
  onnx::GraphProto& graph() { return *proto.mutable_graph(); }

  /// Negative dims become parameters named "d".
  ModelBuilder& input(const std::string& name, const Dims& dims, int type = onnx::TensorProto::FLOAT) {
    describe(*graph().add_input(), name, dims, type);
    return *this;
  }
  ModelBuilder& output(const std::string& name) {
    graph().add_output()->set_name(name);
    graph().mutable_output()->rbegin()->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    return *this;
  }
  /// Raw data 0, 1/8, 2/8, ...
  ModelBuilder& weight(const std::string& name, const Dims& dims) {
    auto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    tensor.mutable_dims()->Add(dims.begin(), dims.end());
    std::vector<float> elements(static_cast<std::size_t>(element_count(dims)));
    for (std::size_t i = 0; i < elements.size(); ++i) elements[i] = static_cast<float>(i) / 8;
    tensor.set_raw_data(elements.data(), elements.size() * sizeof(float));
    return *this;
  }
  ModelBuilder& integers(const std::string& name, const Dims& values) {
    auto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::INT64);
    tensor.add_dims(static_cast<std::int64_t>(values.size()));
    tensor.mutable_int64_data()->Add(values.begin(), values.end());
    return *this;
  }
  onnx::NodeProto& node(const std::string& type, const std::vector<std::string>& inputs, const std::string& output) {
    auto& made = *graph().add_node();
    made.set_op_type(type);
    for (const std::string& name : inputs) made.add_input(name);
    if (!output.empty()) made.add_output(output);
    return made;
  }
  /// 3x3, padded to keep the size.
  ModelBuilder& conv(const std::string& x, const std::string& name, std::int64_t in, std::int64_t out) {
    weight(name + ".w", {out, in, 3, 3});
    auto& made = node("Conv", {x, name + ".w"}, name);
    made.set_name("node_" + name);
    set_integers(made, "pads", {1, 1, 1, 1});
    return *this;
  }
  static void set_integers(onnx::NodeProto& node, const std::string& name, const Dims& values) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INTS);
    attribute.mutable_ints()->Add(values.begin(), values.end());
  }
  static void set_integer(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }

  [[nodiscard]] std::string bytes() const { return proto.SerializeAsString(); }
  [[nodiscard]] Graph read(std::int64_t batch = 1) const {
    return read_onnx_bytes(bytes(), "test.onnx", {.batch = batch});
  }

 private:
  static void describe(onnx::ValueInfoProto& info, const std::string& name, const Dims& dims, int type) {
    info.set_name(name);
    auto& tensor = *info.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type);
    tensor.mutable_shape();
    for (const std::int64_t extent : dims) {
      auto& dim = *tensor.mutable_shape()->add_dim();
      if (extent < 0)
        dim.set_dim_param("d");
      else
        dim.set_dim_value(extent);
    }
  }
};

/// A folder that is gone afterwards.
struct TemporaryFolder {
  std::filesystem::path path;
  explicit TemporaryFolder(const std::string& name)
      : path(std::filesystem::temp_directory_path() / ("cleave_" + name + "_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace cleave
