#pragma once
/// Timelines for trace viewers.

#include <cleave/cluster.hpp>
#include <cleave/runtime.hpp>

#include <stop_token>
#include <string>
#include <vector>

namespace cleave {

/// Per stage what to call it in a timeline: "0: gpu fp16".
[[nodiscard]] std::vector<std::string> stage_labels(const Cluster& cluster, const CostTable& cost, const Plan& plan);

/// `trace` in Chrome's JSON trace format, which Perfetto opens: one process per stage, and per
/// replica one thread each for receiving, computing and sending, as these may overlap.
/// Times are in microseconds. Empty when `stop` asks for an end before all is there.
[[nodiscard]] std::string trace_json(const Trace& trace, const std::vector<std::string>& stage_labels,
                                     const std::stop_token& stop = {});

}  // namespace cleave
