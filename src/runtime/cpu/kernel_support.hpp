#pragma once
/// What several kernels need: checks of a node, and its parameters whether attribute or constant.

#include "runtime/cpu/stage_builder.hpp"

#include <cleave/graph.hpp>

#include <optional>
#include <string>
#include <vector>

namespace cleave::cpu {

[[nodiscard]] inline bool has_input(const Node& node, std::size_t index) {
  return index < node.inputs.size() && node.inputs[index].valid();
}
[[nodiscard]] inline bool has_output(const Node& node, std::size_t index) {
  return index < node.outputs.size() && node.outputs[index].valid();
}
[[nodiscard]] inline const Shape& shape_of(const Graph& graph, ValueId value) { return graph.values[value].shape; }

/// Complains unless the first `count` inputs and the first output are float32.
[[nodiscard]] std::string floats_only(const Graph& graph, const Node& node, std::size_t count = 1);
/// Complains if the input is there and is no constant.
[[nodiscard]] std::string constant_only(const Graph& graph, const Node& node, std::size_t input, const char* what);
/// Complains about outputs after the first.
[[nodiscard]] std::string one_output(const Node& node);
/// The first complaint that is not empty.
[[nodiscard]] std::string first_of(std::initializer_list<std::string> complaints);

/// Integers from an attribute, or from the constant input that replaced it in later versions.
[[nodiscard]] std::optional<std::vector<std::int64_t>> integers(const Graph& graph, const Node& node,
                                                                const char* attribute, std::size_t input);
/// A constant of int64 or int32 elements. Precondition: it is one.
[[nodiscard]] std::vector<std::int64_t> constant_integers(const Graph& graph, ValueId value);

/// Adds a step that runs `routine` from `source` to `target`.
void add_routine(StageBuilder& builder, const onednn::Routine& routine, SlotId source, SlotId target);

/// Calls `use` with a zero of the element type. False for types without arithmetic here.
template <class Use>
bool with_type(DataType type, const Use& use) {
  switch (type) {
    case DataType::float32:
      use(float{});
      return true;
    case DataType::float64:
      use(double{});
      return true;
    case DataType::int8:
      use(std::int8_t{});
      return true;
    case DataType::uint8:
      use(std::uint8_t{});
      return true;
    case DataType::int16:
      use(std::int16_t{});
      return true;
    case DataType::uint16:
      use(std::uint16_t{});
      return true;
    case DataType::int32:
      use(std::int32_t{});
      return true;
    case DataType::uint32:
      use(std::uint32_t{});
      return true;
    case DataType::int64:
      use(std::int64_t{});
      return true;
    case DataType::uint64:
      use(std::uint64_t{});
      return true;
    case DataType::boolean:
      use(bool{});
      return true;
    case DataType::float16:
    case DataType::bfloat16:
      return false;
  }
  return false;
}
[[nodiscard]] inline bool has_arithmetic(DataType type) {
  return with_type(type, [](auto) {});
}

}  // namespace cleave::cpu
