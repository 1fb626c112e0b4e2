#include "model/zoo/topologies.hpp"
#include "model/zoo/transformer_layers.hpp"

#include <fmt/format.h>

namespace cleave::zoo {
namespace {

constexpr std::int64_t kTokens = 64, kFeatures = 768, kLayers = 12, kHeads = 12, kVocabulary = 50257;
constexpr float kEpsilon = 1e-5F;

/// Added to the scores: -10000 where a token would look ahead, which softmax turns into an exact 0.
ValueId causal_mask(GraphBuilder& net) {
  Tensor mask(DataType::float32, {1, 1, kTokens, kTokens});
  const auto scores = mask.as<float>();
  for (std::size_t row = 0; row < kTokens; ++row)
    for (std::size_t column = row + 1; column < kTokens; ++column) scores[row * kTokens + column] = -1e4F;
  return net.constant("causal_mask", std::move(mask));
}

ValueId layer(GraphBuilder& net, ValueId x, const std::string& name, ValueId mask) {
  const ValueId attended = attention(net, layer_norm(net, x, name + ".ln_1", kEpsilon), name + ".attn",
                                     {.heads = kHeads, .packed = true, .mask = mask});
  x = net.binary("Add", attended, x, name + ".add_1");
  ValueId y = dense(net, layer_norm(net, x, name + ".ln_2", kEpsilon), name + ".mlp.c_fc", 4 * kFeatures);
  y = dense(net, gelu_tanh(net, y, name + ".mlp.gelu"), name + ".mlp.c_proj", kFeatures, 2);
  return net.binary("Add", x, y, name + ".add_2");
}

/// Logits against the embedding table itself: Gemm transposes it in passing, so it exists once.
ValueId tied_head(GraphBuilder& net, ValueId x, ValueId table) {
  const std::int64_t rows = net.shape(x)[0] * kTokens;
  x = net.reshape(x, "lm_head.rows", {-1, kFeatures});
  x = net.node("Gemm", "lm_head", {x, table}, {rows, kVocabulary}, {{"transB", std::int64_t{1}}});
  return net.reshape(x, "logits", {-1, kTokens, kVocabulary});
}

}  // namespace

Graph gpt2_small(std::int64_t batch) {
  GraphBuilder net("gpt2-small");
  const ValueId ids = net.input("input_ids", DataType::int64, {batch, kTokens});
  const ValueId words = embedding_table(net, "wte", {kVocabulary, kFeatures});
  const ValueId places = embedding_table(net, "wpe", {1024, kFeatures});
  ValueId x = net.gather(words, ids, "wte");
  x = net.binary("Add", x, net.gather(places, positions(net, kTokens), "wpe"), "embedding");
  const ValueId mask = causal_mask(net);
  for (int i = 0; i < kLayers; ++i) x = layer(net, x, fmt::format("h.{}", i), mask);
  return std::move(net).finish({tied_head(net, layer_norm(net, x, "ln_f", kEpsilon), words)});
}

}  // namespace cleave::zoo
