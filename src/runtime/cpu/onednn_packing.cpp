#include "base/large_pages.hpp"
#include "runtime/cpu/onednn_call.hpp"

#include <algorithm>

namespace cleave::cpu::onednn {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 22;
constexpr dnnl::memory::dim kBlock = 64;  ///< oneDNN's layouts have no more in one block, along any dimension

/// Whether parts of it can be named: oneDNN's plain and blocked orders, without what it adds for corrections.
bool has_parts(const dnnl::memory::desc& layout) {
  return layout.data.format_kind == dnnl_blocked && layout.data.extra.flags == dnnl_memory_extra_flag_none;
}

Strides strides_of_plain(const dnnl::memory::desc& layout) {
  const auto* strides = layout.data.format_desc.blocking.strides;
  return {strides, strides + layout.data.ndims};
}

/// Its scratchpad, as large as the target where that is transformed, lives no longer: oneDNN would keep its own.
void reorder(const Library::Handles& handles, const dnnl::memory& source, const dnnl::memory& target) {
  const dnnl::reorder::primitive_desc plan(source, target, user_scratchpad());
  Bytes scratch(plan.scratchpad_desc().get_size());
  dnnl::stream stream = handles.stream;
  dnnl::reorder(plan).execute(stream,
                              {{DNNL_ARG_FROM, source},
                               {DNNL_ARG_TO, target},
                               {DNNL_ARG_SCRATCHPAD, {plan.scratchpad_desc(), handles.engine, scratch.data()}}});
  stream.wait();
}

void pack_by_pieces(const Library::Handles& handles, const Parameter& parameter, std::byte* target) {
  const Shape shape = parameter.plain.dims();
  const Strides strides = strides_of_plain(parameter.plain);
  // Pieces along the dimension whose elements lie farthest apart are contiguous.
  const auto axis = static_cast<std::size_t>(std::ranges::max_element(strides) - strides.begin());
  const dnnl::memory::dim length = shape[axis];
  const std::size_t slice_bytes = parameter.plain.get_size() / static_cast<std::size_t>(length);
  const auto whole_blocks = static_cast<dnnl::memory::dim>(kPieceBytes / slice_bytes) / kBlock * kBlock;
  const dnnl::memory::dim step = std::max(kBlock, whole_blocks);
  for (dnnl::memory::dim first = 0; first < length; first += step) {
    Shape piece = shape, offset(shape.size(), 0);
    piece[axis] = std::min(step, length - first);
    offset[axis] = first;
    auto* const data = static_cast<std::byte*>(parameter.lost) + static_cast<std::size_t>(first) * slice_bytes;
    const dnnl::memory::desc layout(piece, parameter.plain.data_type(), strides);
    reorder(handles, {layout, handles.engine, data},
            {parameter.wanted.submemory_desc(piece, offset), handles.engine, target});
    give_back_pages(data, static_cast<std::size_t>(piece[axis]) * slice_bytes);
  }
}

}  // namespace

dnnl::memory packed(const Library& library, const Parameter& parameter) {
  const Library::Handles& handles = library.handles();
  std::byte* const memory = library.weights()->allocate(parameter.wanted.get_size());
  const dnnl::memory target(parameter.wanted, handles.engine, memory);
  if (parameter.lost && parameter.plain.get_size() >= kLargeWeights && has_parts(parameter.wanted))
    pack_by_pieces(handles, parameter, memory);
  else
    reorder(handles, {parameter.plain, handles.engine, const_cast<void*>(parameter.constant)}, target);
  return target;
}

}  // namespace cleave::cpu::onednn
