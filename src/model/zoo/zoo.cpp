#include "base/text.hpp"
#include "model/onnx_library.hpp"
#include "model/sources.hpp"
#include "model/zoo/topologies.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cleave {
namespace {

struct Topology {
  std::string_view name;
  Graph (*build)(std::int64_t batch) = nullptr;
};

constexpr std::array kTopologies = {
    Topology{"resnet18", zoo::resnet18},
    Topology{"resnet50", zoo::resnet50},
    Topology{"resnet152", zoo::resnet152},
    Topology{"vgg8", zoo::vgg8},
    Topology{"vgg16", zoo::vgg16},
    Topology{"mobilenetv2", zoo::mobilenetv2},
    Topology{"inceptionv3", zoo::inceptionv3},
    Topology{"squeezenet", zoo::squeezenet},
    Topology{"bert-base", zoo::bert_base},
    Topology{"vit-b16", zoo::vit_b16},
    Topology{"gpt2-small", zoo::gpt2_small},
};

}  // namespace

std::vector<std::string> zoo_names() {
  std::vector<std::string> names;
  for (const Topology& topology : kTopologies) names.emplace_back(topology.name);
  return names;
}

Graph zoo_graph(const std::string& name, std::int64_t batch) {
  const auto found = std::find_if(kTopologies.begin(), kTopologies.end(),
                                  [&](const Topology& topology) { return topology.name == name; });
  if (found == kTopologies.end())
    throw UsageError(
        fmt::format("there is no built-in network \"{}\"; did you mean \"zoo:{}\"?", name, nearest(name, zoo_names())));
  if (batch < 1) throw UsageError(fmt::format("batch is {}; it must be at least 1", batch));
  Graph graph = found->build(batch);
  graph.name = name;
  onnx_library().infer_shapes(graph, "zoo:" + name);
  return graph;
}

}  // namespace cleave
