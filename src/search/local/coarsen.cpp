#include "search/local/coarsen.hpp"

#include "search/stage_cost.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

namespace cleave::local {
namespace {

constexpr std::uint32_t kAlone = static_cast<std::uint32_t>(-1);

class Matching {
 public:
  Matching(const CostTable& cost, double most_s) : cost_(cost), most_s_(most_s), mate_(cost.operator_count(), kAlone) {
    for (const TensorId tensor : cost.tensors.ids()) {
      double sum_s = 0;
      for (const ModeId mode : cost.modes.ids()) sum_s += cost.transfer_s(tensor, mode);
      const auto readers = static_cast<double>(std::max<std::size_t>(1, cost.tensors[tensor].consumers.size()));
      saves_s_.push_back(sum_s / readers);
    }
    for (const OpId op : cost.inputs.ids()) work_s_.push_back(fastest_s(cost, op));
  }

  /// By operator, its cluster; clusters are numbered by their first operators.
  std::vector<std::uint32_t> clusters(Random& random) {
    std::vector<std::uint32_t> order(mate_.size());
    std::iota(order.begin(), order.end(), 0U);
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    for (const std::uint32_t op : order)
      if (mate_[op] == kAlone) match(op);
    std::vector<std::uint32_t> cluster(mate_.size(), kAlone);
    std::uint32_t next = 0;
    for (std::uint32_t op = 0; op < mate_.size(); ++op) {
      if (cluster[op] != kAlone) continue;
      cluster[op] = next++;
      if (mate_[op] != kAlone) cluster[mate_[op]] = cluster[op];
    }
    return cluster;
  }

 private:
  void match(std::uint32_t op) {
    std::map<std::uint32_t, double> rating;
    for (const TensorId tensor : cost_.outputs[OpId(op)])
      for (const OpId reader : cost_.tensors[tensor].consumers) rating[reader.value] += saves_s_[tensor.at()];
    for (const TensorId tensor : cost_.inputs[OpId(op)])
      if (const OpId maker = cost_.tensors[tensor].producer; maker.valid())
        rating[maker.value] += saves_s_[tensor.at()];
    double best = -1;
    std::uint32_t chosen = kAlone;
    for (const auto& [other, saved_s] : rating) {
      if (other == op || mate_[other] != kAlone || !joinable(op, other)) continue;
      const double gain = saved_s / (work_s_[op] + work_s_[other] + 1e-3 * most_s_);
      if (gain <= best) continue;
      best = gain;
      chosen = other;
    }
    if (chosen == kAlone) return;
    mate_[op] = chosen;
    mate_[chosen] = op;
  }

  [[nodiscard]] bool joinable(std::uint32_t a, std::uint32_t b) const {
    if (work_s_[a] + work_s_[b] > most_s_) return false;
    for (const ModeId mode : cost_.modes.ids())
      if (std::isfinite(cost_.compute_s(OpId(a), mode)) && std::isfinite(cost_.compute_s(OpId(b), mode))) return true;
    return false;
  }

  const CostTable& cost_;
  double most_s_;
  std::vector<std::uint32_t> mate_;
  std::vector<double> saves_s_;  ///< by tensor, when one of its readers joins its producer
  std::vector<double> work_s_;
};

void add_operators(const CostTable& fine, const std::vector<std::uint32_t>& cluster_of, std::size_t clusters,
                   CostTable& coarse) {
  coarse.inputs = IndexVector<OpId, std::vector<TensorId>>(clusters);
  coarse.outputs = coarse.inputs;
  coarse.compute_s = Table<OpId, ModeId, double>(clusters, fine.modes.size());
  coarse.compute_j = coarse.weight_bytes = coarse.live_bytes = coarse.compute_s;
  for (const OpId op : fine.inputs.ids())
    for (const ModeId mode : fine.modes.ids()) {
      const OpId cluster(cluster_of[op.at()]);
      coarse.compute_s(cluster, mode) += fine.compute_s(op, mode);
      coarse.compute_j(cluster, mode) += fine.compute_j(op, mode);
      coarse.weight_bytes(cluster, mode) += fine.weight_bytes(op, mode);
      double& live = coarse.live_bytes(cluster, mode);
      live = std::max(live, fine.live_bytes(op, mode));
    }
}

/// Producer, readers and whether it leaves: tensors that agree cross a border together.
using Ends = std::tuple<OpId, std::vector<OpId>, bool>;

Ends ends_of(const TensorUse& use, const std::vector<std::uint32_t>& cluster_of) {
  const OpId maker = use.producer.valid() ? OpId(cluster_of[use.producer.at()]) : OpId();
  std::vector<OpId> readers;
  for (const OpId reader : use.consumers)
    if (OpId(cluster_of[reader.at()]) != maker) readers.emplace_back(cluster_of[reader.at()]);
  std::sort(readers.begin(), readers.end());
  readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
  return {maker, readers, use.leaves};
}

void add_tensors(const CostTable& fine, const std::vector<std::uint32_t>& cluster_of, CostTable& coarse) {
  std::map<Ends, std::vector<TensorId>> together;
  for (const TensorId tensor : fine.tensors.ids()) {
    Ends ends = ends_of(fine.tensors[tensor], cluster_of);
    if (!std::get<1>(ends).empty() || std::get<2>(ends)) together[std::move(ends)].push_back(tensor);
  }
  coarse.transfer_s = Table<TensorId, ModeId, double>(together.size(), fine.modes.size());
  coarse.transfer_j = coarse.transfer_bytes = coarse.transfer_s;
  for (const auto& [ends, tensors] : together) {
    const auto& [maker, readers, leaves] = ends;
    const TensorId id = coarse.tensors.push_back({maker, readers, leaves});
    if (maker.valid()) coarse.outputs[maker].push_back(id);
    for (const OpId reader : readers) coarse.inputs[reader].push_back(id);
    for (const TensorId tensor : tensors)
      for (const ModeId mode : fine.modes.ids()) {
        coarse.transfer_s(id, mode) += fine.transfer_s(tensor, mode);
        coarse.transfer_j(id, mode) += fine.transfer_j(tensor, mode);
        coarse.transfer_bytes(id, mode) += fine.transfer_bytes(tensor, mode);
      }
  }
}

}  // namespace

Coarse coarsen(const CostTable& cost, double most_s, Random& random) {
  Coarse coarse;
  coarse.cluster_of = Matching(cost, most_s).clusters(random);
  const std::size_t clusters =
      coarse.cluster_of.empty() ? 0 : 1 + *std::max_element(coarse.cluster_of.begin(), coarse.cluster_of.end());
  coarse.cost.batch = cost.batch;
  coarse.cost.classes = cost.classes;
  coarse.cost.modes = cost.modes;
  add_operators(cost, coarse.cluster_of, clusters, coarse.cost);
  add_tensors(cost, coarse.cluster_of, coarse.cost);
  return coarse;
}

}  // namespace cleave::local
