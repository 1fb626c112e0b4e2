#pragma once
/// The order in which one worker takes its units and batches.

#include "runtime/executor/pipeline.hpp"

#include <optional>
#include <span>

namespace cleave {

/// One pass: a batch through one unit.
struct Turn {
  std::size_t place = 0;  ///< of the unit among those of the worker
  std::uint64_t batch = 0;
  std::uint64_t beat = 0;
};

/// Batches [first, last) through the units of a stage, the deepest first, as Pipeline demands.
class Turns {
 public:
  Turns(const Pipeline& pipeline, std::span<const std::size_t> units, int replica, std::uint64_t first,
        std::uint64_t last);
  std::optional<Turn> next();

 private:
  const Pipeline& pipeline_;
  std::span<const std::size_t> units_;
  std::uint64_t replica_;
  std::uint64_t first_, last_;
  std::uint64_t beat_, end_;
  std::size_t place_ = 0;
};

}  // namespace cleave
