/// What emulating a crossbar costs beside exact 8-bit arithmetic: convolutions of ResNet-50 on one thread, in
/// milliseconds, against oneDNN's int8 convolution of the same shape. Both read 8-bit inputs, as they come from another
/// product, and write floats; "floats" are quantised first. Goal: 128 rows, whole inputs at once and an 8-bit converter
/// take at most 1.6 times as long as oneDNN.
///   bench_cim [--all]     --all: bit-serial designs too, 4 and 40 times as slow

#include "runtime/cim/product.hpp"

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <oneapi/dnnl/dnnl.hpp>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace cleave;
using namespace cleave::cim;
using Floats = std::vector<float, CacheAligned<float>>;

struct Layer {
  const char* name;
  std::int64_t in, size, kernel, stride, out;
  int count;  ///< in the network

  [[nodiscard]] std::int64_t out_size() const { return (size - 1) / stride + 1; }
  [[nodiscard]] double macs() const { return double(out_size() * out_size() * out * in * kernel * kernel); }
};

constexpr Layer kLayers[] = {
    {"3x224 7x7/2 64", 3, 224, 7, 2, 64, 1},     {"64x56 1x1 64", 64, 56, 1, 1, 64, 1},
    {"64x56 3x3 64", 64, 56, 3, 1, 64, 3},       {"64x56 1x1 256", 64, 56, 1, 1, 256, 4},
    {"256x56 1x1 64", 256, 56, 1, 1, 64, 2},     {"256x56 1x1 128", 256, 56, 1, 1, 128, 1},
    {"128x56 3x3/2 128", 128, 56, 3, 2, 128, 1}, {"256x56 1x1/2 512", 256, 56, 1, 2, 512, 1},
    {"128x28 3x3 128", 128, 28, 3, 1, 128, 3},   {"128x28 1x1 512", 128, 28, 1, 1, 512, 4},
    {"512x28 1x1 128", 512, 28, 1, 1, 128, 3},   {"512x28 1x1 256", 512, 28, 1, 1, 256, 1},
    {"256x28 3x3/2 256", 256, 28, 3, 2, 256, 1}, {"512x28 1x1/2 1024", 512, 28, 1, 2, 1024, 1},
    {"256x14 3x3 256", 256, 14, 3, 1, 256, 5},   {"256x14 1x1 1024", 256, 14, 1, 1, 1024, 6},
    {"1024x14 1x1 256", 1024, 14, 1, 1, 256, 5}, {"1024x14 1x1 512", 1024, 14, 1, 1, 512, 1},
    {"512x14 3x3/2 512", 512, 14, 3, 2, 512, 1}, {"1024x14 1x1/2 2048", 1024, 14, 1, 2, 2048, 1},
    {"512x7 3x3 512", 512, 7, 3, 1, 512, 2},     {"512x7 1x1 2048", 512, 7, 1, 1, 2048, 3},
    {"2048x7 1x1 512", 2048, 7, 1, 1, 512, 2}};

struct Problem {
  ProductShape shape;
  ProductWeights weights;
  Floats source;  ///< whole numbers from 0 to 255
};

Problem problem_of(const Layer& layer) {
  Problem problem;
  Patches& patches = problem.shape.patches;
  patches.channels = patches.group_channels = layer.in;
  patches.source = {1, layer.size, layer.size};
  patches.target = {1, layer.out_size(), layer.out_size()};
  patches.kernel = {1, layer.kernel, layer.kernel};
  patches.strides = {1, layer.stride, layer.stride};
  patches.pads = {0, (layer.kernel - 1) / 2, (layer.kernel - 1) / 2};
  problem.shape.group_columns = layer.out;
  std::mt19937 random(1);
  std::uniform_int_distribution<int> weight(-127, 127), input(0, 255);
  QuantizedWeights& group = problem.weights.groups.emplace_back();
  group.rows = patches.rows();
  group.columns = layer.out;
  for (std::int64_t i = 0; i < group.rows * group.columns; ++i)
    group.values.push_back(static_cast<std::int8_t>(weight(random)));
  group.scales.assign(static_cast<std::size_t>(layer.out), 1.0F);
  for (std::int64_t i = 0; i < patches.source_elements(); ++i)
    problem.source.push_back(static_cast<float>(input(random)));
  return problem;
}

