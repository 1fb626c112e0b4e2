#pragma once
/// cleave: splits neural networks over heterogeneous devices.
///
///     const Network network = read_network("resnet50.onnx");
///     const Cluster cluster = read_cluster("edge4");
///     const Problem problem{.cost = make_cost_table(network, cluster)};
///     const Frontier frontier = explore(problem);
///     const Plan& plan = frontier.pick(0.7).plan;

#include <cleave/cluster.hpp>
#include <cleave/cost_table.hpp>
#include <cleave/error.hpp>
#include <cleave/evidence.hpp>
#include <cleave/explore.hpp>
#include <cleave/graph.hpp>
#include <cleave/index.hpp>
#include <cleave/joint.hpp>
#include <cleave/network.hpp>
#include <cleave/plan.hpp>
#include <cleave/recovery.hpp>
#include <cleave/runtime.hpp>
#include <cleave/subclusters.hpp>
#include <cleave/tensor.hpp>
