// Inferences allocate nothing: every operator new of this program is counted.
#include "runtime/random_inputs.hpp"

#include <cleave/network.hpp>
#include <cleave/runtime.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::size_t> allocations = 0;

void* counted(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  const std::size_t whole = (bytes + alignment - 1) / alignment * alignment;
  if (void* memory = std::aligned_alloc(alignment, whole)) return memory;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new[](std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t to) { return counted(bytes, static_cast<std::size_t>(to)); }
void* operator new[](std::size_t bytes, std::align_val_t to) { return counted(bytes, static_cast<std::size_t>(to)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace cleave {
namespace {

/// The first and the second half of a network's operators, the second one twice.
Plan halves(const Network& network) {
  Plan plan{{{.mode = ModeId(0)}, {.mode = ModeId(1), .replicas = 2}}};
  for (const OpId op : network.operators.ids())
    plan.stages[op.at() < network.operators.size() / 2 ? 0 : 1].operators.push_back(op);
  return plan;
}

/// Allocations between the results of batch 20 and 120, and of 220.
struct Counts {
  std::size_t first = 0, second = 0;
};

Counts count(const RunOptions& how) {
  RunOptions options = how;
  options.batches = 230;
  const Network network = read_network("zoo:vgg8");
  const std::vector<std::vector<Tensor>> inputs = {random_inputs(*network.graph, 1), random_inputs(*network.graph, 2)};
  Executor executor(
      network, halves(network), [](ModeId) { return make_cpu_backend(); }, options);
  std::size_t at[3] = {};
  executor.run(inputs, [&](std::size_t index, std::span<const Tensor>) {
    if (index == 20) at[0] = allocations;
    if (index == 120) at[1] = allocations;
    if (index == 220) at[2] = allocations;
  });
  return {at[1] - at[0], at[2] - at[1]};
}

TEST(ExecutorAllocations, AnInferenceAllocatesNothing) {
  const Counts counts = count({});
  EXPECT_EQ(counts.first, 0U);
  EXPECT_EQ(counts.second, 0U);
}

TEST(ExecutorAllocations, NorDoesItWhenTraced) {
  const Counts counts = count({.trace = true});
  EXPECT_EQ(counts.first, 0U);
  EXPECT_EQ(counts.second, 0U);
}

TEST(ExecutorAllocations, NorDoesItWhenPaced) {
  const DevicePace pace{.passes = {{1e-5, 1e-4, 1e-5}}};
  const Counts counts = count({.pace = {pace, pace}});
  EXPECT_EQ(counts.first, 0U);
  EXPECT_EQ(counts.second, 0U);
}

}  // namespace
}  // namespace cleave