/// The same convolution by oneDNN: unsigned times signed bytes, channels last, float results.
class Exact {
 public:
  Exact(const Layer& layer, const Problem& problem)
      : result_(std::size_t(layer.out_size() * layer.out_size() * layer.out)) {
    using namespace dnnl;
    const auto plain = memory::desc({layer.out, layer.in, layer.kernel, layer.kernel}, memory::data_type::s8,
                                    memory::format_tag::hwio);
    const auto any = memory::desc(plain.dims(), memory::data_type::s8, memory::format_tag::any);
    const memory::desc from({1, layer.in, layer.size, layer.size}, memory::data_type::u8, memory::format_tag::nhwc);
    const memory::desc to({1, layer.out, layer.out_size(), layer.out_size()}, memory::data_type::f32,
                          memory::format_tag::nhwc);
    const std::int64_t pad = (layer.kernel - 1) / 2;
    const std::int64_t end = (layer.out_size() - 1) * layer.stride + layer.kernel - layer.size - pad;
    primitive_attr attributes;
    attributes.set_output_scales(2, std::vector<float>(std::size_t(layer.out), 1.0F));
    const memory::desc bias({layer.out}, memory::data_type::f32, memory::format_tag::a);
    const convolution_forward::primitive_desc plan({prop_kind::forward_inference,
                                                    algorithm::convolution_direct,
                                                    from,
                                                    any,
                                                    bias,
                                                    to,
                                                    {layer.stride, layer.stride},
                                                    {pad, pad},
                                                    {std::max<std::int64_t>(0, end), std::max<std::int64_t>(0, end)}},
                                                   attributes, engine_);
    memory zeros(bias, engine_);
    std::memset(zeros.get_data_handle(), 0, bias.get_size());
    std::vector<std::int8_t> values = problem.weights.groups[0].values;
    memory source_weights(plain, engine_, values.data());
    memory packed(plan.weights_desc(), engine_);
    reorder(source_weights, packed).execute(stream_, source_weights, packed);
    for (const float x : problem.source) source_.push_back(static_cast<std::uint8_t>(x));
    arguments_ = {{DNNL_ARG_SRC, memory(from, engine_, source_.data())},
                  {DNNL_ARG_WEIGHTS, packed},
                  {DNNL_ARG_BIAS, zeros},
                  {DNNL_ARG_DST, memory(to, engine_, result_.data())}};
    primitive_ = convolution_forward(plan);
  }
  void run() { primitive_.execute(stream_, arguments_); }
  [[nodiscard]] const Floats& result() const { return result_; }

 private:
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::vector<std::uint8_t, CacheAligned<std::uint8_t>> source_;
  Floats result_;
  std::unordered_map<int, dnnl::memory> arguments_;
  dnnl::primitive primitive_;
};

class Emulated {
 public:
  Emulated(const Problem& problem, const Crossbar& crossbar, const ReadKernels& kernels, bool floats)
      : source_(problem.source),
        inputs_(problem.source.begin(), problem.source.end()),
        floats_(floats),
        product_(problem.shape, problem.weights, crossbar, {.step = 1, .zero = 0}, {}, kernels),
        result_(static_cast<std::size_t>(problem.shape.patches.vectors() * problem.shape.group_columns)),
        scratch_(product_.scratch_bytes()) {
    // A sixteenth of the full range: what partial sums of networks fill.
    std::vector<double> ranges;
    for (int slice = 0; slice < product_.array().slices(); ++slice)
      ranges.push_back(static_cast<double>(product_.array().largest_sum(slice)) / 16);
    product_.set_ranges(ranges);
    inputs_.resize(Product::input_bytes(static_cast<std::int64_t>(inputs_.size())));
  }
  void run() {
    product_.run({.source = source_.data(), .inputs = floats_ ? nullptr : inputs_.data(), .target = result_.data()},
                 scratch_.data());
  }
  [[nodiscard]] const Floats& result() const { return result_; }

