#include "model/mapped_file.hpp"
#include "model/onnx_graph.hpp"
#include "model/onnx_proto.hpp"
#include "model/shape_inference.hpp"
#include "model/simplify.hpp"
#include "model/sources.hpp"

#include <cleave/error.hpp>

#include <limits>
#include <utility>

namespace cleave {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void not_a_model(const std::string& file) {
  throw InputError(file, "", "is not an ONNX model", "name a complete .onnx file");
}

[[noreturn]] void computes_nothing(const std::string& file) {
  throw InputError(file, "", "computes nothing from its inputs", "name a network that is more than constants");
}

template <class Message>
bool parse(Message& message, std::string_view bytes) {
  return bytes.size() <= std::numeric_limits<int>::max() &&
         message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

Graph read_model(const WeightSource& source, const std::string& file, const ReadOptions& options) {
  if (options.batch < 0) throw UsageError("the batch must be at least 1");
  const std::optional<StrippedModel> stripped = strip_weights(source.bytes);
  onnx::ModelProto model;
  if (!stripped || !parse(model, stripped->bytes) || !model.has_graph()) not_a_model(file);
  if (model.graph().node_size() == 0) {
    if (model.graph().output_size() == 0) not_a_model(file);  // nothing speaks for it
    computes_nothing(file);
  }
  LinkedGraph linked = link_graph(model, stripped->raw, source, file, options.batch);
  if (linked.graph.outputs.empty()) throw InputError(file, "", "has no outputs", "name the values that it computes");
  linked.graph.name = fs::path(file).stem().string();
  std::optional<Rebatch> rebatch;
  if (linked.file_batch && options.batch > 0 && *linked.file_batch != options.batch)
    rebatch = {.from = *linked.file_batch, .to = options.batch};
  auto known = propagate(linked.graph, file, rebatch);
  Graph graph = simplified(std::move(linked.graph), std::move(known));
  if (graph.nodes.empty()) computes_nothing(file);
  return graph;
}

}  // namespace

Graph read_onnx(const fs::path& path, const ReadOptions& options) {
  const MappedFile file(path);
  return read_model({.bytes = file.bytes(), .path = path.string(), .folder = path.parent_path()}, path.string(),
                    options);
}

Graph read_onnx_bytes(std::string_view bytes, const std::string& file, const ReadOptions& options) {
  return read_model({.bytes = bytes, .path = {}, .folder = fs::path(file).parent_path()}, file, options);
}

Tensor read_onnx_tensor(const fs::path& path) {
  const MappedFile file(path);
  onnx::TensorProto proto;
  if (!parse(proto, file.bytes()))
    throw InputError(path.string(), "", "is not an ONNX tensor", "name a complete .pb file");
  const WeightSource source{.bytes = file.bytes(), .path = {}, .folder = path.parent_path()};
  return materialize(to_constant(proto, {}, source, {path.string(), "tensor"}));
}

}  // namespace cleave
