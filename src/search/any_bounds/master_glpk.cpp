#include "search/any_bounds/master.hpp"

#include "search/glpk_environment.hpp"

#include <glpk.h>

namespace cleave {
struct Master::Program {
  glp_prob* lp = glp_create_prob();
  int operators = 0;
  int classes = 0;
  int first = 0;  ///< column of the first stage
  bool started = false;
  std::vector<double> fits_s;  ///< by stage

  Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() { glp_delete_prob(lp); }

  void add_column(double price, const std::vector<int>& rows, const std::vector<double>& values) const {
    const int column = glp_add_cols(lp, 1);
    glp_set_col_bnds(lp, column, GLP_LO, 0, 0);
    glp_set_obj_coef(lp, column, price);
    glp_set_mat_col(lp, column, static_cast<int>(rows.size()) - 1, rows.data(), values.data());
  }

  [[nodiscard]] bool optimise() {
    glp_smcp how;
    glp_init_smcp(&how);
    how.msg_lev = GLP_MSG_OFF;
    how.it_lim = 20'000;
    if (!started) glp_adv_basis(lp, 0);
    started = true;
    if (glp_simplex(lp, &how) != 0) {
      glp_std_basis(lp);  // the last basis was of no use
      if (glp_simplex(lp, &how) != 0) return false;
    }
    return glp_get_status(lp) == GLP_OPT;
  }
};

bool Master::available() { return true; }

Master::Master(const CostTable& cost, const IndexVector<OpId, double>& worth) {
  enter_glpk();
  program_ = std::make_unique<Program>();
  program_->operators = static_cast<int>(cost.operator_count());
  program_->classes = static_cast<int>(cost.classes.size());
  glp_add_rows(program_->lp, program_->operators + program_->classes);
  for (int row = 1; row <= program_->operators; ++row) {
    glp_set_row_bnds(program_->lp, row, GLP_FX, 1, 1);
    // Worth something even where it costs nothing: it may have to be near something that does.
    const double price = 1.5 * worth[OpId(static_cast<std::size_t>(row - 1))] + 0.5 / program_->operators;
    for (const double sign : {1.0, -1.0}) program_->add_column(price, {0, row}, {0, sign});
  }
  std::vector<int> rows{0};
  std::vector<double> counts{0};
  for (const ClassId device : cost.classes.ids()) {
    rows.push_back(program_->operators + 1 + static_cast<int>(device.at()));
    counts.push_back(-cost.classes[device].count);
    glp_set_row_bnds(program_->lp, rows.back(), GLP_UP, 0, 0);
  }
  program_->add_column(1, rows, counts);
  program_->first = glp_get_num_cols(program_->lp) + 1;
}

Master::~Master() = default;

void Master::add(const Configuration& configuration) {
  std::vector<int> rows{0, program_->operators + 1 + static_cast<int>(configuration.device_class.at())};
  std::vector<double> values{0, static_cast<double>(configuration.replicas)};
  for (const OpId op : configuration.operators) {
    rows.push_back(static_cast<int>(op.at()) + 1);
    values.push_back(1);
  }
  program_->add_column(0, rows, values);
  program_->fits_s.push_back(configuration.time_s / configuration.replicas);
}

MasterResult Master::solve(double period_s) {
  glp_prob* const lp = program_->lp;
  for (std::size_t i = 0; i < program_->fits_s.size(); ++i) {
    const int column = program_->first + static_cast<int>(i);
    glp_set_col_bnds(lp, column, program_->fits_s[i] <= period_s * (1 + 1e-12) ? GLP_LO : GLP_FX, 0, 0);
  }
  MasterResult result{.solved = program_->optimise(), .share = glp_get_obj_val(lp), .whole = true};
  for (int column = 1; column <= 2 * program_->operators; ++column) result.whole &= glp_get_col_prim(lp, column) < 1e-9;
  for (int row = 1; row <= program_->operators; ++row) result.profit.push_back(glp_get_row_dual(lp, row));
  for (int c = 1; c <= program_->classes; ++c) result.value.push_back(-glp_get_row_dual(lp, program_->operators + c));
  return result;
}

void Master::raise() {
  for (int column = 1; column <= 2 * program_->operators; ++column)
    glp_set_obj_coef(program_->lp, column, 2 * glp_get_obj_coef(program_->lp, column));
}

}  // namespace cleave
