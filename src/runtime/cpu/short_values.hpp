#pragma once
/// Which values an engine of lower precision keeps in a short form, and what forms.

#include "runtime/cpu/code.hpp"

#include <cleave/runtime.hpp>

#include <cstdint>

namespace cleave::cpu {

/// Whether the node's kernel multiplies short forms of its input 0 with constant weights.
[[nodiscard]] bool multiplies_short(const Graph& graph, const Node& node);
/// How many products each sum of such a node adds up.
[[nodiscard]] std::int64_t products_of_sum(const Graph& graph, const Node& node);
/// Whether the node is a product of two activations, stacks of matrices that match.
[[nodiscard]] bool multiplies_activations(const Graph& graph, const Node& node);

/// bf16 for everything that products read, and for what only moves on its way to them.
[[nodiscard]] Codes bf16_codes(const Graph& graph);

/// u8 for everything that products with constant weights read. What is moved or joined on the way has one scale: that
/// of all ranges together. Zero lies on a whole number, so that padding and ReLU are exact.
[[nodiscard]] Codes integer_codes(const Graph& graph, const Ranges& ranges);

}  // namespace cleave::cpu
