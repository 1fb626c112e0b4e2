#include "runtime/cpu/kernel_support.hpp"
#include "runtime/cpu/kernels.hpp"
#include "runtime/cpu/strided.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <type_traits>

namespace cleave::cpu {

namespace {

std::string binary_unsupported(const Graph& graph, const Node& node) {
  for (const ValueId value : node.inputs)
    if (!has_arithmetic(graph.values[value].type))
      return "elements of type " + std::string(name_of(graph.values[value].type)) + " are not implemented";
  return shape_of(graph, node.outputs[0]).size() > kMaxRank ? "too many dimensions" : "";
}

/// An operand in the shape that broadcasting aligns. Until opset 6 an axis could say where its
/// dimensions belong; the slopes of PRelu belonged to the channels.
Shape operand_shape(const Graph& graph, const Node& node, std::size_t input) {
  Shape shape = shape_of(graph, node.inputs[input]);
  const std::size_t rank = shape_of(graph, node.inputs[0]).size();
  const bool per_channel_slope = node.type == "PRelu" && graph.opset < 7 && shape.size() == 1;
  const bool placed = node.has("axis") && node.attribute<std::int64_t>("broadcast", 0) != 0;
  if (input != 1 || (!per_channel_slope && !placed)) return shape;
  const std::size_t axis = from_front(node.attribute<std::int64_t>("axis", 1), rank);
  shape.resize(std::max(rank - axis, shape.size()), 1);
  return shape;
}

/// The result lies channels-last if an input of its shape does.
Layout common_layout(const StageBuilder& builder, const Step& step) {
  for (const ValueId value : step.node->inputs)
    if (builder.shape(value) == builder.shape(step.result) && builder.lies(value, Layout::channels_last))
      return Layout::channels_last;
  return Layout::row_major;
}

/// An operand and how to walk it along the result.
struct Operand {
  SlotId slot = {};
  Strides strides = {};
};

Operand read_operand(StageBuilder& builder, const Step& step, std::size_t input, Layout layout) {
  const ValueId value = step.node->inputs[input];
  const Shape& target = builder.shape(step.result);
  if (builder.shape(value) == target) return {builder.read(value, layout), strides_of(target, layout)};
  const Shape shape = operand_shape(builder.graph(), *step.node, input);
  if (shape == builder.shape(value)) {
    const auto [slot, own] = builder.read(value);
    return {slot, broadcast_strides(shape, own, target)};
  }
  return {builder.read(value, Layout::row_major), broadcast_strides(shape, Layout::row_major, target)};
}

/// One row of the innermost loop; the common cases as loops that compilers turn into vectors.
template <class In, class Out, class Op>
void combine_row(const In* a, const In* b, Out* out, std::int64_t count, const std::array<std::int64_t, 3>& steps,
                 const Op& op) {
  const auto [to, first, second] = steps;
  if (to == 1 && first == 1 && second == 1) {
    for (std::int64_t i = 0; i < count; ++i) out[i] = op(a[i], b[i]);
  } else if (to == 1 && first == 1 && second == 0) {
    for (std::int64_t i = 0; i < count; ++i) out[i] = op(a[i], *b);
  } else if (to == 1 && first == 0 && second == 1) {
    for (std::int64_t i = 0; i < count; ++i) out[i] = op(*a, b[i]);
  } else {
    for (std::int64_t i = 0; i < count; ++i) out[i * to] = op(a[i * first], b[i * second]);
  }
}

template <class In, class Out, class Op>
Action combine(const Loops<3>& loops, SlotId a, SlotId b, SlotId target, const Op& op) {
  return [=](const Memory& memory) {
    for_each_row(loops, [&](const std::array<std::int64_t, 3>& at) {
      combine_row(memory.at<In>(a) + at[1], memory.at<In>(b) + at[2], memory.at<Out>(target) + at[0],
                  loops.extents.back(), loops.strides.back(), op);
    });
  };
}

template <class In, class Out, class Op>
void add_binary(StageBuilder& builder, const Step& step, const Op& op) {
  const Layout layout = common_layout(builder, step);
  const Operand a = read_operand(builder, step, 0, layout);
  const Operand b = read_operand(builder, step, 1, layout);
  const SlotId target = builder.write(step.result, layout);
  const Shape& shape = builder.shape(step.result);
  if (builder.shape(step.node->inputs[0]) == shape)
    builder.reuse(a.slot, target);
  else if (builder.shape(step.node->inputs[1]) == shape)
    builder.reuse(b.slot, target);
  const Loops<3> loops = make_loops<3>(shape, {strides_of(shape, layout), a.strides, b.strides});
  builder.step(combine<In, Out>(loops, a.slot, b.slot, target, op));
}

/// Any number of inputs: target = in0, then target = op(target, in_i).
template <class T, class Op>
void add_variadic(StageBuilder& builder, const Step& step, const Op& op) {
  const std::size_t count = step.node->inputs.size();
  if (count == 2) return add_binary<T, T>(builder, step, op);
  const Layout layout = common_layout(builder, step);
  const Shape& shape = builder.shape(step.result);
  const Strides own = strides_of(shape, layout);
  std::vector<Operand> operands;
  for (std::size_t i = 0; i < count; ++i) operands.push_back(read_operand(builder, step, i, layout));
  const SlotId target = builder.write(step.result, layout);
  const Copy load = make_copy({.extents = shape, .from = operands[0].strides, .to = own}, sizeof(T));
  std::vector<Action> actions;
  for (std::size_t i = 1; i < count; ++i)
    actions.push_back(
        combine<T, T>(make_loops<3>(shape, {own, own, operands[i].strides}), target, operands[i].slot, target, op));
  builder.step([=, first = operands[0].slot](const Memory& memory) {
    load(memory.raw(first), memory.raw(target));
    for (const Action& action : actions) action(memory);
  });
}

struct Plus {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a + b);
  }
};
struct Minus {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a - b);
  }
};
struct Times {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a * b);
  }
};
/// Of integers, what is divided by 0 is 0, and the smallest divided by -1 wraps around to itself.
struct Over {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) {
      if (b == T{}) return T{};
      if constexpr (std::is_signed_v<T>)
        if (b == T{-1}) return static_cast<T>(std::uint64_t{0} - static_cast<std::uint64_t>(a));
      return static_cast<T>(a / b);
    } else {
      return a / b;
    }
  }
};
struct Power {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(std::pow(static_cast<double>(a), static_cast<double>(b)));
    else
      return std::pow(a, b);
  }
};
struct Least {
  template <class T>
  T operator()(T a, T b) const {
    return std::min(a, b);
  }
};
struct Greatest {
  template <class T>
  T operator()(T a, T b) const {
    return std::max(a, b);
  }
};
struct Sloped {
  template <class T>
  T operator()(T x, T slope) const {
    return x < T{} ? static_cast<T>(x * slope) : x;
  }
};

