#include "model/onnx_shapes_fit.hpp"

#include "model/onnx_schema.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace cleave {

namespace {

using Integers = std::vector<std::int64_t>;

/// Pads from here on are nonsense, and sums of them would overflow.
constexpr std::int64_t max_pad = std::int64_t{1} << 31;

/// A node with what is known about its inputs.
struct Subject {
  const Graph& graph;
  const Node& node;
  const ConstantLookup& constant_of;
  const std::string& file;

  [[nodiscard]] bool has(std::size_t input) const { return input < node.inputs.size() && node.inputs[input].valid(); }
  [[nodiscard]] const Shape& shape(std::size_t input) const { return graph.values[node.inputs.at(input)].shape; }
  [[nodiscard]] std::int64_t integer(const char* name, std::int64_t otherwise) const {
    return node.attribute(name, otherwise);
  }
  [[nodiscard]] Integers integers(const char* name, const Integers& otherwise) const {
    return node.attribute(name, otherwise);
  }
  [[noreturn]] void fail(const std::string& problem, const std::string& repair) const {
    throw InputError(file, place_of(node), problem, repair);
  }
};

std::string text(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

/// Whether `shape` can be repeated to become `target`.
bool spreads_to(const Shape& shape, const Shape& target) {
  return shape.size() <= target.size() &&
         std::equal(shape.rbegin(), shape.rend(), target.rbegin(),
                    [](std::int64_t own, std::int64_t wanted) { return own == wanted || own == 1; });
}

void require_spread(const Subject& subject, std::size_t input, const char* what, const Shape& target) {
  if (!subject.has(input) || spreads_to(subject.shape(input), target)) return;
  subject.fail(fmt::format("has a {} of shape {}, which does not broadcast to {}", what, text(subject.shape(input)),
                           text(target)),
               fmt::format("give the {} a shape that broadcasts to {}", what, text(target)));
}

/// One element for each of `count` channels.
void require_count(const Subject& subject, std::size_t input, const char* what, std::int64_t count) {
  if (!subject.has(input) || element_count(subject.shape(input)) == count) return;
  subject.fail(fmt::format("has a {} of shape {} for {} channels", what, text(subject.shape(input)), count),
               fmt::format("give the {} {} elements", what, count));
}

// ---- Convolutions -----------------------------------------------------------------------------

void require_pads(const Subject& subject) {
  const Integers pads = subject.integers("pads", {});
  if (std::ranges::all_of(pads, [](std::int64_t pad) { return pad >= 0 && pad < max_pad; })) return;
  subject.fail(fmt::format("has the pads [{}]", fmt::join(pads, ", ")),
               "let its pads be 0 or more, and cut the input with a Slice");
}

void require_kernel_shape(const Subject& subject, const Shape& weights) {
  const Integers extents(weights.begin() + 2, weights.end());
  const Integers kernel = subject.integers("kernel_shape", extents);
  if (kernel == extents) return;
  subject.fail(fmt::format("has the kernel_shape [{}] and weights of shape {}", fmt::join(kernel, ", "), text(weights)),
               fmt::format("let its kernel_shape be [{}]", fmt::join(extents, ", ")));
}

void require_groups(const Subject& subject, std::int64_t in, std::int64_t out, std::int64_t groups) {
  if (in % groups != 0 || out % groups != 0)
    subject.fail(fmt::format("has {} groups for {} channels in and {} out", groups, in, out),
                 "let the number of groups divide both");
}

void require_channels(const Subject& subject, const Shape& weights, std::int64_t in, std::int64_t groups, bool fit) {
  if (fit) return;
  subject.fail(
      fmt::format("has weights of shape {} in {} groups for an input of {} channels", text(weights), groups, in),
      fmt::format("give it weights and groups for {} channels", in));
}

void check_convolution(const Subject& subject, std::size_t weight_input, std::size_t bias_input) {
  const Shape& weights = subject.shape(weight_input);
  const std::int64_t in = subject.shape(0)[1], groups = subject.integer("group", 1);
  require_groups(subject, in, weights[0], groups);
  require_channels(subject, weights, in, groups, weights[1] == in / groups);
  require_kernel_shape(subject, weights);
  require_pads(subject);
  require_count(subject, bias_input, "bias", weights[0]);
}

void check_conv(const Subject& subject) { check_convolution(subject, 1, 2); }
void check_integer_conv(const Subject& subject) {
  constexpr std::size_t none = 100;
  check_convolution(subject, 1, none);
}
void check_linear_conv(const Subject& subject) { check_convolution(subject, 3, 8); }

/// Its weights have the channels of the input first, then those of a group of the output.
void check_transposed_conv(const Subject& subject) {
  const Shape& weights = subject.shape(1);
  const std::int64_t in = subject.shape(0)[1], groups = subject.integer("group", 1);
  require_groups(subject, in, 0, groups);
  require_channels(subject, weights, in, groups, weights[0] == in);
  require_kernel_shape(subject, weights);
  require_pads(subject);
  if (in > 0) require_count(subject, 2, "bias", weights[1] * groups);
}

// ---- Pools ------------------------------------------------------------------------------------

/// Of one axis: whether the first or the last window lies in the padding alone. Those that ceil_mode adds do not.
struct PoolAxis {
  std::int64_t input, before, behind, reach, stride;

  [[nodiscard]] bool leaves_input(bool ceil) const {
    const std::int64_t room = input + before + behind - reach;
    return before >= reach || (!ceil && room >= 0 && room / stride * stride >= input + before);
  }
};

void check_pool(const Subject& subject) {
  require_pads(subject);
  if (subject.node.attribute("auto_pad", std::string("NOTSET")) != "NOTSET") return;
  const Shape& input = subject.shape(0);
  const std::size_t axes = input.size() - 2;
  const Integers none(2 * axes, 0), ones(axes, 1);
  const Integers kernel = subject.integers("kernel_shape", ones), dilations = subject.integers("dilations", ones);
  const Integers strides = subject.integers("strides", ones), pads = subject.integers("pads", none);
  for (std::size_t i = 0; i < axes; ++i) {
    const PoolAxis axis{.input = input[i + 2],
                        .before = pads[i],
                        .behind = pads[axes + i],
                        .reach = (kernel[i] - 1) * dilations[i] + 1,
                        .stride = strides[i]};
    if (axis.leaves_input(subject.integer("ceil_mode", 0) != 0))
      subject.fail(fmt::format("has windows of {} with pads of {} and {}, some of which lie in the padding alone",
                               axis.reach, axis.before, axis.behind),
                   "let its pads be smaller than its windows, or pad the input with a Pad");
  }
}

// ---- Products, norms, functions ---------------------------------------------------------------

void check_gemm(const Subject& subject) {
  const bool flips_a = subject.integer("transA", 0) != 0, flips_b = subject.integer("transB", 0) != 0;
  const Shape &a = subject.shape(0), &b = subject.shape(1);
  const std::int64_t m = a[flips_a ? 1 : 0], k = a[flips_a ? 0 : 1], n = b[flips_b ? 0 : 1];
  if (k != b[flips_b ? 1 : 0])
    subject.fail(fmt::format("multiplies {}{} by {}{}", text(a), flips_a ? " transposed" : "", text(b),
                             flips_b ? " transposed" : ""),
                 "let the inner extents be the same");
  require_spread(subject, 2, "third factor", {m, n});
}

void check_slope(const Subject& subject) { require_spread(subject, 1, "slope", subject.shape(0)); }

void check_layer_norm(const Subject& subject) {
  const auto rank = static_cast<std::int64_t>(subject.shape(0).size());
  const std::int64_t axis = subject.integer("axis", -1);
  if (axis < -rank || axis >= rank)
    subject.fail(fmt::format("normalizes from axis {} on an input of {} dimensions", axis, rank),
                 fmt::format("let its axis be from {} to {}", -rank, rank - 1));
  require_spread(subject, 1, "scale", subject.shape(0));
  require_spread(subject, 2, "bias", subject.shape(0));
}

void check_response_norm(const Subject& subject) {
  if (const std::int64_t size = subject.integer("size", 0); size < 1)
    subject.fail(fmt::format("normalizes over {} channels", size), "let its size be 1 or more");
}

void check_instance_norm(const Subject& subject) {
  if (subject.shape(0).size() < 2) subject.fail("normalizes an input without channels", "give it an axis of channels");
  require_count(subject, 1, "scale", subject.shape(0)[1]);
  require_count(subject, 2, "bias", subject.shape(0)[1]);
}

void check_clip(const Subject& subject) {
  for (const std::size_t bound : {1U, 2U})
    if (subject.has(bound) && element_count(subject.shape(bound)) != 1)
      subject.fail(fmt::format("has a bound of shape {}", text(subject.shape(bound))),
                   "let its bounds be one number each");
}

/// Constant indices; those that are computed are looked at when they are there.
void check_lookup(const Subject& subject) {
  const Shape& table = subject.shape(0);
  const auto rank = static_cast<std::int64_t>(table.size());
  const std::int64_t axis = subject.integer("axis", 0);
  const Constant* constant = subject.constant_of(subject.node.inputs.at(1));
  const auto indices = constant ? small_integers(*constant) : std::nullopt;
  if (!indices || axis < -rank || axis >= rank) return;
  const std::int64_t extent = table[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)];
  for (const std::int64_t index : *indices)
    if (index < -extent || index >= extent)
      subject.fail(fmt::format("takes index {} of an axis of {}", index, extent),
                   fmt::format("let its indices be from {} to {}", -extent, extent - 1));
}

struct Row {
  std::string_view type;
  void (*check)(const Subject&);
};

constexpr std::array kRows{Row{"AveragePool", check_pool},
                           Row{"Clip", check_clip},
                           Row{"Conv", check_conv},
                           Row{"ConvInteger", check_integer_conv},
                           Row{"ConvTranspose", check_transposed_conv},
                           Row{"Gather", check_lookup},
                           Row{"GatherElements", check_lookup},
                           Row{"Gemm", check_gemm},
                           Row{"InstanceNormalization", check_instance_norm},
                           Row{"LRN", check_response_norm},
                           Row{"LayerNormalization", check_layer_norm},
                           Row{"LpPool", check_pool},
                           Row{"MaxPool", check_pool},
                           Row{"PRelu", check_slope},
                           Row{"QLinearConv", check_linear_conv}};

}  // namespace

void verify_fit(const Graph& graph, const Node& node, const ConstantLookup& constant_of, const std::string& file) {
  if (!node.domain.empty()) return;
  const auto row = std::ranges::find(kRows, std::string_view(node.type), &Row::type);
  if (row != kRows.end()) row->check({graph, node, constant_of, file});
}

}  // namespace cleave
