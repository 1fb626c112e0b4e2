#pragma once
/// What the verbs that compute are asked for.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cleave::cli {

enum class EngineChoice {
  plan,       ///< of each stage: the one for its device and precision
  fp32,       ///< the CPU's fp32 kernels for all stages: bit for bit what the unsplit network computes
  opencl,     ///< the device that OpenCL finds, in fp32, for all stages
  reference,  ///< plain loops in double for all stages
};

struct RunRequest {
  std::string plan;
  std::size_t batches = 50;
  bool verify = false;
  bool random_weights = false;
  double rate_per_s = 0;  ///< of inferences that come at random; 0: all are there
  std::vector<double> percentiles;
  std::string trace;
  std::vector<std::string> inputs;
  std::vector<double> mean, deviation;  ///< of pictures, for all colours or by colour
  std::string output;
  std::size_t top_k = 0;
  double pace = 0;    ///< devices take their predicted time, times this; 0: as fast as this machine computes
  bool idle = false;  ///< engines compute nothing
  std::vector<std::string> faults;
  EngineChoice engine = EngineChoice::plan;
};

}  // namespace cleave::cli
