#include "runtime/opencl/sources.hpp"

namespace cleave::opencl {

// The numbers of the kinds are those of FunctionKind in pointwise.hpp.
const char* const kFunctionSource = R"cl(
float function_of(int kind, float alpha, float beta, float x) {
  switch (kind) {
    case 0: return x;
    case 1: return x > 0 ? x : alpha * x;
    case 2: return fmin(fmax(x, alpha), beta);
    case 3: return 1 / (1 + exp(-x));
    case 4: return tanh(x);
    case 5: return x > 0 ? x : alpha * expm1(x);
    case 6: return exp(x);
    case 7: return log(x);
    case 8: return sqrt(x);
    case 9: return x * x;
    case 10: return fabs(x);
    case 11: return fmax(x, 0.0f) + log1p(exp(-fabs(x)));
    case 12: return x * fmin(fmax(x / 6 + 0.5f, 0.0f), 1.0f);
    case 13: return x * 0.5f * (1 + erf(x * M_SQRT1_2_F));
    case 14: return x * 0.5f * (1 + tanh(0.7978845608f * (x + 0.044715f * x * x * x)));
    case 15: return x / (1 + exp(-alpha * x));
    case 16: return -x;
    case 17: return 1 / x;
    case 18: return erf(x);
    case 19: return floor(x);
    case 20: return ceil(x);
    case 21: return rint(x);
    case 22: return fmin(fmax(alpha * x + beta, 0.0f), 1.0f);
    case 23: return x / (1 + fabs(x));
    case 24: return sin(x);
    case 25: return cos(x);
  }
  return NAN;
}
)cl";

}  // namespace cleave::opencl
