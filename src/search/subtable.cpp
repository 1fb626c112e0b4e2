#include "search/subtable.hpp"

#include <utility>

namespace cleave {
namespace {

template <class Row, class Column>
Table<Row, Column, double> columns_of(const Table<Row, Column, double>& table, std::size_t rows,
                                      const std::vector<Column>& columns) {
  Table<Row, Column, double> kept(rows, columns.size());
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t i = 0; i < columns.size(); ++i) kept(Row(row), Column(i)) = table(Row(row), columns[i]);
  return kept;
}

LinkCost links_between(const LinkCost& links, const std::vector<ClassId>& classes) {
  const auto among = [&](const Table<ClassId, ClassId, double>& table) {
    Table<ClassId, ClassId, double> kept(classes.size(), classes.size());
    for (std::size_t i = 0; i < classes.size(); ++i)
      for (std::size_t j = 0; j < classes.size(); ++j) kept(ClassId(i), ClassId(j)) = table(classes[i], classes[j]);
    return kept;
  };
  LinkCost part{.ports = links.ports,
                .latency_s = among(links.latency_s),
                .s_per_byte = among(links.s_per_byte),
                .j_per_byte = among(links.j_per_byte),
                .shared = links.shared};
  for (SharedLinkCost& link : part.shared) {
    const IndexVector<ClassId, char> member = std::exchange(link.member, {});
    for (const ClassId device : classes) link.member.push_back(member[device]);
  }
  return part;
}

}  // namespace

Plan Subtable::in_whole(Plan plan) const {
  for (Stage& stage : plan.stages) stage.mode = modes[stage.mode.at()];
  return plan;
}

Subtable subtable_of(const CostTable& whole, const IndexVector<ClassId, int>& counts) {
  Subtable part;
  std::vector<ClassId> classes;
  IndexVector<ClassId, ClassId> place(whole.classes.size());
  for (const ClassId device : whole.classes.ids()) {
    if (counts[device] == 0) continue;
    classes.push_back(device);
    place[device] = part.cost.classes.push_back(whole.classes[device]);
    part.cost.classes[place[device]].count = counts[device];
  }
  for (const ModeId mode : whole.modes.ids()) {
    const ClassId device = whole.modes[mode].device_class;
    if (counts[device] == 0) continue;
    part.modes.push_back(mode);
    part.cost.modes[part.cost.modes.push_back(whole.modes[mode])].device_class = place[device];
  }
  const std::size_t operators = whole.operator_count();
  const std::size_t tensors = whole.tensors.size();
  part.cost.batch = whole.batch;
  part.cost.inputs = whole.inputs;
  part.cost.outputs = whole.outputs;
  part.cost.tensors = whole.tensors;
  part.cost.compute_s = columns_of(whole.compute_s, operators, part.modes);
  part.cost.compute_j = columns_of(whole.compute_j, operators, part.modes);
  part.cost.weight_bytes = columns_of(whole.weight_bytes, operators, part.modes);
  part.cost.live_bytes = columns_of(whole.live_bytes, operators, part.modes);
  part.cost.transfer_s = columns_of(whole.transfer_s, tensors, part.modes);
  part.cost.transfer_j = columns_of(whole.transfer_j, tensors, part.modes);
  part.cost.transfer_bytes = columns_of(whole.transfer_bytes, tensors, part.modes);
  part.cost.idle_links = whole.idle_links;
  if (whole.links) part.cost.links = links_between(*whole.links, classes);
  return part;
}

}  // namespace cleave
