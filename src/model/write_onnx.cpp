#include "base/files.hpp"
#include "model/onnx_proto.hpp"
#include "model/onnx_schema.hpp"

#include <cleave/error.hpp>
#include <cleave/network.hpp>

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <limits>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace cleave {

namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

// Field numbers of onnx.proto, which never change.
constexpr int model_graph = 7;
constexpr int graph_initializer = 5;
constexpr int tensor_raw_data = 9;

/// Since version 4 initialisers need not be inputs too; 8 is what the ONNX 1.12 checker takes at most.
constexpr int ir_version = 8;

/// Tag and length that come before `size` bytes of a field.
std::string field_header(int field, std::uint64_t size) {
  std::uint8_t buffer[20];
  std::uint8_t* end = CodedOutputStream::WriteTagToArray(
      WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED), buffer);
  end = CodedOutputStream::WriteVarint64ToArray(size, end);
  return {buffer, end};
}

/// An initialiser whose elements are written when their turn comes.
struct PendingTensor {
  const Constant* constant = nullptr;
  std::string header = {};  ///< everything before the elements
  std::uint64_t raw_bytes = 0;
  [[nodiscard]] std::uint64_t size() const { return header.size() + raw_bytes; }
};

PendingTensor pending(const Value& value, const Constant& constant) {
  onnx::TensorProto proto;
  proto.set_name(value.name);
  proto.set_data_type(onnx_type_of(constant.type));
  proto.mutable_dims()->Add(constant.shape.begin(), constant.shape.end());
  const std::uint64_t raw = static_cast<std::uint64_t>(element_count(constant.shape)) * size_of(constant.type);
  return {.constant = &constant,
          .header = proto.SerializeAsString() + field_header(tensor_raw_data, raw),
          .raw_bytes = raw};
}

/// The model without its graph.
onnx::ModelProto envelope(const Graph& graph) {
  onnx::ModelProto model;
  model.set_ir_version(ir_version);
  model.set_producer_name("cleave");
  std::set<std::string> domains{""};
  for (const Node& node : graph.nodes) domains.insert(node.domain);
  for (const std::string& domain : domains) {
    auto& import = *model.add_opset_import();
    import.set_domain(domain);
    import.set_version(domain.empty() ? graph.opset : known_version(graph, domain));
  }
  return model;
}

/// The graph without its constants.
onnx::GraphProto topology(const Graph& graph) {
  onnx::GraphProto proto;
  proto.set_name(graph.name.empty() ? "graph" : graph.name);
  for (const Node& node : graph.nodes) *proto.add_node() = to_proto(graph, node);
  for (const ValueId id : graph.inputs) *proto.add_input() = to_proto(graph.values[id]);
  for (const ValueId id : graph.outputs) *proto.add_output() = to_proto(graph.values[id]);
  return proto;
}

void write_bytes(std::ostream& out, std::string_view bytes) {
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

void write_onnx(const Network& network, const std::filesystem::path& path) {
  if (!network.graph)
    throw InputError(network.file_or_name(), "", "has no graph that could be written", "use an ONNX or a zoo model");
  const Graph& graph = *network.graph;
  const std::string head = envelope(graph).SerializeAsString();
  const std::string nodes = topology(graph).SerializeAsString();
  std::vector<PendingTensor> tensors;
  std::uint64_t size = nodes.size();
  for (const auto& [id, constant] : graph.constants) {
    tensors.push_back(pending(graph.values[id], constant));
    size += field_header(graph_initializer, tensors.back().size()).size() + tensors.back().size();
  }
  if (size + head.size() > std::numeric_limits<std::int32_t>::max() - 64)
    throw InputError(path.string(), "", fmt::format("would take {} bytes, more than the 2 GiB of an ONNX file", size),
                     "export a smaller network");
  write_file(path, [&](std::ostream& out) {
    write_bytes(out, head);
    write_bytes(out, field_header(model_graph, size));
    write_bytes(out, nodes);
    for (const PendingTensor& tensor : tensors) {
      write_bytes(out, field_header(graph_initializer, tensor.size()));
      write_bytes(out, tensor.header);
      const Tensor elements = materialize(*tensor.constant);
      write_bytes(out, {reinterpret_cast<const char*>(elements.bytes.data()), elements.bytes.size()});
    }
  });
}

}  // namespace cleave
