#include "model/onnx_schema.hpp"

#include "model/onnx_proto.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <string_view>
#include <utility>

namespace cleave {

namespace {

/// Attributes that the library divides by without looking.
constexpr std::array<std::string_view, 6> positive_attributes{"strides",   "dilations", "kernel_shape",
                                                              "blocksize", "group",     "hidden_size"};

bool is_positive(const Attribute& attribute) {
  constexpr std::int64_t most = std::int64_t{1} << 31;
  const auto good = [](std::int64_t value) { return value > 0 && value < most; };
  if (const auto* value = std::get_if<std::int64_t>(&attribute)) return good(*value);
  if (const auto* values = std::get_if<std::vector<std::int64_t>>(&attribute))
    return std::all_of(values->begin(), values->end(), good);
  return true;
}

[[noreturn]] void reject(const std::string& file, const Node& node, const std::string& problem) {
  throw InputError(file, place_of(node), problem, "export the model again");
}

void verify_arity(const onnx::OpSchema& schema, const Node& node, const std::string& file) {
  const auto required = static_cast<std::size_t>(schema.min_input());
  for (std::size_t i = 0; i < required; ++i)
    if (i >= node.inputs.size() || (!node.inputs[i].valid() && i < schema.inputs().size() &&
                                    schema.inputs()[i].GetOption() == onnx::OpSchema::Single))
      reject(file, node, fmt::format("lacks input {} of {}", i + 1, required));
  const bool required_output = !schema.outputs().empty() && schema.outputs()[0].GetOption() != onnx::OpSchema::Optional;
  const bool any = std::any_of(node.outputs.begin(), node.outputs.end(), [](ValueId id) { return id.valid(); });
  if (!any || (required_output && !node.outputs[0].valid())) reject(file, node, "has no output");
}

}  // namespace

int known_version(const Graph& graph, const std::string& domain) {
  const auto& range = onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map();
  const auto found = range.find(domain);
  if (found == range.end()) return 0;
  return domain.empty() ? std::min(graph.opset, found->second.second) : found->second.second;
}

const onnx::OpSchema* schema_of(const Graph& graph, const Node& node) {
  const int version = known_version(graph, node.domain);
  return version == 0 ? nullptr : onnx::OpSchemaRegistry::Schema(node.type, version, node.domain);
}

bool keeps_first_shape(const Node& node) {
  constexpr std::array<std::string_view, 4> types{"Gelu", "Mish", "GroupNormalization", "RMSNormalization"};
  return node.domain.empty() && std::find(types.begin(), types.end(), node.type) != types.end();
}

std::string place_of(const Node& node) { return fmt::format("node '{}' ({})", node.name, node.type); }

void verify_node(const Graph& graph, const Node& node, const std::string& file) {
  for (const auto& [name, attribute] : node.attributes)
    if (std::find(positive_attributes.begin(), positive_attributes.end(), name) != positive_attributes.end() &&
        !is_positive(attribute))
      reject(file, node, fmt::format("attribute '{}' must be positive", name));
  const onnx::OpSchema* schema = schema_of(graph, node);
  if (!schema) {
    if (node.inputs.empty() || !node.inputs[0].valid() || node.outputs.empty() || !node.outputs[0].valid())
      reject(file, node, "lacks its input or output");
    return;
  }
  verify_arity(*schema, node, file);
  // A newer operator set may have attributes that the library's newest schema lacks.
  if (graph.opset > known_version(graph, node.domain) && node.domain.empty()) return;
  try {
    schema->Verify(to_proto(graph, node));
  } catch (const std::exception& error) {
    reject(file, node, fmt::format("is malformed ({})", error.what()));
  }
}

void verify_ranks(const Graph& graph, const Node& node, const std::string& file) {
  const auto rank_of = [&](std::size_t at) { return graph.values[node.inputs.at(at)].shape.size(); };
  if (node.type == "MaxUnpool") reject(file, node, "is not supported");
  if (node.type == "Gemm" && (rank_of(0) != 2 || rank_of(1) != 2)) reject(file, node, "multiplies what is no matrix");
  const bool convolves = node.type.find("Conv") != std::string::npos;
  if (!convolves && !node.type.ends_with("Pool")) return;
  const std::size_t weight = node.type == "QLinearConv" ? 3 : 1;
  if (rank_of(0) < 3) reject(file, node, "slides a window over an input that has no spatial dimensions");
  if (convolves && rank_of(weight) != rank_of(0))
    reject(file, node, fmt::format("has weights of {} dimensions for an input of {}", rank_of(weight), rank_of(0)));
  const std::size_t spatial = rank_of(0) - 2;
  for (const auto& [name, lengths] : {std::pair{"strides", spatial},
                                      {"dilations", spatial},
                                      {"kernel_shape", spatial},
                                      {"pads", 2 * spatial},
                                      {"output_padding", spatial},
                                      {"output_shape", spatial}})
    if (node.has(name) && node.attribute<std::vector<std::int64_t>>(name, {}).size() != lengths)
      reject(file, node, fmt::format("attribute '{}' must have {} numbers", name, lengths));
}

}  // namespace cleave
