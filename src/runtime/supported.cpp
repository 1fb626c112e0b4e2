#include "runtime/supported.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

namespace cleave {

void require_supported(const Backend& backend, const StageSpec& stage, const std::string& network) {
  for (const auto& nodes : stage.operators) {
    for (const NodeId id : nodes) {
      const Node& node = stage.graph->nodes[id];
      const std::string reason = backend.unsupported(*stage.graph, node);
      if (reason.empty()) continue;
      throw InputError(network, node.name, fmt::format("operator type {} cannot run here: {}", node.type, reason),
                       "replace the operator or place it on a device whose engine has it");
    }
  }
}

}  // namespace cleave
