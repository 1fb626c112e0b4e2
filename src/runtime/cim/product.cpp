#include "runtime/cim/product.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace cleave::cim {
namespace {

/// What packed vectors may take at once, and how many: they are passed over once for each strip of cells, and their
/// results written, from and to near caches.
constexpr std::size_t kPanelBytes = 64 * 1024;
constexpr std::int64_t kLeastVectors = 64;  ///< however long they are: cells are read for each panel

/// Of a call.
constexpr std::size_t kReadings = 16;

std::size_t whole_lines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

/// From one packed vector to the next: an odd number of cache lines, so that the same units of many vectors fall into
/// different sets of the nearest cache.
std::size_t panel_stride(std::size_t vector_bytes) { return whole_lines(vector_bytes) | 64; }

/// Of `vectors`, so that all panels have about as many.
std::int64_t vectors_of_panel(std::int64_t vectors, std::size_t stride) {
  const auto fit = static_cast<std::int64_t>(kPanelBytes / stride);
  const std::int64_t most = std::clamp<std::int64_t>(fit, kLeastVectors, kMostVectors);
  const std::int64_t panels = std::max<std::int64_t>(1, (vectors + most - 1) / most);
  return std::max<std::int64_t>(1, (vectors + panels - 1) / panels);
}

/// What the converters see of one step and block: `whole` narrowed to them. The caller keeps `units`.
Reading partial(Reading whole, int step, std::size_t block, std::int32_t& units) {
  const std::int32_t first = block == 0 ? 0 : whole.block_ends[block - 1];
  units = whole.block_ends[block] - first;
  whole.inputs += step * whole.step_bytes + std::ptrdiff_t{first} * 4;
  whole.cells += std::ptrdiff_t{first} * kStrip * 4;
  whole.block_ends = {&units, 1};
  whole.steps = 1;
  whole.converter = {};
  return whole;
}

}  // namespace

InputCode input_code(float low, float high, int largest) {
  const double least = std::min(0.0, static_cast<double>(low)), most = std::max(0.0, static_cast<double>(high));
  const double step = most > least ? (most - least) / largest : 1;
  return {.step = static_cast<float>(step), .zero = static_cast<std::uint8_t>(std::lround(-least / step))};
}

Product::Product(const ProductShape& shape, const ProductWeights& weights, const Crossbar& crossbar,
                 const InputCode& code, const CellNoise& noise, const ReadKernels& kernels)
    : shape_(shape), layout_(layout_of(shape.patches)), kernels_(kernels), zero_(code.zero) {
  largest_input_ = static_cast<float>(crossbar.largest_input());
  input_scale_ = scale_of(code);
  const std::int64_t rows = shape.patches.rows();
  const auto blocks = row_blocks(rows, shape.unrolled ? shape.patches.group_channels : rows, crossbar);
  for (std::size_t group = 0; group < weights.groups.size(); ++group) {
    const PackedArray& array =
        arrays_.emplace_back(weights.groups[group], blocks, crossbar, CellNoise{noise.sigma, noise.seed + group});
    for (std::size_t column = 0; column < weights.groups[group].scales.size(); ++column) {
      const double scale = static_cast<double>(code.step) * static_cast<double>(weights.groups[group].scales[column]);
      const double bias = weights.bias.empty() ? 0 : static_cast<double>(weights.bias[scales_.size()]);
      offsets_.push_back(
          static_cast<float>(bias - scale * code.zero * static_cast<double>(array.column_sums()[column])));
      scales_.push_back(static_cast<float>(scale));
    }
  }
}

void Product::set_ranges(std::span<const double> ranges) {
  for (PackedArray& array : arrays_) array.set_ranges(ranges);
}

struct Product::Workspace {
  std::uint8_t* inputs = nullptr;
  std::uint8_t* rows = nullptr;
  std::byte* panel = nullptr;
  std::int32_t* sums = nullptr;
};

std::size_t Product::bordered_bytes() const {
  return has_whole_rows() ? 0 : whole_lines(input_bytes(layout_.elements));
}

