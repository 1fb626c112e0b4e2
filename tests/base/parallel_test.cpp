#include "base/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace cleave {
namespace {

TEST(Parallel, OneThreadDoesAllItselfInOrder) {
  std::vector<int> visited;
  on_threads(1, [&] {
    EXPECT_EQ(threads_here(), 1);
    const auto here = std::this_thread::get_id();
    in_parallel(2, 5, [&](int i) {
      EXPECT_EQ(std::this_thread::get_id(), here);
      visited.push_back(i);
    });
    in_parallel(5, 5, [](int) { FAIL() << "there is nothing to do"; });
  });
  EXPECT_EQ(visited, (std::vector<int>{2, 3, 4}));
}

TEST(Parallel, EveryIndexIsVisitedOnce) {
  for (const int threads : {0, 1, 2, 1000}) {
    std::vector<std::atomic<int>> visits(1000);
    on_threads(threads, [&] { in_parallel(std::size_t{0}, visits.size(), [&](std::size_t i) { ++visits[i]; }); });
    for (const auto& count : visits) EXPECT_EQ(count, 1) << threads;
  }
}

TEST(Parallel, ThreadsAreThoseOfTheInnermost) {
  on_threads(1, [] {
    on_threads(0, [] { EXPECT_EQ(threads_here(), tbb::info::default_concurrency()); });
    EXPECT_THROW(on_threads(0, [] { throw std::runtime_error("stops"); }), std::runtime_error);
    EXPECT_TRUE(Alone::here());
  });
  EXPECT_FALSE(Alone::here());
}

TEST(Parallel, EachThreadHasItsOwn) {
  for (const int threads : {1, 0}) {
    on_threads(threads, [] {
      PerThread<int> sums([] { return 100; });
      std::atomic<int> strangers = 0;
      PerThread<std::thread::id> owners([] { return std::this_thread::get_id(); });
      in_parallel(0, 1000, [&](int i) {
        sums.local() += i;
        if (owners.local() != std::this_thread::get_id()) ++strangers;
      });
      int total = 0;
      sums.each([&](int sum) { total += sum - 100; });
      EXPECT_EQ(total, 499'500);
      EXPECT_EQ(strangers, 0);
    });
  }
}

}  // namespace
}  // namespace cleave
