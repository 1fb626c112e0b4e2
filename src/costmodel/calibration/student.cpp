#include "costmodel/calibration/student.hpp"

namespace cleave {

double student_95(double freedom) {
  constexpr double z = kNormal95, z2 = z * z;
  constexpr double first = z * (z2 + 1) / 4;
  constexpr double second = z * ((5 * z2 + 16) * z2 + 3) / 96;
  constexpr double third = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
  constexpr double fourth = z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160;
  const double part = 1 / freedom;
  return z + (((fourth * part + third) * part + second) * part + first) * part;
}

}  // namespace cleave
