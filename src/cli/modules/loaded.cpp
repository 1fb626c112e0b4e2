// The tables of the program itself: each loads its module when it is first asked for.
#include "cli/execution.hpp"
#include "cli/modules/module.hpp"
#include "model/onnx_library.hpp"

namespace cleave {

const OnnxLibrary& onnx_library() {
  static const auto& loaded =
      *static_cast<const OnnxLibrary*>(cli::load_module("cleave-onnx.so", "cleave_onnx_library"));
  return loaded;
}

namespace cli {

const Execution& execution() {
  static const auto& loaded = *static_cast<const Execution*>(load_module("cleave-execution.so", "cleave_execution"));
  return loaded;
}

}  // namespace cli
}  // namespace cleave
