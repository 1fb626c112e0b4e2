#include "runtime/energy/sensor_file.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <system_error>

namespace cleave {

namespace fs = std::filesystem;

std::optional<std::string> sensor_text(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  if (!std::getline(stream, line)) return std::nullopt;
  return line;
}

std::optional<double> sensor_millionths(const fs::path& file) {
  const auto text = sensor_text(file);
  if (!text) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number < 0) return std::nullopt;
  return number * 1e-6;
}

std::vector<fs::path> folders_of(const fs::path& root) {
  std::vector<fs::path> folders;
  std::error_code none;
  for (fs::directory_iterator entry(root, none), end; entry != end; entry.increment(none))
    if (entry->is_directory(none)) folders.push_back(entry->path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

void add_sensor(EnergySources& found, const fs::path& file, EnergySource source) {
  std::error_code none;
  if (!fs::exists(file, none)) return;
  if (!sensor_millionths(file)) {
    found.unreadable.push_back(file.string());
    return;
  }
  source.read = [file] { return sensor_millionths(file); };
  found.readable.push_back(std::move(source));
}

}  // namespace cleave
