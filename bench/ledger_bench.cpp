// What a ledger costs a sweep of a design space: CPU and wall seconds with and without. Runs take turns, each kind
// first in every other one, and find the same memory; every answer is compared.
//   bench_ledger [RUNS]     medians of so many of each (default: 5)
// Exit codes: 0 done, 1 the answers differ.
#include "space/search_space.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace cleave;
namespace fs = std::filesystem;

struct Run {
  double cpu_s;
  double wall_s;
  SpaceResult result;
};

double cpu_s() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Run timed(const DesignSpace& space, const fs::path& ledger) {
  SpaceOptions options{.prune = false, .threads = 1};
  options.ledger = ledger;
  const double from_s = cpu_s();
  const auto start = std::chrono::steady_clock::now();
  SpaceResult result = search_space(space, options);
  return {cpu_s() - from_s, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          std::move(result)};
}

bool same(const SpaceResult& a, const SpaceResult& b) {
  const auto same_figures = [](const DesignFigures& one, const DesignFigures& other) {
    return one.period_s == other.period_s && one.energy_j == other.energy_j && one.latency_s == other.latency_s;
  };
  return std::equal(a.points.begin(), a.points.end(), b.points.begin(), b.points.end(),
                    [&](const PointOutcome& one, const PointOutcome& other) {
                      return one.state == other.state &&
                             std::equal(one.frontier.begin(), one.frontier.end(), other.frontier.begin(),
                                        other.frontier.end(), same_figures);
                    });
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::uintmax_t bytes_in(const fs::path& folder) {
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(folder)) bytes += entry.file_size();
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::atoi(argv[1]) : 5;
  const DesignSpace space{
      {"zoo:resnet18"},
      "edge4",
      1,
      {parse_axis("cim.count=0:8"), parse_axis("cim.adc_bits=4:8"), parse_axis("cim.rows=64,128,256"),
       parse_axis("npu.clock_hz=2.4e8,4.8e8"), parse_axis("batch=1,2,4,8")}};
  const fs::path folder = fs::temp_directory_path() / fmt::format("cleave_bench_ledger_{}", ::getpid());
  const SpaceResult expected = timed(space, {}).result;
  std::vector<double> with_cpu_s, without_cpu_s, with_wall_s, without_wall_s;
  for (int run = 0; run < 2 * runs; ++run) {
    const bool with = run % 4 == 1 || run % 4 == 2;  // without, with, with, without
    if (with) fs::remove_all(folder);
    const Run measured = timed(space, with ? folder : fs::path());
    if (!same(measured.result, expected)) {
      fs::remove_all(folder);
      fmt::print(stderr, "the answers differ\n");
      return 1;
    }
    (with ? with_cpu_s : without_cpu_s).push_back(measured.cpu_s);
    (with ? with_wall_s : without_wall_s).push_back(measured.wall_s);
  }
  const auto searches = static_cast<double>(expected.searches);
  const double cpu = median(with_cpu_s) / median(without_cpu_s) - 1;
  const double wall = median(with_wall_s) / median(without_wall_s) - 1;
  const double chunks = std::max(1.0, median(with_wall_s) / 0.5);
  fmt::print("without: CPU {:.3f} s, wall {:.3f} s; with: CPU {:.3f} s ({:+.2f} %), wall {:.3f} s ({:+.2f} %)\n",
             median(without_cpu_s), median(without_wall_s), median(with_cpu_s), 100 * cpu, median(with_wall_s),
             100 * wall);
  fmt::print("{} bytes, {:.0f} a chunk of 0.5 s, {:.0f} a search\n", bytes_in(folder),
             static_cast<double>(bytes_in(folder)) / chunks, static_cast<double>(bytes_in(folder)) / searches);
  fs::remove_all(folder);
}
