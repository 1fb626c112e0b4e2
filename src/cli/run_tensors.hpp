#pragma once
/// What a run reads and writes: tensors in files.

#include "base/image.hpp"

#include <cleave/network.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace cleave::cli {

/// One tensor per input of the network.
using Batch = std::vector<Tensor>;

/// Batches from files (see read_input), each `FILE`, or `NAME=FILE` where the network has several inputs. A file has
/// one sample of its input, or several along the first axis; several files of one input follow one another and make
/// whole batches. Throws
/// UsageError for names that are not known, InputError for files of another type or shape.
[[nodiscard]] std::vector<Batch> read_batches(const Graph& graph, const std::vector<std::string>& files,
                                              const ImageScaling& scaling);

/// The file of an argument to `--input`.
[[nodiscard]] std::string file_of_input(const std::string& argument);

/// Where write_results writes, by output of the network: DIR/NAME.npy, with "_" for what file names should not have.
/// Where two are alike, DIR/NAME.K.npy, the K-th output from 0.
[[nodiscard]] std::vector<std::filesystem::path> result_files(const Graph& graph, const std::filesystem::path& folder);

/// Writes one file for each output of the network, the results along the first axis.
void write_results(const Graph& graph, const std::vector<Batch>& results, const std::filesystem::path& folder);

/// A value of a result, and where it stands in its sample.
struct TopValue {
  std::size_t index = 0;
  float value = 0;
};

/// Whether a tensor of this shape has a batch's samples one after the other, along its first axis.
[[nodiscard]] bool has_samples(const Shape& shape, std::int64_t batch);

/// Throws UsageError where the first output has no samples to rank: not float32, or without an axis of samples.
void require_scores(const Graph& graph, std::int64_t batch);

/// The `k` largest of each sample's values of the first output. Precondition: require_scores.
[[nodiscard]] std::vector<std::vector<TopValue>> top_values(const std::vector<Batch>& results, std::int64_t batch,
                                                            std::size_t k);
/// A line "sample 0: 17 (0.42), ..." for each.
[[nodiscard]] std::string top_text(const std::vector<std::vector<TopValue>>& samples);

}  // namespace cleave::cli
