#pragma once
/// Which of several processes this one is, as the launchers tell in the environment.

#include <cstddef>

namespace cleave {

struct Rank {
  std::size_t number = 0;
  std::size_t of = 1;
};

/// From CLEAVE_RANK and CLEAVE_RANKS, OpenMPI's, PMI's (MPICH, Slurm's srun) or a Slurm array's variables; alone where
/// there are none. Throws UsageError for numbers that make no sense.
[[nodiscard]] Rank rank_here();

/// Which of `ranks` processes takes the unit of work of that number first. Shares are scattered evenly, so that no
/// share is that of one value of an axis.
[[nodiscard]] std::size_t rank_of_unit(std::size_t unit, std::size_t ranks);

}  // namespace cleave
