#pragma once
/// Layers of transformers, as primitive nodes of opset 13, over [batch, tokens, features].

#include "model/zoo/graph_builder.hpp"

namespace cleave::zoo {

/// MatMul with constant weights of variance gain / fan_in, then Add of a bias.
ValueId dense(GraphBuilder& net, ValueId x, const std::string& name, std::int64_t out, double gain = 1);

/// (x - mean) / sqrt(variance + epsilon) * weight + bias over the features (Ba et al. 2016), nine nodes as
/// PyTorch exports it below opset 17. The learned scale is near 1 and the shift near 0, but not equal from
/// feature to feature, so that a result tells whether they were applied.
ValueId layer_norm(GraphBuilder& net, ValueId x, const std::string& name, float epsilon);

/// x/2 (1 + erf(x / sqrt 2)), Hendrycks and Gimpel 2016.
ValueId gelu_erf(GraphBuilder& net, ValueId x, const std::string& name);
/// x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), their approximation.
ValueId gelu_tanh(GraphBuilder& net, ValueId x, const std::string& name);

struct AttentionOptions {
  std::int64_t heads = 0;
  bool packed = false;  ///< one product for queries, keys and values, then a Split; else three products
  ValueId mask = {};    ///< added to the scores; invalid: every token attends to every token
};
/// softmax(Q K^T / sqrt(features / heads) + mask) V per head, then the output projection (Vaswani et al. 2017).
ValueId attention(GraphBuilder& net, ValueId x, const std::string& name, const AttentionOptions& options);

/// Trained constants that are looked up or added, not multiplied: standard deviation 0.02, as BERT and GPT-2 start.
ValueId embedding_table(GraphBuilder& net, const std::string& name, Shape shape);
/// Indices 0 .. tokens-1 as a constant [1, tokens].
ValueId positions(GraphBuilder& net, std::int64_t tokens);

}  // namespace cleave::zoo
