// The fractional assignment program, by GLPK (GPL-3).
// Idle energy: a powered device draws idle_w for P, and its load is at most P.
#include "search/lower_envelope.hpp"

#include "search/glpk_environment.hpp"

#include <glpk.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace cleave {
namespace {

using Program = std::unique_ptr<glp_prob, decltype(&glp_delete_prob)>;

struct Row {
  std::vector<int> columns{0};  // GLPK counts from 1
  std::vector<double> values{0};
  void add(int column, double value) {
    columns.push_back(column);
    values.push_back(value);
  }
};

void set_row(glp_prob* program, int index, const Row& row) {
  glp_set_mat_row(program, index, static_cast<int>(row.columns.size()) - 1, row.columns.data(), row.values.data());
}

/// Rows 1..operators: each is placed; then one per class: its load.
Program build(const CostTable& cost) {
  Program program(glp_create_prob(), &glp_delete_prob);
  const int operators = static_cast<int>(cost.operator_count());
  const int classes = static_cast<int>(cost.classes.size());
  glp_add_rows(program.get(), operators + classes);
  std::vector<Row> load(cost.classes.size());
  for (const OpId op : cost.inputs.ids()) {
    Row placed;
    for (const ModeId mode : cost.modes.ids()) {
      const double seconds = cost.compute_s(op, mode);
      if (!std::isfinite(seconds)) continue;
      const ClassId device = cost.modes[mode].device_class;
      const int column = glp_add_cols(program.get(), 1);
      glp_set_col_bnds(program.get(), column, GLP_LO, 0, 0);
      glp_set_obj_coef(program.get(), column, cost.compute_j(op, mode) + cost.classes[device].idle_w * seconds);
      placed.add(column, 1);
      if (seconds > 0) load[device.at()].add(column, seconds);
    }
    const int row = static_cast<int>(op.at()) + 1;
    set_row(program.get(), row, placed);
    glp_set_row_bnds(program.get(), row, GLP_FX, 1, 1);
  }
  for (int c = 0; c < classes; ++c) set_row(program.get(), operators + 1 + c, load[static_cast<std::size_t>(c)]);
  return program;
}

void limit_loads(glp_prob* program, const CostTable& cost, double period_s) {
  for (const ClassId device : cost.classes.ids())
    glp_set_row_bnds(program, static_cast<int>(cost.operator_count() + device.at()) + 1, GLP_UP, 0,
                     period_s * cost.classes[device].count);
}

/// From the last basis, as only right-hand sides change from one period to the next, by the dual simplex method. Where
/// that goes round in circles, or the basis is of no use after it did, by the primal one.
bool optimise(glp_prob* program) {
  glp_smcp how;
  glp_init_smcp(&how);
  how.msg_lev = GLP_MSG_OFF;
  how.it_lim = 5 * (glp_get_num_rows(program) + glp_get_num_cols(program));
  how.meth = GLP_DUALP;
  if (glp_simplex(program, &how) != 0) {
    glp_adv_basis(program, 0);
    how.meth = GLP_PRIMAL;
    if (glp_simplex(program, &how) != 0) return false;
  }
  return glp_get_status(program) == GLP_OPT;
}

}  // namespace

std::vector<IndexVector<ClassId, double>> load_prices_w(const CostTable& cost, const std::vector<double>& periods_s) {
  enter_glpk();
  const Program program = build(cost);
  glp_scale_prob(program.get(), GLP_SF_AUTO);
  glp_adv_basis(program.get(), 0);
  std::vector<IndexVector<ClassId, double>> prices;
  for (const double period_s : periods_s) {
    limit_loads(program.get(), cost, period_s);
    const bool solved = optimise(program.get());
    IndexVector<ClassId, double> price_w(cost.classes.size(), 0.0);
    for (const ClassId device : cost.classes.ids()) {
      const int row = static_cast<int>(cost.operator_count() + device.at()) + 1;
      if (solved) price_w[device] = std::max(0.0, -glp_get_row_dual(program.get(), row));
    }
    prices.push_back(std::move(price_w));
  }
  return prices;
}

}  // namespace cleave
