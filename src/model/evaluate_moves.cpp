#include "model/evaluate_small.hpp"
#include "model/numbers.hpp"
#include "model/positions.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <utility>

namespace cleave {

namespace {

using Inputs = std::vector<const Tensor*>;
using Result = std::optional<Tensor>;

/// The elements at `positions`; empty when one of them is outside.
Result pick(const Tensor& source, const Positions& positions, const Value& output) {
  Tensor tensor(output.type, output.shape);
  const std::int64_t count = element_count(source.shape);
  const std::size_t size = size_of(source.type);
  if (source.type != output.type || positions.size() * size != tensor.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (positions[i] < 0 || positions[i] >= count) return std::nullopt;
    std::memcpy(tensor.bytes.data() + i * size, source.bytes.data() + static_cast<std::size_t>(positions[i]) * size,
                size);
  }
  return tensor;
}

std::optional<std::size_t> axis_of(std::int64_t axis, std::size_t rank) {
  const auto extent = static_cast<std::int64_t>(rank);
  if (axis < -extent || axis >= extent) return std::nullopt;
  return static_cast<std::size_t>(axis < 0 ? axis + extent : axis);
}

const Tensor* input_at(const Inputs& inputs, std::size_t at) { return at < inputs.size() ? inputs[at] : nullptr; }

// ---- operators that move elements

Result gather(const Node& node, const Inputs& inputs, const Value& output) {
  const Tensor* data = input_at(inputs, 0);
  const Tensor* chosen = input_at(inputs, 1);
  if (!data || !chosen) return std::nullopt;
  const auto axis = axis_of(node.attribute<std::int64_t>("axis", 0), data->shape.size());
  const auto indices = integers_of(*chosen);
  if (!axis || !indices) return std::nullopt;
  const std::int64_t extent = data->shape[*axis];
  const auto split = data->shape.begin() + static_cast<std::ptrdiff_t>(*axis);
  const std::int64_t outer = element_count(Shape(data->shape.begin(), split));
  const std::int64_t inner = element_count(Shape(split + 1, data->shape.end()));
  Positions positions;
  for (std::int64_t o = 0; o < outer; ++o)
    for (const std::int64_t index : *indices) {
      if (index < -extent || index >= extent) return std::nullopt;
      const std::int64_t row = o * extent + (index < 0 ? index + extent : index);
      for (std::int64_t i = 0; i < inner; ++i) positions.push_back(row * inner + i);
    }
  return pick(*data, positions, output);
}

/// starts, ends, axes, steps are inputs since operator set 10 and attributes before.
std::optional<std::vector<std::int64_t>> slice_argument(const Node& node, const Inputs& inputs, std::size_t at,
                                                        const std::string& name) {
  if (const Tensor* tensor = input_at(inputs, at)) return integers_of(*tensor);
  if (node.has(name)) return node.attribute<std::vector<std::int64_t>>(name, {});
  return std::nullopt;
}

Result slice(const Node& node, const Inputs& inputs, const Value& output) {
  const Tensor* data = input_at(inputs, 0);
  const auto starts = slice_argument(node, inputs, 1, "starts");
  const auto axes = slice_argument(node, inputs, 3, "axes");
  const auto strides = slice_argument(node, inputs, 4, "steps");
  if (!data || !starts || output.shape.size() != data->shape.size()) return std::nullopt;
  Shape steps = strides_of(data->shape);
  std::int64_t first = 0;
  for (std::size_t i = 0; i < starts->size(); ++i) {
    if ((axes && axes->size() != starts->size()) || (strides && strides->size() != starts->size())) return std::nullopt;
    const auto axis = axis_of(axes ? (*axes)[i] : static_cast<std::int64_t>(i), data->shape.size());
    if (!axis) return std::nullopt;
    const std::int64_t extent = data->shape[*axis];
    const std::int64_t step = strides ? std::clamp<std::int64_t>((*strides)[i], -extent, extent) : 1;
    std::int64_t start = (*starts)[i];
    if (start < 0) start += extent;
    first +=
        std::clamp<std::int64_t>(start, 0, step < 0 ? std::max<std::int64_t>(extent - 1, 0) : extent) * steps[*axis];
    steps[*axis] *= step;
  }
  return pick(*data, walk(output.shape, steps, first), output);
}

Result transpose(const Node& node, const Inputs& inputs, const Value& output) {
  const Tensor* data = input_at(inputs, 0);
  if (!data || data->shape.size() != output.shape.size()) return std::nullopt;
  const std::size_t rank = data->shape.size();
  std::vector<std::int64_t> backwards;
  for (std::size_t axis = rank; axis-- > 0;) backwards.push_back(static_cast<std::int64_t>(axis));
  const auto order = node.attribute("perm", backwards);
  const Shape strides = strides_of(data->shape);
  Shape steps;
  for (const std::int64_t axis : order) {
    if (axis < 0 || axis >= static_cast<std::int64_t>(rank)) return std::nullopt;
    steps.push_back(strides[static_cast<std::size_t>(axis)]);
  }
  if (steps.size() != rank) return std::nullopt;
  return pick(*data, walk(output.shape, steps), output);
}

Result expand(const Node&, const Inputs& inputs, const Value& output) {
  const Tensor* data = input_at(inputs, 0);
  const auto positions = data ? broadcast(data->shape, output.shape) : std::nullopt;
  return positions ? pick(*data, *positions, output) : std::nullopt;
}

Result concat(const Node& node, const Inputs& inputs, const Value& output) {
  const auto axis = axis_of(node.attribute<std::int64_t>("axis", 0), output.shape.size());
  if (!axis || inputs.empty()) return std::nullopt;
  const auto split = output.shape.begin() + static_cast<std::ptrdiff_t>(*axis);
  const auto outer = static_cast<std::size_t>(element_count(Shape(output.shape.begin(), split)));
  Tensor tensor(output.type, output.shape);
  std::size_t written = 0;
  for (std::size_t o = 0; o < outer; ++o)
    for (const Tensor* part : inputs) {
      if (!part || part->type != output.type) return std::nullopt;
      const std::size_t bytes = part->bytes.size() / outer;
      if (bytes > tensor.bytes.size() - written) return std::nullopt;
      if (bytes > 0) std::memcpy(tensor.bytes.data() + written, part->bytes.data() + o * bytes, bytes);
      written += bytes;
    }
  return written == tensor.bytes.size() ? Result(std::move(tensor)) : std::nullopt;
}

Result where(const Node&, const Inputs& inputs, const Value& output) {
  if (inputs.size() != 3 || !inputs[0] || !inputs[1] || !inputs[2]) return std::nullopt;
  std::optional<Positions> from[3];
  for (std::size_t i = 0; i < 3; ++i)
    if (!(from[i] = broadcast(inputs[i]->shape, output.shape))) return std::nullopt;
  const auto condition = integers_of(*inputs[0]);
  Result chosen = pick(*inputs[1], *from[1], output);
  const Result other = pick(*inputs[2], *from[2], output);
  if (!condition || !chosen || !other) return std::nullopt;
  const std::size_t size = size_of(output.type);
  for (std::size_t i = 0; i < from[0]->size(); ++i)
    if ((*condition)[static_cast<std::size_t>((*from[0])[i])] == 0)
      std::memcpy(chosen->bytes.data() + i * size, other->bytes.data() + i * size, size);
  return chosen;
}

using Function = Result (*)(const Node&, const Inputs&, const Value&);

const std::map<std::string, Function>& functions() {
  static const std::map<std::string, Function> table{{"Gather", gather}, {"Slice", slice},   {"Transpose", transpose},
                                                     {"Expand", expand}, {"Concat", concat}, {"Where", where}};
  return table;
}

}  // namespace

std::optional<Tensor> evaluate_move(const Node& node, const std::vector<const Tensor*>& inputs, const Value& output) {
  const auto found = functions().find(node.type);
  return found == functions().end() ? std::nullopt : found->second(node, inputs, output);
}

}  // namespace cleave