template <class Op>
void build_arithmetic(StageBuilder& builder, const Step& step) {
  with_type(builder.type(step.result),
            [&](auto zero) { add_binary<decltype(zero), decltype(zero)>(builder, step, Op()); });
}

template <class Op>
void build_variadic(StageBuilder& builder, const Step& step) {
  with_type(builder.type(step.result), [&](auto zero) { add_variadic<decltype(zero)>(builder, step, Op()); });
}

template <class Op>
void build_comparison(StageBuilder& builder, const Step& step) {
  with_type(builder.type(step.node->inputs[0]),
            [&](auto zero) { add_binary<decltype(zero), bool>(builder, step, Op()); });
}

/// Both inputs of one type; powers may mix them.
std::string same_types_unsupported(const Graph& graph, const Node& node) {
  for (const ValueId value : node.inputs)
    if (graph.values[value].type != graph.values[node.inputs[0]].type)
      return "inputs of different types are not implemented";
  return binary_unsupported(graph, node);
}

void build_power(StageBuilder& builder, const Step& step) {
  const auto function = function_of(builder.graph(), *step.node);
  if (!function) return build_arithmetic<Power>(builder, step);
  const auto [source, layout] = builder.read(step.node->inputs[0]);
  const SlotId target = builder.write(step.result, layout);
  builder.reuse(source, target);
  add_routine(builder, onednn::elementwise(builder.kernels(), element_count(builder.shape(step.result)), *function),
              source, target);
}

