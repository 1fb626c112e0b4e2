// The linear program of the next prices, by GLPK (GPL-3). Few columns and few rows: it is built anew each time.
#include "search/labels/price_master.hpp"

#include "search/glpk_environment.hpp"

#include <glpk.h>

#include <algorithm>
#include <memory>

namespace cleave::labels {
namespace {

class Program {
 public:
  Program() {
    enter_glpk();
    glp_set_obj_dir(lp_.get(), GLP_MAX);
  }
  int column(int kind, double lo, double hi, double worth) {
    const int added = glp_add_cols(lp_.get(), 1);
    glp_set_col_bnds(lp_.get(), added, kind, lo, hi);
    glp_set_obj_coef(lp_.get(), added, worth);
    return added;
  }
  void term(int column, double value) {
    columns_.push_back(column);
    values_.push_back(value);
  }
  /// The terms since the last row are at most this.
  int row(double most) {
    const int added = glp_add_rows(lp_.get(), 1);
    glp_set_mat_row(lp_.get(), added, static_cast<int>(columns_.size()) - 1, columns_.data(), values_.data());
    glp_set_row_bnds(lp_.get(), added, GLP_UP, 0, most);
    columns_.assign(1, 0);
    values_.assign(1, 0);
    return added;
  }
  [[nodiscard]] bool solve() {
    glp_smcp how;
    glp_init_smcp(&how);
    how.msg_lev = GLP_MSG_OFF;
    how.it_lim = 2000;  // a few rows: more is a circle
    glp_scale_prob(lp_.get(), GLP_SF_AUTO);
    return glp_simplex(lp_.get(), &how) == 0 && glp_get_status(lp_.get()) == GLP_OPT;
  }
  [[nodiscard]] double value() const { return glp_get_obj_val(lp_.get()); }
  [[nodiscard]] double at(int column) const { return glp_get_col_prim(lp_.get(), column); }
  [[nodiscard]] double dual(int row) const { return glp_get_row_dual(lp_.get(), row); }

 private:
  std::unique_ptr<glp_prob, decltype(&glp_delete_prob)> lp_{glp_create_prob(), &glp_delete_prob};
  std::vector<int> columns_{0};  // GLPK counts from 1
  std::vector<double> values_{0};
};

}  // namespace

std::optional<PriceStep> next_prices(const CostTable& cost, const std::vector<Resource>& resources,
                                     const std::vector<Labelling>& labellings, const CountBox& box, double period_s,
                                     const std::vector<double>& lo, const std::vector<double>& hi) {
  Program program;
  std::vector<int> price;
  for (std::size_t r = 0; r < resources.size(); ++r)
    price.push_back(program.column(lo[r] < hi[r] ? GLP_DB : GLP_FX, lo[r], hi[r], 0));
  const int relaxed = program.column(GLP_FR, 0, 0, 1);
  const int idle = program.column(GLP_UP, 0, 0, period_s);
  std::vector<int> least;  // of k_c surplus_c
  for (const ClassId device : cost.classes.ids()) {
    least.push_back(program.column(GLP_FR, 0, 0, 0));
    for (const int count : {box.lo[device.at()], box.hi[device.at()]}) {
      program.term(least.back(), 1);
      for (std::size_t r = 0; r < resources.size(); ++r)
        if (resources[r].device == device) program.term(price[r], count);
      program.row(count * cost.classes[device].idle_w);
    }
  }
  program.term(idle, 1);
  for (const int column : least) program.term(column, -1);
  program.row(0);
  std::vector<int> rows;
  for (const Labelling& labels : labellings) {
    program.term(relaxed, 1);
    for (std::size_t r = 0; r < resources.size(); ++r) program.term(price[r], -labels.load_s[r]);
    rows.push_back(program.row(labels.dynamic_j));
  }
  if (!program.solve()) return std::nullopt;
  PriceStep step{.price_w = {}, .promise_j = program.value(), .confined = false, .weight = {}, .devices = {}};
  for (std::size_t r = 0; r < resources.size(); ++r) {
    step.price_w.push_back(std::max(0.0, program.at(price[r])));
    const double room = 1e-6 * (hi[r] - lo[r]);
    step.confined |= hi[r] > lo[r] && (step.price_w[r] > hi[r] - room || (lo[r] > 0 && step.price_w[r] < lo[r] + room));
  }
  for (const int row : rows) step.weight.push_back(std::max(0.0, program.dual(row)));
  step.devices.assign(cost.classes.size(), 0);
  for (std::size_t r = 0; r < resources.size(); ++r) {
    double load_s = 0;
    for (std::size_t i = 0; i < labellings.size(); ++i) load_s += step.weight[i] * labellings[i].load_s[r];
    double& devices = step.devices[resources[r].device.at()];
    devices = std::max(devices, load_s / period_s);
  }
  return step;
}

}  // namespace cleave::labels
