#include "cli/run_tensors.hpp"

#include "base/files.hpp"
#include "base/npy.hpp"
#include "base/text.hpp"
#include "cli/input_files.hpp"

#include <cleave/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <tuple>

namespace cleave::cli {
namespace {

std::string shape_text(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

/// Which input of the network `name` is.
std::size_t input_named(const Graph& graph, const std::string& name) {
  std::vector<std::string> names;
  for (const ValueId value : graph.inputs) names.push_back(graph.values[value].name);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    throw UsageError(fmt::format("--input {}: the network has no input of this name; did you mean \"{}\"?", name,
                                 nearest(name, names)));
  return static_cast<std::size_t>(found - names.begin());
}

bool along_first_axis(const Shape& shape, const Shape& wanted) {
  return !shape.empty() && !wanted.empty() &&
         std::equal(shape.begin() + 1, shape.end(), wanted.begin() + 1, wanted.end());
}

bool is_one_sample(const Shape& shape, const Shape& wanted) {
  return !wanted.empty() && std::equal(shape.begin(), shape.end(), wanted.begin() + 1, wanted.end());
}

/// Throws InputError unless the file has samples of the input: one without an axis of batches, or several along it.
void require_samples(const Tensor& tensor, const Value& wanted, const std::string& file) {
  const auto fail = [&](const std::string& what) {
    throw InputError(file, "", what,
                     fmt::format("input \"{}\" takes {} of shape {}, or several along the first axis", wanted.name,
                                 name_of(wanted.type), shape_text(wanted.shape)));
  };
  if (tensor.type != wanted.type) fail(fmt::format("has elements of {}", name_of(tensor.type)));
  if (tensor.shape != wanted.shape && !is_one_sample(tensor.shape, wanted.shape) &&
      !along_first_axis(tensor.shape, wanted.shape))
    fail(fmt::format("has the shape {}", shape_text(tensor.shape)));
  if (element_count(tensor.shape) == 0 || element_count(wanted.shape) == 0) fail("has no elements");
}

/// All files of one input.
struct Gathered {
  Bytes bytes = {};  ///< one file behind the other
  std::vector<std::string> files = {};
};

void add(Gathered& input, const Tensor& more, const std::string& file) {
  input.bytes.insert(input.bytes.end(), more.bytes.begin(), more.bytes.end());
  input.files.push_back(file);
}

/// Precondition: `input` has samples of `wanted`.
void require_whole_batches(const Gathered& input, const Value& wanted) {
  const std::size_t bytes = static_cast<std::size_t>(element_count(wanted.shape)) * size_of(wanted.type);
  if (input.bytes.size() % bytes == 0) return;
  const auto batch = static_cast<std::size_t>(wanted.shape[0]);
  const char* who = input.files.size() > 1 ? "and the other files of this input have" : "has";
  const std::size_t samples = input.bytes.size() / (bytes / batch);
  throw InputError(input.files[0], "", fmt::format("{} {} sample{}", who, samples, samples == 1 ? "" : "s"),
                   fmt::format("input \"{}\" takes batches of {}", wanted.name, batch));
}

/// Cut into batches as `wanted` describes one.
std::vector<Tensor> cut(const Gathered& input, const Value& wanted) {
  require_whole_batches(input, wanted);
  std::vector<Tensor> batches;
  for (auto from = input.bytes.begin(); from != input.bytes.end();) {
    Tensor& tensor = batches.emplace_back(wanted.type, wanted.shape);
    const auto end = from + static_cast<std::ptrdiff_t>(tensor.bytes.size());
    std::copy(from, end, tensor.bytes.begin());
    from = end;
  }
  return batches;
}

/// What a file name keeps of a value's name.
std::string clean(std::string name) {
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-' && c != '_') c = '_';
  return name;
}

/// Which names occur more than once.
std::vector<bool> repeated(const std::vector<std::string>& names) {
  std::vector<bool> again;
  for (const std::string& name : names) again.push_back(std::ranges::count(names, name) > 1);
  return again;
}

/// What alike names are told apart by, their places among the outputs, may make them like others: these get theirs,
/// too.
std::vector<std::string> distinct(const std::vector<std::string>& names) {
  std::vector<std::string> result = names;
  for (std::vector<bool> again = repeated(result); std::ranges::count(again, true) > 0; again = repeated(result))
    for (std::size_t i = 0; i < names.size(); ++i)
      if (again[i]) result[i] = fmt::format("{}.{}", names[i], i);
  return result;
}

/// The `k` largest of `values`, of equal ones the first; what is no number comes last.
std::vector<TopValue> largest(std::span<const float> values, std::size_t k) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(k, values.size()));
  std::partial_sort(order.begin(), end, order.end(), [&](std::size_t a, std::size_t b) {
    const auto rank = [&](std::size_t i) {
      return std::tuple(!std::isnan(values[i]), std::isnan(values[i]) ? 0 : values[i]);
    };
    return rank(a) != rank(b) ? rank(a) > rank(b) : a < b;
  });
  std::vector<TopValue> best;
  for (auto at = order.begin(); at != end; ++at) best.push_back({*at, values[*at]});
  return best;
}

}  // namespace