 private:
  const Floats& source_;
  std::vector<std::uint8_t, CacheAligned<std::uint8_t>> inputs_;
  bool floats_;
  Product product_;
  Floats result_;
  Bytes scratch_;
};

template <class Work>
double seconds_of(Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work.run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + std::ptrdiff_t(values.size() / 2), values.end());
  return values[values.size() / 2];
}

struct Design {
  const char* name;
  Crossbar crossbar;
  bool floats = false;
};

bool same(const Floats& a, const Floats& b) { return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0; }

}  // namespace

int main(int argc, char** argv) {
  omp_set_num_threads(1);
  const bool all = argc > 1 && std::string(argv[1]) == "--all";
  const Crossbar exact{.array_rows = 1 << 20, .rows_active = 1 << 20, .adc_bits = 32};
  std::vector<Design> designs{{"no converter", exact}, {"8b DAC 8b ADC", {}}, {"the same, floats", {}, true}};
  if (all) {
    designs.push_back({"4b DAC 4b cell", {.cell_bits = 4, .dac_bits = 4}});
    designs.push_back({"1b DAC 2b cell", {.cell_bits = 2, .dac_bits = 1, .adc_bits = 5}});
  }
  std::printf("%-20s %9s", "convolution", "oneDNN ms");
  for (const Design& design : designs) std::printf(" %16s", design.name);
  std::printf("\n");
  std::vector<double> totals(designs.size() + 1, 0);
  for (const Layer& layer : kLayers) {
    const Problem problem = problem_of(layer);
    Exact oracle(layer, problem);
    std::vector<Emulated> emulated;
    emulated.reserve(designs.size());
    for (const Design& design : designs) {
      emulated.emplace_back(problem, design.crossbar, best_kernels(), design.floats).run();
      Emulated portable(problem, design.crossbar, portable_kernels(), true);
      if (!all || layer.macs() < 4e7) {
        portable.run();
        if (!same(portable.result(), emulated.back().result()))
          return std::printf("%s: kernels differ\n", design.name), 1;
      }
    }
    oracle.run();
    if (!same(oracle.result(), emulated[0].result())) return std::printf("%s: not exact\n", layer.name), 1;
    std::vector<std::vector<double>> times(designs.size() + 1);
    // Some in a row, so that each finds its own tensors where it left them, and in turns, as machines change.
    const int rounds = all ? 1 : 5;
    for (int round = 0; round < rounds; ++round) {
      for (int i = 0; i < 5; ++i) times[0].push_back(seconds_of(oracle));
      for (std::size_t d = 0; d < designs.size(); ++d)
        for (int i = 0; i < 5; ++i) times[d + 1].push_back(seconds_of(emulated[d]));
    }
    std::printf("%-20s %9.3f", layer.name, 1e3 * median(times[0]));
    for (std::size_t i = 0; i < times.size(); ++i) {
      totals[i] += layer.count * median(times[i]);
      if (i > 0) std::printf(" %7.3f (%5.2fx)", 1e3 * median(times[i]), median(times[i]) / median(times[0]));
    }
    std::printf("\n");
  }
  std::printf("%-20s %9.3f", "ResNet-50, all", 1e3 * totals[0]);
  for (std::size_t i = 1; i < totals.size(); ++i)
    std::printf(" %7.2f (%5.2fx)", 1e3 * totals[i], totals[i] / totals[0]);
  std::printf("\n");
  return 0;
}
