// Prints the frontier of a network on a cluster, and simulates one plan of it:  explore [MODEL [CLUSTER]]
#include <cleave/cleave.hpp>

#include <cstdio>

int main(int argc, char** argv) try {
  const cleave::Network network = cleave::read_network(argc > 1 ? argv[1] : "zoo:resnet50");
  const cleave::Cluster cluster = cleave::read_cluster(argc > 2 ? argv[2] : "edge4");
  const cleave::Problem problem{.cost = cleave::make_cost_table(network, cluster)};
  const cleave::Frontier frontier = cleave::explore(problem, {.time_limit_s = 10});
  if (frontier.points.empty()) return std::puts("no plan is legal"), 4;

  for (const cleave::FrontierPoint& point : frontier.points)
    std::printf("%8.1f inferences/s  %8.3f mJ each  %zu stages  %s\n", point.score.throughput_per_s(network.batch),
                1e3 * point.score.energy_j, point.plan.stages.size(), point.proven ? "proven" : "not proven");

  const cleave::Plan& plan = frontier.pick(/*weight=*/0.5).plan;
  const cleave::Trace expected = cleave::simulate(problem.cost, plan, /*batches=*/100);
  std::printf("weight 0.5: %zu stages, a result every %.3f ms\n", plan.stages.size(), 1e3 * expected.period_s);
} catch (const cleave::Error& error) {
  std::fprintf(stderr, "explore: %s\n", error.what());
  return static_cast<int>(error.code());
}