std::string file_of_input(const std::string& argument) {
  const auto equals = argument.find('=');
  return equals == std::string::npos ? argument : argument.substr(equals + 1);
}

std::vector<Batch> read_batches(const Graph& graph, const std::vector<std::string>& files,
                                const ImageScaling& scaling) {
  std::vector<Gathered> inputs(graph.inputs.size());
  for (const std::string& argument : files) {
    const auto equals = argument.find('=');
    if (equals == std::string::npos && inputs.size() != 1)
      throw UsageError(
          fmt::format("--input {}: the network has {} inputs; say which, as NAME=FILE", argument, inputs.size()));
    const std::size_t at = equals == std::string::npos ? 0 : input_named(graph, argument.substr(0, equals));
    const std::string file = file_of_input(argument);
    const Value& wanted = graph.values[graph.inputs[at]];
    const Tensor tensor = read_input(file, wanted, scaling);
    require_samples(tensor, wanted, file);
    add(inputs[at], tensor, file);
  }
  std::vector<std::vector<Tensor>> cuts(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Value& wanted = graph.values[graph.inputs[i]];
    if (inputs[i].files.empty())
      throw UsageError(fmt::format("input \"{0}\" has no file; add --input {0}=FILE", wanted.name));
    cuts[i] = cut(inputs[i], wanted);
    if (cuts[i].size() != cuts[0].size())
      throw UsageError(fmt::format("input \"{}\" has {} batches, \"{}\" has {}; give as many of each", wanted.name,
                                   cuts[i].size(), graph.values[graph.inputs[0]].name, cuts[0].size()));
  }
  std::vector<Batch> batches(cuts.empty() ? 0 : cuts[0].size());
  for (std::size_t b = 0; b < batches.size(); ++b)
    for (auto& input : cuts) batches[b].push_back(std::move(input[b]));
  return batches;
}

std::vector<std::filesystem::path> result_files(const Graph& graph, const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const ValueId output : graph.outputs) names.push_back(clean(graph.values[output].name));
  std::vector<std::filesystem::path> files;
  for (const std::string& name : distinct(names)) files.push_back(folder / (name + ".npy"));
  return files;
}

void write_results(const Graph& graph, const std::vector<Batch>& results, const std::filesystem::path& folder) {
  if (results.empty()) return;
  const std::vector<std::filesystem::path> files = result_files(graph, folder);
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    Tensor all = results[0][i];
    if (all.shape.empty()) all.shape = {1};
    all.shape[0] *= static_cast<std::int64_t>(results.size());
    for (std::size_t b = 1; b < results.size(); ++b)
      all.bytes.insert(all.bytes.end(), results[b][i].bytes.begin(), results[b][i].bytes.end());
    write_file(files[i], npy_bytes(all));
  }
}

bool has_samples(const Shape& shape, std::int64_t batch) {
  return batch == 1 || (!shape.empty() && shape.front() == batch);
}

void require_scores(const Graph& graph, std::int64_t batch) {
  const Value& scores = graph.values[graph.outputs.front()];
  const auto refuse = [&](const std::string& what) {
    throw UsageError(fmt::format("--top-k: the first output \"{}\" {}; leave it out", scores.name, what));
  };
  if (scores.type != DataType::float32) refuse(fmt::format("has elements of {}, not float32", name_of(scores.type)));
  if (!has_samples(scores.shape, batch))
    refuse(fmt::format("has the shape {}, whose first axis is not that of the {} samples of a batch",
                       shape_text(scores.shape), batch));
}

std::vector<std::vector<TopValue>> top_values(const std::vector<Batch>& results, std::int64_t batch, std::size_t k) {
  std::vector<std::vector<TopValue>> samples;
  for (const Batch& result : results) {
    const auto all = result.front().as<float>();
    const std::size_t each = all.size() / static_cast<std::size_t>(batch);
    for (std::int64_t s = 0; s < batch; ++s)
      samples.push_back(largest(all.subspan(static_cast<std::size_t>(s) * each, each), k));
  }
  return samples;
}

std::string top_text(const std::vector<std::vector<TopValue>>& samples) {
  std::string text;
  for (std::size_t sample = 0; sample < samples.size(); ++sample) {
    std::vector<std::string> best;
    for (const TopValue& top : samples[sample]) best.push_back(fmt::format("{} ({:.4g})", top.index, top.value));
    text += fmt::format("sample {}: {}\n", sample, fmt::join(best, ", "));
  }
  return text;
}

}  // namespace cleave::cli
