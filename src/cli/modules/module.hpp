#pragma once
/// Parts of the program in files of their own, loaded when first needed: most verbs need neither ONNX nor kernels,
/// whose libraries take several times as long to load as a small search takes.

namespace cleave::cli {

/// The address that `function`, exported by the module `file` beside the program (or in its library folder), returns.
/// Throws InputError where the module cannot be loaded.
[[nodiscard]] const void* load_module(const char* file, const char* function);

}  // namespace cleave::cli