std::string where_unsupported(const Graph& graph, const Node& node) {
  return shape_of(graph, node.outputs[0]).size() > kMaxRank || graph.values[node.inputs[0]].type != DataType::boolean
             ? "too many dimensions"
             : "";
}

template <class Element>
void add_where(StageBuilder& builder, const Step& step) {
  const Layout layout = common_layout(builder, step);
  const Operand condition = read_operand(builder, step, 0, layout);
  const Operand a = read_operand(builder, step, 1, layout);
  const Operand b = read_operand(builder, step, 2, layout);
  const SlotId target = builder.write(step.result, layout);
  const Shape& shape = builder.shape(step.result);
  const auto loops = make_loops<4>(shape, {strides_of(shape, layout), condition.strides, a.strides, b.strides});
  builder.step([=, test = condition.slot, yes = a.slot, no = b.slot](const Memory& memory) {
    const auto [to, s0, s1, s2] = loops.strides.back();
    for_each_row(loops, [&, to = to, s0 = s0, s1 = s1, s2 = s2](const std::array<std::int64_t, 4>& at) {
      for (std::int64_t i = 0; i < loops.extents.back(); ++i)
        memory.at<Element>(target)[at[0] + i * to] = memory.at<bool>(test)[at[1] + i * s0]
                                                         ? memory.at<Element>(yes)[at[2] + i * s1]
                                                         : memory.at<Element>(no)[at[3] + i * s2];
    });
  });
}

void build_where(StageBuilder& builder, const Step& step) {
  switch (size_of(builder.type(step.result))) {
    case 1:
      return add_where<std::uint8_t>(builder, step);
    case 2:
      return add_where<std::uint16_t>(builder, step);
    case 4:
      return add_where<std::uint32_t>(builder, step);
    default:
      return add_where<std::uint64_t>(builder, step);
  }
}

constexpr std::array kKernels{Kernel{"Add", same_types_unsupported, build_arithmetic<Plus>},
                              Kernel{"And", same_types_unsupported, build_comparison<std::logical_and<>>},
                              Kernel{"Div", same_types_unsupported, build_arithmetic<Over>},
                              Kernel{"Equal", same_types_unsupported, build_comparison<std::equal_to<>>},
                              Kernel{"Greater", same_types_unsupported, build_comparison<std::greater<>>},
                              Kernel{"GreaterOrEqual", same_types_unsupported, build_comparison<std::greater_equal<>>},
                              Kernel{"Less", same_types_unsupported, build_comparison<std::less<>>},
                              Kernel{"LessOrEqual", same_types_unsupported, build_comparison<std::less_equal<>>},
                              Kernel{"Max", same_types_unsupported, build_variadic<Greatest>},
                              Kernel{"Min", same_types_unsupported, build_variadic<Least>},
                              Kernel{"Mul", same_types_unsupported, build_arithmetic<Times>},
                              Kernel{"Or", same_types_unsupported, build_comparison<std::logical_or<>>},
                              Kernel{"PRelu", same_types_unsupported, build_arithmetic<Sloped>},
                              Kernel{"Pow", same_types_unsupported, build_power},
                              Kernel{"Sub", same_types_unsupported, build_arithmetic<Minus>},
                              Kernel{"Sum", same_types_unsupported, build_variadic<Plus>},
                              Kernel{"Where", where_unsupported, build_where}};

}  // namespace

std::span<const Kernel> binary_kernels() { return kKernels; }

}  // namespace cleave::cpu