std::size_t Product::scratch_bytes() const {
  const std::size_t stride = panel_stride(array().vector_bytes());
  const auto vectors = static_cast<std::size_t>(vectors_of_panel(shape_.patches.vectors(), stride));
  const std::size_t sums = static_cast<std::size_t>(array().slices()) * kMostVectors * kStrip * sizeof(std::int32_t);
  return bordered_bytes() + whole_lines(static_cast<std::size_t>(shape_.patches.rows()) + kBeyond) + sums +
         vectors * stride + kBeyond;
}

Product::Workspace Product::workspace(std::byte* scratch) const {
  Workspace work;
  work.inputs = reinterpret_cast<std::uint8_t*>(scratch);
  work.rows = work.inputs + bordered_bytes();
  work.sums = reinterpret_cast<std::int32_t*>(work.rows +
                                              whole_lines(static_cast<std::size_t>(shape_.patches.rows()) + kBeyond));
  work.panel = reinterpret_cast<std::byte*>(work.sums + array().slices() * kMostVectors * kStrip);
  return work;
}

/// All inputs with their border, which stands for zeros; null where those of each vector are made by themselves.
const std::uint8_t* Product::bordered_inputs(const Operands& operands, const Workspace& work) const {
  if (operands.inputs && !has_border()) return operands.inputs;
  if (has_whole_rows()) return nullptr;
  const Patches& patches = shape_.patches;
  const std::int64_t length = patches.source[2] * patches.channels, left = patches.pads[2] * patches.channels;
  const std::int64_t whole = layout_.bordered[2] * patches.channels;
  std::uint8_t* to = work.inputs;
  for (std::int64_t sample = 0; sample < patches.batch; ++sample)
    for (std::int64_t d = -patches.pads[0]; d < layout_.bordered[0] - patches.pads[0]; ++d)
      for (std::int64_t h = -patches.pads[1]; h < layout_.bordered[1] - patches.pads[1]; ++h) {
        if (d < 0 || d >= patches.source[0] || h < 0 || h >= patches.source[1]) {
          to = std::fill_n(to, whole, zero_);
          continue;
        }
        const std::int64_t from = ((sample * patches.source[0] + d) * patches.source[1] + h) * length;
        to = std::fill_n(to, left, zero_);
        if (operands.inputs)
          std::copy_n(operands.inputs + from, length, to);
        else
          kernels_.quantize({operands.source + from, static_cast<std::size_t>(length)}, input_scale_, to);
        to = std::fill_n(to + length, whole - left - length, zero_);
      }
  std::fill_n(to, kBeyond, std::uint8_t{0});
  return work.inputs;
}

void Product::pack(const float* source, const std::uint8_t* inputs, const Workspace& work, std::int64_t origin,
                   std::int64_t group, std::byte* to) const {
  const bool plain = array().takes_plain_inputs();
  const std::int64_t at = origin + group * shape_.patches.group_channels;
  std::uint8_t* const rows = plain ? reinterpret_cast<std::uint8_t*>(to) : work.rows;
  if (inputs)
    kernels_.gather({.from = inputs + at, .pieces = layout_.pieces, .length = layout_.piece_length, .to = rows});
  else
    kernels_.quantize({source + at, static_cast<std::size_t>(shape_.patches.rows())}, input_scale_, rows);
  if (!plain) arrays_[static_cast<std::size_t>(group)].pack(work.rows, to);
}

