#include "model/zoo/topologies.hpp"
#include "model/zoo/transformer_layers.hpp"

#include <fmt/format.h>

namespace cleave::zoo {
namespace {

constexpr std::int64_t kFeatures = 768, kPatches = 14 * 14, kLayers = 12, kHeads = 12;
constexpr float kEpsilon = 1e-6F;

/// The class token is gathered once a sample, so that the node is the same at every batch.
ValueId class_tokens(GraphBuilder& net, std::int64_t batch) {
  const ValueId token = embedding_table(net, "class_token", {1, kFeatures});
  return net.gather(token, net.constant("class_rows", Tensor(DataType::int64, {batch, 1})), "class_token");
}

ValueId patches(GraphBuilder& net, ValueId image) {
  const ValueId x =
      net.conv(image, "conv_proj", {.out = kFeatures, .kernel = {16, 16}, .stride = 16, .bias = true, .gain = 1});
  return net.transpose(net.reshape(x, "patches", {0, kFeatures, kPatches}), "patches.transpose", {0, 2, 1});
}

/// Pre-norm: the branches are normalised, the sums are not.
ValueId layer(GraphBuilder& net, ValueId x, const std::string& name) {
  const ValueId attended = attention(net, layer_norm(net, x, name + ".ln_1", kEpsilon), name + ".self_attention",
                                     {.heads = kHeads, .packed = true});
  x = net.binary("Add", attended, x, name + ".add_1");
  ValueId y = dense(net, layer_norm(net, x, name + ".ln_2", kEpsilon), name + ".mlp.0", 4 * kFeatures);
  y = dense(net, gelu_erf(net, y, name + ".mlp.gelu"), name + ".mlp.3", kFeatures, 2);
  return net.binary("Add", x, y, name + ".add_2");
}

}  // namespace

Graph vit_b16(std::int64_t batch) {
  GraphBuilder net("vit-b16");
  const ValueId image = net.input("input", DataType::float32, {batch, 3, 224, 224});
  ValueId x = net.concat({class_tokens(net, batch), patches(net, image)}, "tokens", 1);
  x = net.binary("Add", x, embedding_table(net, "pos_embedding", {1, kPatches + 1, kFeatures}), "pos_embedding");
  for (int i = 0; i < kLayers; ++i) x = layer(net, x, fmt::format("encoder.layer_{}", i));
  x = net.gather(layer_norm(net, x, "encoder.ln", kEpsilon), net.index(0), "class", 1);
  return std::move(net).finish({net.linear(x, "head", 1000)});
}

}  // namespace cleave::zoo
