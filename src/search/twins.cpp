// Branches are found by colours: operators of one colour look alike, down to what comes before and after them. What has
// a colour of its own stays where it is; the rest falls apart into branches, and two of the same colours are matched
// operator by operator. Colours are hashes, and prove nothing: whether an exchange leaves the problem as it is, is
// compared.
#include "search/twins.hpp"

#include "search/bytes_count.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>
#include <utility>

namespace cleave {
namespace {

using Hash = std::uint64_t;

Hash mixed(Hash a, Hash b) {
  Hash z = a * 0x9e3779b97f4a7c15ULL + b + 0x632be59bd9b4e019ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}
Hash mixed(Hash a, double b) { return mixed(a, std::bit_cast<Hash>(b + 0.0)); }  // -0 is 0

/// What operators and tensors cost, as far as it matters, each as one row of numbers.
class Costs {
 public:
  explicit Costs(const CostTable& cost) : cost_(cost) {
    for (const ModeId mode : cost.modes.ids()) bytes_count_.push_back(bytes_count(cost, mode));
  }

  [[nodiscard]] std::vector<double> of(OpId op) const {
    std::vector<double> row;
    for (const ModeId mode : cost_.modes.ids()) {
      row.insert(row.end(), {cost_.compute_s(op, mode), cost_.compute_j(op, mode)});
      if (bytes_count_[mode]) row.insert(row.end(), {cost_.weight_bytes(op, mode), cost_.live_bytes(op, mode)});
    }
    return row;
  }
  [[nodiscard]] std::vector<double> of(TensorId tensor) const {
    std::vector<double> row{cost_.tensors[tensor].leaves ? 1.0 : 0.0};
    for (const ModeId mode : cost_.modes.ids())
      for (const auto* table : {&cost_.transfer_s, &cost_.transfer_j, &cost_.transfer_bytes})
        row.push_back((*table)(tensor, mode));
    return row;
  }

 private:
  const CostTable& cost_;
  IndexVector<ModeId, char> bytes_count_;
};

class Colours {
 public:
  explicit Colours(const CostTable& cost) : cost_(cost), tensor_(cost.tensors.size()), op_(cost.operator_count()) {
    const Costs costs(cost);
    const auto hash = [](Hash sum, double number) { return mixed(sum, number); };
    const auto own = [&](const auto& row) { return std::accumulate(row.begin(), row.end(), Hash{1}, hash); };
    for (const TensorId tensor : cost.tensors.ids()) tensor_[tensor] = own(costs.of(tensor));
    for (const OpId op : cost.inputs.ids()) op_[op] = own(costs.of(op));
    for (int round = 0; round < 2; ++round) {
      down();
      up();
    }
  }
  [[nodiscard]] Hash of(OpId op) const { return op_[op]; }

 private:
  /// Operators are in topological order.
  void down() {
    IndexVector<TensorId, Hash> readers(cost_.tensors.size(), 0);
    for (const TensorId tensor : cost_.tensors.ids())
      for (const OpId reader : cost_.tensors[tensor].consumers) readers[tensor] += mixed(3, op_[reader]);
    for (const OpId op : cost_.inputs.ids())
      for (const TensorId tensor : cost_.inputs[op]) {
        const OpId producer = cost_.tensors[tensor].producer;
        op_[op] += mixed(mixed(tensor_[tensor], producer.valid() ? op_[producer] : 5), readers[tensor]);
      }
  }
  void up() {
    for (std::size_t i = cost_.operator_count(); i-- > 0;)
      for (const TensorId tensor : cost_.outputs[OpId(i)]) {
        Hash readers = 7;
        for (const OpId reader : cost_.tensors[tensor].consumers) readers += mixed(11, op_[reader]);
        op_[OpId(i)] += mixed(tensor_[tensor], readers);
      }
  }

  const CostTable& cost_;
  IndexVector<TensorId, Hash> tensor_;
  IndexVector<OpId, Hash> op_;
};

using Operators = std::vector<OpId>;

/// Would the problem stay as it is if operators changed places in pairs?
class Exchange {
 public:
  explicit Exchange(const CostTable& cost) : cost_(cost), costs_(cost), image_(cost.operator_count()) {
    for (const OpId op : cost.inputs.ids()) image_[op] = op;
  }

