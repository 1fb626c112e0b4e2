#pragma once
/// From a stage to something that runs.

#include "runtime/cpu/fusion.hpp"
#include "runtime/cpu/stage_builder.hpp"

#include <functional>
#include <string>
#include <vector>

namespace cleave::cpu {

/// Why this engine cannot run `node`; empty if it can.
[[nodiscard]] std::string unsupported(const Graph& graph, const Node& node);

/// Adds the actions of `step`, by this engine's kernels.
void build_step(StageBuilder& builder, const Step& step);

/// How an engine adds the actions of a step.
using BuildStep = std::function<void(StageBuilder& builder, const Step& step)>;

/// Precondition: nothing in the stage is unsupported. `build` takes the place of `build_step`. `ends`, where given:
/// after which action each operator of the stage is done. `codes` are those of the whole graph.
[[nodiscard]] CompiledStage compile(const StageSpec& stage, const onednn::Library& library, const Codes& codes = {},
                                    const BuildStep& build = {}, std::vector<std::size_t>* ends = nullptr);

}  // namespace cleave::cpu
