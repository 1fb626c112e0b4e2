#pragma once
/// How long the stages of a chain take: found once, as one test of a threshold after the other asks for them.

#include "search/growing_stage.hpp"

#include <cstdint>
#include <vector>

namespace cleave {

class ChainLoads {
 public:
  /// Of stages as long as some mode may stay below `most_s` on one device. All that is referred to must live as long.
  ChainLoads(const StageTable& table, const Lattice& chain, double most_s);

  /// Is this a chain, and are its stages few enough to be kept?
  [[nodiscard]] static bool worth_keeping(const Lattice& lattice, std::size_t modes);

  /// A stage in one mode, on one device.
  struct Load {
    double least_s = 0;  ///< below that of the stage and of all that it can grow to
    double load_s = 0;   ///< see GrowingStage
  };
  /// [length - 1][mode] of the stages that begin at an ideal.
  [[nodiscard]] const std::vector<Load>& from(std::uint32_t ideal);
  [[nodiscard]] double most_s() const { return most_s_; }

 private:
  void find(std::uint32_t ideal);

  const StageTable& table_;
  const Lattice& chain_;
  double most_s_;
  GrowingStage stage_;
  std::vector<std::vector<Load>> loads_;  ///< by ideal
};

}  // namespace cleave