  [[nodiscard]] bool changes_nothing(const Operators& some, const Operators& others) {
    for (std::size_t i = 0; i < some.size(); ++i) swap_images(some[i], others[i]);
    const bool same = same_operators(some) && same_tensors(some, others);
    for (std::size_t i = 0; i < some.size(); ++i) swap_images(some[i], others[i]);
    return same;
  }

 private:
  void swap_images(OpId a, OpId b) { std::swap(image_[a], image_[b]); }

  [[nodiscard]] bool same_operators(const Operators& some) const {
    return std::all_of(some.begin(), some.end(), [&](OpId op) { return costs_.of(op) == costs_.of(image_[op]); });
  }

  [[nodiscard]] bool moves(OpId op) const { return op.valid() && image_[op] != op; }

  /// Nobody who exchanges places reads it without the other: it becomes itself.
  [[nodiscard]] bool read_by_both(TensorId tensor, OpId reader) const {
    const auto& inputs = cost_.inputs[image_[reader]];
    return std::find(inputs.begin(), inputs.end(), tensor) != inputs.end();
  }

  /// Of the tensors at some operators those that may become others.
  void collect_moved(const Operators& operators, std::vector<TensorId>& moved) const {
    for (const OpId op : operators) {
      moved.insert(moved.end(), cost_.outputs[op].begin(), cost_.outputs[op].end());
      for (const TensorId tensor : cost_.inputs[op])
        if (!moves(cost_.tensors[tensor].producer) && !read_by_both(tensor, op)) moved.push_back(tensor);
    }
  }

  struct Tensor {
    OpId producer;
    Operators consumers;
    std::vector<double> costs;
    auto operator<=>(const Tensor&) const = default;
  };
  /// Those tensors are, all in all, what they become.
  [[nodiscard]] bool same_tensors(const Operators& some, const Operators& others) const {
    std::vector<TensorId> moved;
    collect_moved(some, moved);
    collect_moved(others, moved);
    std::sort(moved.begin(), moved.end());
    moved.erase(std::unique(moved.begin(), moved.end()), moved.end());
    std::vector<Tensor> before;
    std::vector<Tensor> after;
    for (const TensorId tensor : moved) {
      const TensorUse& use = cost_.tensors[tensor];
      before.push_back({use.producer, use.consumers, costs_.of(tensor)});
      Tensor& become = after.emplace_back(before.back());
      if (use.producer.valid()) become.producer = image_[use.producer];
      for (OpId& reader : become.consumers) reader = image_[reader];
      std::sort(become.consumers.begin(), become.consumers.end());
    }
    std::sort(before.begin(), before.end());
    std::sort(after.begin(), after.end());
    return before == after;
  }

  const CostTable& cost_;
  Costs costs_;
  IndexVector<OpId, OpId> image_;
};

class Twins {
 public:
  explicit Twins(const CostTable& cost) : cost_(cost), colours_(cost), exchange_(cost), part_(cost.operator_count()) {}

  std::vector<TwinBranches> run() {
    Operators all;
    for (const OpId op : cost_.inputs.ids()) all.push_back(op);
    look_into(all);
    return std::move(twins_);
  }

 private:
  struct Split {
    Operators fixed;                  ///< of colours of their own, by colour
    std::vector<Operators> branches;  ///< what is left, in connected parts; each ascending
  };

  [[nodiscard]] Split split(const Operators& within) {
    std::map<Hash, Operators> by_colour;
    for (const OpId op : within) by_colour[colours_.of(op)].push_back(op);
    Split result;
    Operators rest;
    for (const auto& [colour, alike] : by_colour) {
      Operators& to = alike.size() == 1 ? result.fixed : rest;
      to.insert(to.end(), alike.begin(), alike.end());
    }
    std::sort(rest.begin(), rest.end());
    result.branches = connected_parts(rest);
    return result;
  }

