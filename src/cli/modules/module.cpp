#include "cli/modules/module.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>

#include <dlfcn.h>
#include <filesystem>
#include <string>
#include <system_error>

namespace cleave::cli {
namespace {

[[noreturn]] void incomplete(const char* file) {
  throw InputError(file, "", fmt::format("cannot be loaded ({})", dlerror()),
                   "install cleave with all its parts and the libraries that they need");
}

/// Where a build has it, or where it is installed; else wherever the system looks for libraries. No run path does this:
/// sanitizers load in the program's stead, and theirs counts then.
std::string place_of(const char* file) {
  std::error_code unknown;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path();
  for (const char* folder : {".", CLEAVE_MODULES})
    if (const auto place = program / folder / file; std::filesystem::exists(place, unknown)) return place.string();
  return file;
}

}  // namespace

// Never closed: what it returns lives on.
const void* load_module(const char* file, const char* function) {
  void* const module = dlopen(place_of(file).c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (!module) incomplete(file);
  void* const symbol = dlsym(module, function);
  if (!symbol) incomplete(file);
  return reinterpret_cast<const void* (*)()>(symbol)();
}

}  // namespace cleave::cli
