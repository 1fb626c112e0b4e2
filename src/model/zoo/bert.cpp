#include "model/zoo/topologies.hpp"
#include "model/zoo/transformer_layers.hpp"

#include <fmt/format.h>

namespace cleave::zoo {
namespace {

constexpr std::int64_t kTokens = 128, kFeatures = 768, kLayers = 12, kHeads = 12, kVocabulary = 30522;
constexpr float kEpsilon = 1e-12F;

ValueId embeddings(GraphBuilder& net, ValueId ids) {
  const ValueId words = embedding_table(net, "embeddings.word", {kVocabulary, kFeatures});
  const ValueId places = embedding_table(net, "embeddings.position", {512, kFeatures});
  const ValueId types = embedding_table(net, "embeddings.token_type", {2, kFeatures});
  const ValueId segment_zero = net.constant("segments", Tensor(DataType::int64, {1, kTokens}));
  ValueId x = net.gather(words, ids, "embeddings.word");
  x = net.binary("Add", x, net.gather(types, segment_zero, "embeddings.token_type"), "embeddings.add_type");
  x = net.binary("Add", x, net.gather(places, positions(net, kTokens), "embeddings.position"),
                 "embeddings.add_position");
  return layer_norm(net, x, "embeddings.norm", kEpsilon);
}

/// Post-norm: each residual sum is normalised.
ValueId layer(GraphBuilder& net, ValueId x, const std::string& name) {
  const ValueId attended = attention(net, x, name + ".attention", {.heads = kHeads});
  x = layer_norm(net, net.binary("Add", attended, x, name + ".attention.add"), name + ".attention.norm", kEpsilon);
  ValueId y = gelu_erf(net, dense(net, x, name + ".intermediate", 4 * kFeatures), name + ".gelu");
  y = dense(net, y, name + ".output", kFeatures, 2);
  return layer_norm(net, net.binary("Add", y, x, name + ".add"), name + ".norm", kEpsilon);
}

}  // namespace

Graph bert_base(std::int64_t batch) {
  GraphBuilder net("bert-base");
  ValueId x = embeddings(net, net.input("input_ids", DataType::int64, {batch, kTokens}));
  for (int i = 0; i < kLayers; ++i) x = layer(net, x, fmt::format("layer.{}", i));
  const ValueId first = net.gather(x, net.index(0), "pooler.first", 1);
  const ValueId pooled = net.unary("Tanh", net.linear(first, "pooler", kFeatures), "pooler.tanh");
  return std::move(net).finish({x, pooled});
}

}  // namespace cleave::zoo
