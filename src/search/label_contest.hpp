#pragma once
/// Labels that want to be among those of one state.

#include "search/label.hpp"

#include <vector>

namespace cleave {

/// A label is compared with those of its own cell one by one; what the cells before have is one number for all of them.
class LabelContest {
 public:
  /// By cell the energy from which on a label is of no use, none greater than the one before: to be filled in.
  [[nodiscard]] std::vector<double>& start(std::size_t cells);
  /// The same, as far as it is known by now.
  [[nodiscard]] double limit_j(std::uint32_t cell) const { return limits_j_[cell]; }
  /// The label takes less than the limit of its cell.
  void propose(const Label& label);
  /// Those that none dominates, by ascending period.
  [[nodiscard]] const std::vector<Label>& winners();

 private:
  static constexpr std::uint32_t kNone = static_cast<std::uint32_t>(-1);
  struct Candidate {
    Label label;
    std::uint32_t next;  ///< of its cell
  };
  std::vector<double> limits_j_;
  std::vector<std::uint32_t> first_;  ///< by cell: its candidates
  std::vector<Candidate> candidates_;
  std::vector<Label> winners_;
};

/// Sets numbers, none greater than the one before, to `most` at most.
void lower(double* first, const double* last, double most);

}  // namespace cleave
