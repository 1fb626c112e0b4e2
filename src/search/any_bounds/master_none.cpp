// Stands in for the master program when no linear programming is built in.
#include "search/any_bounds/master.hpp"

namespace cleave {

struct Master::Program {};

bool Master::available() { return false; }
Master::Master(const CostTable&, const IndexVector<OpId, double>&) {}
Master::~Master() = default;
void Master::add(const Configuration&) {}
MasterResult Master::solve(double) { return {}; }
void Master::raise() {}

}  // namespace cleave
