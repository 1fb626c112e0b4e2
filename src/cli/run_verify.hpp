#pragma once
/// How right the results of a run are.

#include "cli/run_engines.hpp"
#include "cli/run_tensors.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cleave::cli {

/// How far what a stage delivers is from what the fp32 network has there, errors of earlier stages included.
struct StageFidelity {
  bool exact = false;  ///< not a bit differs
  std::optional<double> sqnr_db =
      {};  ///< 10 log10(sum of squares / sum of squared errors); none where exact or all zero
};

struct Verification {
  std::size_t compared = 0;
  std::size_t different = 0;
  /// What results are compared with bit for bit: the unsplit network; else, where engines differ, the stages computed
  /// one after another.
  bool with_unsplit = true;
  /// Against fp32, by stage; empty where every stage computes in fp32.
  std::vector<StageFidelity> stages = {};
  /// Samples of the distinct batches, and in how many the largest element of the first output is where fp32 has it;
  /// none where that output has no axis of samples.
  std::size_t samples = 0;
  std::size_t same_top = 0;
};

/// Compares results of a run with what they should be.
class Verifier {
 public:
  /// Computes what `plan` should give on `inputs`, unless `stop` asks to end (see stop_if_asked).
  Verifier(const Network& network, const Plan& plan, const Engines& engines, const std::vector<Batch>& inputs,
           const std::stop_token& stop);
  void take(std::size_t index, std::span<const Tensor> result);
  [[nodiscard]] const Verification& verification() const { return verification_; }

 private:
  std::vector<Batch> expected_;
  Verification verification_;
};

}  // namespace cleave::cli
