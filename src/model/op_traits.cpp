#include "model/op_traits.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace cleave {

namespace {

const std::map<std::string, OpTraits>& table() {
  static const std::map<std::string, OpTraits> traits = [] {
    std::map<std::string, OpTraits> all;
    const auto add = [&](OpKind kind, Role role, std::initializer_list<const char*> types) {
      for (const char* type : types) all[type] = {kind, role};
    };
    add(OpKind::conv, Role::heavy, {"Conv", "ConvTranspose", "ConvInteger", "QLinearConv"});
    add(OpKind::gemm, Role::heavy,
        {"Gemm", "MatMul", "MatMulInteger", "QLinearMatMul", "Einsum", "LSTM", "GRU", "RNN"});
    add(OpKind::pool, Role::apart,
        {"MaxPool", "AveragePool", "LpPool", "GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool", "MaxRoiPool",
         "RoiAlign"});
    add(OpKind::elementwise, Role::pointwise,
        {"Relu",
         "LeakyRelu",
         "PRelu",
         "Elu",
         "Selu",
         "Celu",
         "ThresholdedRelu",
         "Sigmoid",
         "HardSigmoid",
         "HardSwish",
         "Tanh",
         "Softplus",
         "Softsign",
         "Clip",
         "Erf",
         "Gelu",
         "Mish",
         "Exp",
         "Log",
         "Sqrt",
         "Pow",
         "Abs",
         "Neg",
         "Sign",
         "Floor",
         "Ceil",
         "Round",
         "Reciprocal",
         "Sin",
         "Cos",
         "Add",
         "Sub",
         "Mul",
         "Div",
         "Mod",
         "Sum",
         "Mean",
         "Min",
         "Max",
         "Where",
         "Cast",
         "Not",
         "And",
         "Or",
         "Xor",
         "Equal",
         "Greater",
         "GreaterOrEqual",
         "Less",
         "LessOrEqual",
         "QuantizeLinear",
         "DequantizeLinear"});
    add(OpKind::normalization, Role::pointwise, {"BatchNormalization"});
    add(OpKind::normalization, Role::apart,
        {"InstanceNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization", "LRN",
         "LpNormalization", "MeanVarianceNormalization"});
    add(OpKind::softmax, Role::apart, {"Softmax", "LogSoftmax", "Hardmax"});
    add(OpKind::reduction, Role::reduction,
        {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum",
         "ReduceLogSumExp", "ReduceSumSquare"});
    add(OpKind::reduction, Role::apart, {"ArgMax", "ArgMin", "TopK", "CumSum"});
    add(OpKind::movement, Role::view, {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Transpose"});
    add(OpKind::movement, Role::apart,
        {"Concat",    "Split", "Slice",  "Gather", "GatherElements",  "GatherND",     "ScatterElements",
         "ScatterND", "Pad",   "Expand", "Tile",   "DepthToSpace",    "SpaceToDepth", "Resize",
         "Upsample",  "Shape", "Size",   "Range",  "ConstantOfShape", "Constant"});
    return all;
  }();
  return traits;
}

/// Is a factor constant, so that a device can keep it? Data that is constant is no use to a convolution.
bool has_weights(const Node& node, OpKind kind, const IndexVector<ValueId, char>& is_weight) {
  const auto constant = [&](std::size_t at) {
    return at < node.inputs.size() && node.inputs[at].valid() && is_weight[node.inputs[at]];
  };
  const Factors factors = factors_of(node.type);
  if (kind == OpKind::conv) return constant(factors.second);
  if (node.type != "Einsum") return constant(factors.first) || constant(factors.second);
  return std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) { return id.valid() && is_weight[id]; });
}

}  // namespace

IndexVector<ValueId, char> weight_values(const Graph& graph) {
  IndexVector<ValueId, char> is_weight(graph.values.size(), 0);
  for (const auto& [id, constant] : graph.constants) is_weight[id] = 1;
  for (const Node& node : graph.nodes) {
    const bool all = std::all_of(node.inputs.begin(), node.inputs.end(),
                                 [&](ValueId input) { return !input.valid() || is_weight[input]; });
    if (!all) continue;
    for (const ValueId output : node.outputs)
      if (output.valid()) is_weight[output] = 1;
  }
  return is_weight;
}

Factors factors_of(const std::string& type) {
  return type == "QLinearConv" || type == "QLinearMatMul" ? Factors{0, 3} : Factors{0, 1};
}

OpTraits traits_of(const Node& node, const IndexVector<ValueId, char>& is_weight) {
  const auto found = node.domain.empty() ? table().find(node.type) : table().end();
  if (found == table().end()) return {};
  OpTraits traits = found->second;
  // What only decodes weights is done once; it neither names nor types the operator that it feeds.
  if (std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) { return !id.valid() || is_weight[id]; }))
    return {OpKind::movement, traits.role};
  const bool product = traits.kind == OpKind::gemm || traits.kind == OpKind::conv;
  if (product && !has_weights(node, traits.kind, is_weight)) traits.kind = OpKind::matmul;
  if (node.type == "Gather" && is_weight[node.inputs.at(0)]) traits.kind = OpKind::lookup;
  return traits;
}

}  // namespace cleave
