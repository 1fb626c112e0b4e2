#pragma once
/// What the pages with reports have in common: plans, clusters and numbers as their scripts read them.

#include <cleave/cluster.hpp>
#include <cleave/cost_table.hpp>
#include <cleave/explore.hpp>
#include <cleave/network.hpp>
#include <cleave/plan.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cleave {

class JsonWriter;

/// Six digits are more than a page can show, and half the size.
[[nodiscard]] double shown(double number);

/// Without the line breaks and indentation that JsonWriter adds.
[[nodiscard]] std::string compact(const std::string& json);

/// Positions of at most `fitting` (at least 2) of `count` things, evenly spread with both ends.
[[nodiscard]] std::vector<std::size_t> evenly_chosen(std::size_t count, std::size_t fitting);

/// Operators of a network, named once and referred to by number. Of a long name the end stays: beginnings are often
/// the same all over a network.
class OperatorNames {
 public:
  explicit OperatorNames(const Network& network) : network_(network) {}
  std::size_t number(OpId op);
  [[nodiscard]] const std::vector<std::string>& list() const { return list_; }

 private:
  const Network& network_;
  std::map<OpId, std::size_t> numbers_;
  std::vector<std::string> list_;
};

/// How much of what plans do a page has room for.
struct EventRoom {
  std::size_t batches = 1;  ///< of each plan the first ones
  std::size_t events = 0;  ///< of these as many, the earliest; at least one receive, compute and send a stage and batch
};

/// For plans of so many stages together, where a page has room for `most` events.
[[nodiscard]] EventRoom event_room(std::size_t plans, std::size_t stages, std::size_t most);

/// Fields of the object that is open: the figures of a plan, its stages, and the events of its first batches, six
/// numbers each: stage, replica, what (0 receive, 1 compute, 2 send), batch, start and end; `events_in_all` where there
/// is no room for all of them, as a plan whose data flows in a circle has some for each pass.
void write_plan(JsonWriter& json, const CostTable& cost, const Plan& plan, const Score& score, const EventRoom& room,
                OperatorNames& names);

/// Fields of the object that is open: bound, gap, proof, solver and weights.
void write_judgement(JsonWriter& json, const FrontierPoint& point);

void write_cluster(JsonWriter& json, const Cluster& cluster, const CostTable& cost);

/// Puts `text` where `page` says `place`.
void fill_in(std::string& page, std::string_view place, std::string_view text);

}  // namespace cleave
