#pragma once
/// Small random problems that exercise every term of the cost table.

#include <cleave/plan.hpp>

#include <cstdint>
#include <random>

namespace cleave::testing_support {

/// Blocks: one after the other, each of a branch of two operators and one of one, which meet in the next block's first.
enum class Topology { chain, diamond, series_parallel, random, blocks };

struct RandomProblemOptions {
  std::size_t operators = 5;
  int max_devices = 4;  ///< over all classes
  Topology topology = Topology::random;
};

/// Everything is drawn from `seed` alone.
[[nodiscard]] Problem random_problem(std::uint64_t seed, const RandomProblemOptions& options);

/// One of 4 to 6 operators on up to 4 devices, of every topology in turn.
[[nodiscard]] Problem tiny_problem(std::uint64_t seed);

/// Does some mode run each operator?
[[nodiscard]] bool runnable(const CostTable& cost);

/// Sets all energies to 0.
void forget_joules(CostTable& cost);

/// Random links between all classes, some missing; every second seed beside the ports.
void add_links(CostTable& cost, std::uint64_t seed);

/// One or two links that some of the devices share, beside what connects them already (ports alone, where they have
/// no links).
void add_shared_links(CostTable& cost, std::uint64_t seed);

}  // namespace cleave::testing_support