  /// Of operators that one of them feeds.
  [[nodiscard]] std::vector<Operators> connected_parts(const Operators& operators) {
    for (const OpId op : operators) part_[op] = op;
    for (const OpId op : operators)
      for (const TensorId tensor : cost_.outputs[op])
        for (const OpId reader : cost_.tensors[tensor].consumers)
          if (part_[reader].valid()) part_[root(reader)] = root(op);
    std::map<OpId, Operators> parts;
    for (const OpId op : operators) parts[root(op)].push_back(op);
    for (const OpId op : operators) part_[op] = {};
    std::vector<Operators> result;
    for (auto& [of, part] : parts) result.push_back(std::move(part));
    return result;
  }
  [[nodiscard]] OpId root(OpId op) {
    while (part_[op] != op) op = part_[op] = part_[part_[op]];
    return op;
  }

  /// A branch whose operators are in an order that is the same in all branches like it: first those of colours of their
  /// own.
  struct Branch {
    std::vector<Hash> colours = {};
    Operators operators = {};
    std::size_t fixed = 0;
  };

  /// Orders the alike branches of a part, then those within each of them.
  void look_into(const Operators& within) {
    const Split parts = split(within);
    std::map<std::vector<Hash>, std::vector<Branch>> alike;
    for (const Operators& operators : parts.branches) {
      if (operators.size() == within.size()) return;  // nothing tells them apart
      Branch branch = branch_of(operators);
      if (branch.fixed > 0) alike[branch.colours].push_back(std::move(branch));
    }
    for (auto& [colours, branches] : alike) order(branches);
    for (const Operators& operators : parts.branches) look_into(operators);
  }

  /// By an operator in the middle of one of them, and those that are in its place in the others.
  void order(std::vector<Branch>& branches) {
    const std::size_t place = middle_of(branches.front());
    for (Branch& branch : branches) std::swap(branch.operators.front(), branch.operators[place]);
    std::sort(branches.begin(), branches.end(),
              [](const Branch& a, const Branch& b) { return a.operators.front() < b.operators.front(); });
    for (std::size_t i = 0; i + 1 < branches.size(); ++i)
      if (exchange_.changes_nothing(branches[i].operators, branches[i + 1].operators))
        twins_.push_back({branches[i].operators, branches[i + 1].operators});
  }

  /// Where the middle one, in the network's order, of the operators with colours of their own is listed.
  [[nodiscard]] static std::size_t middle_of(const Branch& branch) {
    std::vector<std::size_t> places(branch.fixed);
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::sort(places.begin(), places.end(),
              [&](std::size_t a, std::size_t b) { return branch.operators[a] < branch.operators[b]; });
    return places[places.size() / 2];
  }

  [[nodiscard]] Branch branch_of(const Operators& within) {
    Branch branch;
    branch.fixed = split(within).fixed.size();
    list(within, branch.operators);
    for (const OpId op : branch.operators) branch.colours.push_back(colours_.of(op));
    return branch;
  }

  /// Operators by colour, those of branches after the fixed ones and branch by branch.
  void list(const Operators& within, Operators& to) {
    const Split parts = split(within);
    to.insert(to.end(), parts.fixed.begin(), parts.fixed.end());
    std::vector<std::pair<std::vector<Hash>, Operators>> branches;
    for (const Operators& operators : parts.branches) {
      Operators listed = operators;
      if (operators.size() < within.size()) {
        listed.clear();
        list(operators, listed);
      }
      std::vector<Hash> colours;
      for (const OpId op : listed) colours.push_back(colours_.of(op));
      branches.emplace_back(std::move(colours), std::move(listed));
    }
    std::sort(branches.begin(), branches.end());
    for (const auto& [colours, operators] : branches) to.insert(to.end(), operators.begin(), operators.end());
  }

  const CostTable& cost_;
  Colours colours_;
  Exchange exchange_;
  std::vector<TwinBranches> twins_;
  IndexVector<OpId, OpId> part_;
};

}  // namespace

std::vector<TwinBranches> twin_branches(const CostTable& cost) { return Twins(cost).run(); }

}  // namespace cleave
