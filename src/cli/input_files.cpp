#include "cli/input_files.hpp"

#include "base/files.hpp"
#include "base/npy.hpp"
#include "base/npz.hpp"
#include "base/text.hpp"
#include "model/sources.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <span>

namespace cleave::cli {
namespace {

std::string ending(const std::string& file) {
  std::string text = std::filesystem::path(file).extension().string();
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

Tensor pick(const std::map<std::string, Tensor>& arrays, const std::string& file, const std::string& wanted) {
  if (const auto found = arrays.find(wanted); found != arrays.end()) return found->second;
  if (arrays.size() == 1) return arrays.begin()->second;
  if (arrays.empty()) throw InputError(file, "", "has no arrays", "give a file that numpy.savez wrote");
  std::vector<std::string> names;
  for (const auto& [name, array] : arrays) names.push_back(name);
  throw InputError(file, "", fmt::format("has no array \"{}\" but {}", wanted, fmt::join(names, ", ")),
                   fmt::format("name one as the input, or is it \"{}\"?", nearest(wanted, names)));
}

Tensor picture(const std::string& file, const Value& wanted, const ImageScaling& scaling) {
  const bool takes = wanted.type == DataType::float32 && wanted.shape.size() == 4 &&
                     (wanted.shape[1] == 1 || wanted.shape[1] == 3) && wanted.shape[2] > 0 && wanted.shape[3] > 0;
  if (!takes)
    throw InputError(file, "",
                     fmt::format("is a picture, and input \"{}\" takes {} of shape [{}]", wanted.name,
                                 name_of(wanted.type), fmt::join(wanted.shape, ", ")),
                     "give pictures to inputs of float32 and shape [batch, 1 or 3, height, width]");
  return image_tensor(parse_image(read_file(file), file), {1, wanted.shape[1], wanted.shape[2], wanted.shape[3]},
                      scaling);
}

Tensor array(const std::string& file, const Value& wanted) {
  const std::string kind = ending(file);
  if (kind == ".npy") return parse_npy(read_file(file), file);
  if (kind == ".npz") return pick(parse_npz(read_file(file), file), file, wanted.name);
  if (kind == ".pb") return read_onnx_tensor(file);
  throw InputError(file, "", "has a name that does not tell what it is",
                   "give a .npy, .npz, .pb, .png, .jpg, .ppm or .pgm file");
}

/// Maxima of pools leave them out and Relu makes 0 of them, so that what comes of such elements would look like
/// results.
void refuse_no_numbers(const Tensor& tensor, const std::string& file) {
  if (tensor.type != DataType::float32) return;
  const std::span<const float> elements = tensor.as<float>();
  const auto found = std::ranges::find_if(elements, [](float element) { return std::isnan(element); });
  if (found != elements.end())
    throw InputError(file, fmt::format("element {}", found - elements.begin()), "is not a number", "give numbers");
}

}  // namespace

bool is_picture(const std::string& file) {
  const std::string kind = ending(file);
  return kind == ".png" || kind == ".jpg" || kind == ".jpeg" || kind == ".ppm" || kind == ".pgm";
}

Tensor read_input(const std::string& file, const Value& wanted, const ImageScaling& scaling) {
  if (is_picture(file)) return picture(file, wanted, scaling);
  Tensor tensor = array(file, wanted);
  refuse_no_numbers(tensor, file);
  return tensor;
}

}  // namespace cleave::cli
