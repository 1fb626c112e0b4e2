// Stands in for the integer program when no solver is built in.
#include "search/ilp/free_program.hpp"

namespace cleave {

FreeProgramResult solve_free_program(const CostTable&, const FreeProgramOptions&) { return {}; }

}  // namespace cleave
