#pragma once
/// Is there a plan in which every stage takes less than a given time?

#include "base/parallel.hpp"
#include "search/bounds.hpp"
#include "search/chain_loads.hpp"
#include "search/counts.hpp"
#include "search/growing_stage.hpp"
#include "search/lattice.hpp"
#include "search/left_out.hpp"

#include <cleave/plan.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace cleave {

/// For a threshold, which ideals can be reached with which devices by stages that all take less: one bit per ideal
/// and count code. A state with more devices in use than needed counts as reached.
class Reach {
 public:
  Reach(const CostTable& cost, const Lattice& lattice);

  enum class Answer { yes, no, stopped };
  /// Whether all operators can be run by stages that each take less than `threshold_s`.
  Answer below(double threshold_s, const std::function<bool()>& give_up);
  /// After `yes`: such a plan.
  [[nodiscard]] Plan plan() const;
  /// No plan has a shorter period.
  [[nodiscard]] double bound_s() const { return bounds_.period_s(0, 0); }
  /// The work of the last call of `below`, in stages; the same for any number of threads.
  [[nodiscard]] std::size_t stages_tried();

 private:
  using Word = std::uint64_t;

  /// An ideal from which stages start.
  struct Source {
    std::uint32_t ideal;
    std::size_t codes;  ///< where its codes begin in `source_codes_`
  };
  /// How to take `replicas` devices of a mode's class: which codes have them free, and how far the code moves.
  struct Move {
    std::size_t mode;
    int replicas;
    std::size_t shift;
    const Word* free;
  };
  /// What a stage from a source may be, in one mode.
  struct Option {
    std::size_t mode;
    const Move* first;  ///< by replicas
    const Move* end;
    std::size_t reach;  ///< where in `moved` the codes after any of these are
    double limit_s;     ///< load of one device from which on no replication helps
    double most_rest;   ///< work that may remain after the stage
  };
  /// A thread's scratch memory.
  struct Walker {
    Walker(const StageTable& table, const Dependents& dependents) : stage(table), left_out(dependents) {}
    struct Frame {
      std::uint32_t ideal;
      std::uint32_t first;   ///< extension by an operator that comes after those of the stage
      std::uint32_t next;    ///< extension to try
      std::size_t left_out;  ///< size of the set before this frame
      double most_rest;      ///< work that may remain after this stage or a larger one
    };
    GrowingStage stage;
    LeftOut left_out;
    std::vector<Frame> frames;
    std::size_t tried = 0;        ///< stages
    std::vector<Word> moved;      ///< [move], then [mode]: the source's codes after it, after any of the mode's
    std::vector<Option> options;  ///< that leave any work to those that follow, or none to do
  };

  void keep_loads();
  void find_sources(std::size_t level);
  [[nodiscard]] bool is_source(std::uint32_t ideal, Word* codes);
  void expand(const Source& source, Walker& walker);
  void expand_chain(const Source& source, Walker& walker);
  bool start(const Source& source, Walker& walker) const;
  [[nodiscard]] bool leaves_too_much(Walker& walker, const Walker::Frame& frame, OpId op) const;
  template <class LeastLoad>
  [[nodiscard]] double most_rest_of(const Walker& walker, LeastLoad&& least_load_s) const;
  template <class Load>
  void arrive(std::uint32_t ideal, const Walker& walker, Load&& load_of);
  [[nodiscard]] bool reached(std::uint32_t ideal) const;

  const CostTable& cost_;
  const Lattice& lattice_;
  Counts counts_;
  Bounds bounds_;
  StageTable table_;
  std::size_t words_;
  Dependents dependents_;
  std::vector<double> fastest_s_;        ///< by ideal: sum over its operators, each where it is fastest
  std::vector<std::vector<Word>> free_;  ///< [class and replicas]: codes with that many devices free
  std::vector<Move> moves_;              ///< by mode, then replicas
  std::vector<std::size_t> first_move_;  ///< by mode; one more for the end
  std::optional<ChainLoads> chain_;      ///< of a lattice that is one
  double threshold_s_ = 0;
  std::vector<Word> codes_;      ///< [ideal][word]
  std::vector<Source> sources_;  ///< of all levels so far
  std::vector<Word> source_codes_;
  PerThread<Walker> walkers_;
};

}  // namespace cleave
