#include "base/text.hpp"
#include "costmodel/links.hpp"
#include "costmodel/operator_cost.hpp"

#include <cleave/cost_table.hpp>
#include <cleave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace cleave {
namespace {

/// Prices one operator of the network on one class.
using Pricer = std::function<OperatorCost(OpId)>;
/// The operators in numbers, for each precision that a class has.
using Works = std::map<Precision, IndexVector<OpId, Work>>;

/// The first few of them.
std::string listed(const std::set<std::string>& names) {
  constexpr std::size_t most = 6;
  std::string list;
  std::size_t count = 0;
  for (const std::string& name : names) {
    if (count == most) return fmt::format("{} and {} more", list, names.size() - most);
    list += fmt::format("{}\"{}\"", count++ == 0 ? "" : ", ", ellipsis(name, 40));
  }
  return list;
}

std::string place_of(const DeviceClass& device) { return fmt::format("device \"{}\"", device.name); }

Pricer measured_pricer(const Network& network, const Cluster& cluster, const DeviceClass& device) {
  const std::set<std::string>& known = network.measured_on;
  if (known.empty())
    throw InputError(network.file_or_name(), "/operators", "none has a cost on any device", "give each its \"costs\"");
  if (!known.contains(device.name))
    throw InputError(
        cluster.file_or_name(), place_of(device),
        fmt::format("the costs of {} were measured, and none on a device \"{}\"", network.file_or_name(), device.name),
        fmt::format("name the cluster's devices as the table does ({}), or give the network itself (.onnx or "
                    "zoo:NAME) to have its costs computed",
                    listed(known)));
  return [&network, name = device.name](OpId op) {
    const auto& costs = network.measured[op];
    const auto found = costs.find(name);
    if (found == costs.end()) return cannot("it was not measured there");
    OperatorCost cost;
    cost.seconds = found->second.seconds;
    cost.joules = found->second.joules;
    cost.weight_bytes = found->second.bytes;
    return cost;
  };
}

/// An edge that was measured in seconds has no bytes, from which a link would tell what the edge takes on it.
void require_bytes(const Network& network, const Cluster& cluster) {
  if (!cluster.links && cluster.networks.empty()) return;
  for (const NetworkTensor& tensor : network.tensors)
    if (tensor.transfer_s)
      throw InputError(
          network.file_or_name(), "/edges",
          fmt::format("that from \"{}\" has \"seconds\", from which nothing tells what it takes over the \"{}\" of {}",
                      network.operators[tensor.producer].name, cluster.links ? "links" : "networks",
                      cluster.file_or_name()),
          "give its \"bytes\"");
}

Works works_of(const Network& network, const Cluster& cluster) {
  Works works;
  for (const DeviceClass& device : cluster.classes) {
    IndexVector<OpId, Work>& of_precision = works[device.precision];
    if (of_precision.empty())
      for (const OpId op : network.operators.ids()) of_precision.push_back(work_of(network, op, device.precision));
  }
  return works;
}

Pricer modelled_pricer(const Network& network, const Cluster& cluster, const DeviceClass& device, const Works& works) {
  if (!device.profile)
    throw InputError(cluster.file_or_name(), place_of(device),
                     fmt::format("has no profile, and {} brings no measured costs", network.file_or_name()),
                     "give the device a \"profile\"");
  return [&of_precision = works.at(device.precision),
          model = make_cost_model(*device.profile, device.precision, network)](OpId op) {
    return model(of_precision[op]);
  };
}

ClassCost class_cost(const DeviceClass& device) {
  return {.count = device.count,
          .idle_w = device.idle_w.value,
          .memory_bytes = device.memory_bytes ? device.memory_bytes->value : kCannot,
          .full_duplex = !device.port || device.port->full_duplex,
          .overlap = !device.port || device.port->overlap,
          .replicate = device.replicate};
}

/// Weights that come from the host are no faster than the device's port lets them.
double reload_s_per_byte(const WeightStore& store, const DeviceClass& device) {
  const auto gain = device.profile->numbers.find("reload_port_gain");
  if (!device.port || gain == device.profile->numbers.end() || gain->second.value == 0) return store.reload_s_per_byte;
  return std::max(store.reload_s_per_byte, 1 / (gain->second.value * device.port->bytes_per_s.value));
}

ModeCost mode_cost(const DeviceClass& device, ClassId id, bool measured) {
  ModeCost mode{.device_class = id, .precision = device.precision};
  if (!device.profile || measured) return mode;
  const WeightStore store = weight_store(*device.profile);
  mode.stage_launch_s = device.profile->number("stage_launch_s");
  mode.stage_launch_j = device.profile->number("stage_launch_j");
  mode.resident_bytes = store.resident_bytes;
  mode.reload_s_per_byte = reload_s_per_byte(store, device);
  mode.reload_j_per_byte = store.reload_j_per_byte;
  return mode;
}

void fill_compute(CostTable& table, ModeId mode, const Pricer& price) {
  for (const OpId op : table.inputs.ids()) {
    const OperatorCost cost = price(op);
    table.compute_s(op, mode) = cost.seconds;
    if (cost.seconds == kCannot) continue;
    table.compute_j(op, mode) = cost.joules;
    table.weight_bytes(op, mode) = cost.weight_bytes;
  }
}

void fill_live(CostTable& table, ModeId mode, const Network& network) {
  const std::vector<double> live = live_bytes(network, table.modes[mode].precision);
  for (const OpId op : table.inputs.ids()) table.live_bytes(op, mode) = live[op.at()];
}

void fill_transfers(CostTable& table, ModeId mode, const Network& network, const DeviceClass& device) {
  for (const TensorId id : network.tensors.ids()) {
    const NetworkTensor& tensor = network.tensors[id];
    const double bytes = tensor_bytes(tensor, device.precision);
    table.transfer_bytes(id, mode) = bytes;
    if (!device.port) continue;
    table.transfer_s(id, mode) =
        tensor.transfer_s ? *tensor.transfer_s : device.port->latency_s.value + bytes / device.port->bytes_per_s.value;
    table.transfer_j(id, mode) = bytes * device.port->j_per_byte.value;
  }
}

CostTable empty_table(const Network& network, const Cluster& cluster) {
  CostTable table;
  table.batch = network.batch;
  for (const Operator& op : network.operators) {
    table.inputs.push_back(op.inputs);
    table.outputs.push_back(op.outputs);
  }
  for (const NetworkTensor& tensor : network.tensors)
    table.tensors.push_back({.producer = tensor.producer, .consumers = tensor.consumers, .leaves = tensor.leaves});
  const std::size_t operators = network.operators.size(), tensors = network.tensors.size(),
                    modes = cluster.classes.size();
  for (auto* per_operator : {&table.compute_s, &table.compute_j, &table.weight_bytes, &table.live_bytes})
    *per_operator = {operators, modes, 0.0};
  for (auto* per_tensor : {&table.transfer_s, &table.transfer_j, &table.transfer_bytes})
    *per_tensor = {tensors, modes, 0.0};
  return table;
}

}  // namespace

CostTable make_cost_table(const Network& network, const Cluster& cluster) {
  CostTable table = empty_table(network, cluster);
  const bool measured = !network.measured.empty();
  if (measured) require_bytes(network, cluster);
  const Works works = measured ? Works() : works_of(network, cluster);
  table.links = link_cost(cluster);
  if (!table.links) table.idle_links = cluster.shared_links.size();
  for (const ClassId id : cluster.classes.ids()) {
    const DeviceClass& device = cluster.classes[id];
    table.classes.push_back(class_cost(device));
    const ModeId mode = table.modes.push_back(mode_cost(device, id, measured));
    fill_compute(
        table, mode,
        measured ? measured_pricer(network, cluster, device) : modelled_pricer(network, cluster, device, works));
    fill_live(table, mode, network);
    fill_transfers(table, mode, network, device);
  }
  return table;
}

}  // namespace cleave
