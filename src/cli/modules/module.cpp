#include "cli/modules/module.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <dlfcn.h>

namespace cleave::cli {
namespace {

[[noreturn]] void incomplete(const char* file) {
  throw InputError(file, "", fmt::format("cannot be loaded ({})", dlerror()),
                   "install cleave with all its parts and the libraries that they need");
}

}  // namespace

// A name without a slash is looked up along the program's run path. Never closed: what it returns lives on.
const void* load_module(const char* file, const char* function) {
  void* const module = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
  if (!module) incomplete(file);
  void* const symbol = dlsym(module, function);
  if (!symbol) incomplete(file);
  return reinterpret_cast<const void* (*)()>(symbol)();
}

}  // namespace cleave::cli
