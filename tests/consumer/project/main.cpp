// The page of the public interface, from a network to a plan.
#include <cleave/cleave.hpp>

#include <iostream>

int main() {
  const cleave::Network network = cleave::read_network("zoo:vgg8", {.batch = 1});
  const cleave::Cluster cluster = cleave::read_cluster("edge4");
  const cleave::Problem problem{.cost = cleave::make_cost_table(network, cluster)};
  const cleave::Frontier frontier = cleave::explore(problem);
  for (const cleave::FrontierPoint& point : frontier.points)
    std::cout << point.score.throughput_per_s(1) << " inferences/s, " << point.score.energy_j << " J each\n";
  const cleave::FrontierPoint& chosen = frontier.pick(0.7);
  return cleave::check(problem, chosen.plan, chosen.score).empty() ? 0 : 1;
}
