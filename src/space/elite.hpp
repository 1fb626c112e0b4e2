#pragma once
/// Groups of points that none before them was better than in everything.

#include <cleave/cost_table.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cleave {

class Elite {
 public:
  /// The name of one that is no worse than `cost` in anything, per inference; with `same_batch` one of its batch.
  [[nodiscard]] std::optional<std::string> better_than(std::size_t model, const CostTable& cost, bool same_batch) const;
  /// Those that it is no worse than go; so does the oldest where there are too many.
  void add(std::size_t model, const CostTable& cost, const std::string& name, bool same_batch);

 private:
  struct Member {
    std::size_t model = 0;
    CostTable cost;
    std::string name;
  };
  std::vector<Member> members_;
};

}  // namespace cleave