void Product::read_vectors(const Reading& inputs, const PackedArray& array, std::int64_t group, std::int64_t vector,
                           const Workspace& work, const Operands& operands) const {
  const std::int64_t all_columns = shape_.groups * shape_.group_columns;
  std::array<ReadingToEnd, kReadings> waiting;
  std::size_t count = 0;
  const auto read_waiting = [&] {
    if (count > 0) kernels_.read_finished({waiting.data(), std::exchange(count, 0)});
  };
  // Parts of about the same length: each passes over all cells of the strip, however short it is.
  const std::int64_t parts = (inputs.vectors + kernels_.vectors - 1) / kernels_.vectors;
  for (int strip = 0; strip < array.strips(); ++strip)
    for (std::int64_t part = 0; part < parts; ++part) {
      const std::int64_t done = part * inputs.vectors / parts;
      const auto vectors = static_cast<int>((part + 1) * inputs.vectors / parts - done);
      const auto reading_of = [&](int slice) {
        Reading reading = array.reading(strip, slice);
        reading.inputs = inputs.inputs + done * inputs.vector_bytes;
        reading.vector_bytes = inputs.vector_bytes;
        reading.vectors = vectors;
        reading.sums = work.sums + slice * kMostVectors * kStrip;
        return reading;
      };
      const std::int64_t column = group * shape_.group_columns + std::int64_t{strip} * kStrip;
      const std::int64_t at = (vector + done) * all_columns + column;
      const Finishing finishing{
          .sums = work.sums,
          .slice_steps = array.slice_steps(),
          .vectors = vectors,
          .columns = static_cast<int>(std::min<std::int64_t>(kStrip, array.columns() - strip * kStrip)),
          .scale = scales_.data() + column,
          .offset = offsets_.data() + column,
          .residual = operands.residual ? operands.residual + at : nullptr,
          .row_stride = all_columns,
          .low = low_,
          .high = high_,
          .result = operands.target ? operands.target + at : nullptr,
          .inputs = operands.next_inputs ? operands.next_inputs + at : nullptr,
          .input_scale = next_scale_};
      if (array.slices() == 1) {
        waiting[count++] = {reading_of(0), finishing};
        if (count == waiting.size()) read_waiting();
        continue;
      }
      for (int slice = 0; slice < array.slices(); ++slice) kernels_.read(reading_of(slice));
      kernels_.finish(finishing);
    }
  read_waiting();
}

void Product::run(const Operands& operands, std::byte* scratch) const {
  const Workspace work = workspace(scratch);
  const Patches& patches = shape_.patches;
  const std::uint8_t* all = bordered_inputs(operands, work);
  const bool in_place = all && reads_in_place();
  const std::size_t stride = panel_stride(array().vector_bytes());
  const std::int64_t panel = vectors_of_panel(patches.vectors(), stride);
  for (std::int64_t group = 0; group < shape_.groups; ++group) {
    const PackedArray& array = arrays_[static_cast<std::size_t>(group)];
    for (std::int64_t vector = 0; vector < patches.vectors(); vector += panel) {
      const std::int64_t count = std::min(panel, patches.vectors() - vector);
      Reading inputs{.inputs = work.panel,
                     .vector_bytes = static_cast<std::ptrdiff_t>(stride),
                     .vectors = static_cast<int>(count)};
      PatchCursor cursor(patches, layout_, vector);
      if (in_place) {
        inputs.inputs = reinterpret_cast<const std::byte*>(all + cursor.origin() + group * patches.group_channels);
        inputs.vector_bytes = patches.channels;
      }
      for (std::int64_t i = 0; i < count && !in_place; ++i, cursor.advance())
        pack(operands.source, all, work, cursor.origin(), group, work.panel + i * inputs.vector_bytes);
      read_vectors(inputs, array, group, vector, work, operands);
    }
  }
}

void Product::observe(const float* source, std::int64_t most, std::byte* scratch, const See& see) const {
  const Workspace work = workspace(scratch);
  const std::uint8_t* all = bordered_inputs({.source = source}, work);
  const std::int64_t vectors = shape_.patches.vectors(), seen = std::min(most, vectors);
  for (std::int64_t group = 0; group < shape_.groups; ++group) {
    const PackedArray& array = arrays_[static_cast<std::size_t>(group)];
    for (std::int64_t i = 0; i < seen; ++i) {
      pack(source, all, work, PatchCursor(shape_.patches, layout_, i * vectors / seen).origin(), group, work.panel);
      for (int strip = 0; strip < array.strips(); ++strip)
        for (int slice = 0; slice < array.slices(); ++slice) {
          const auto columns =
              static_cast<std::size_t>(std::min<std::int64_t>(kStrip, array.columns() - strip * kStrip));
          Reading whole = array.reading(strip, slice);
          whole.inputs = work.panel;
          whole.sums = work.sums;
          for (int step = 0; step < array.steps(); ++step)
            for (std::size_t block = 0; block < whole.block_ends.size(); ++block) {
              std::int32_t units = 0;
              kernels_.read(partial(whole, step, block, units));
              see(slice, step, {work.sums, columns});
            }
        }
    }
  }
}

}  // namespace cleave::cim
