// What bounds by labels say together about every plan of a period: each is linear in the counts of devices in use.
#include "verify/label_bound.hpp"

#include <algorithm>

namespace cleave::verify {
namespace {

constexpr std::size_t kMostRanges = 100'000;

/// A range of counts of devices in use, by class.
struct CountRange {
  std::vector<int> least, most;
};

/// A bound and what it adds for each device in use.
struct Line {
  const LabelEvidence* evidence;
  std::vector<double> device_w;  ///< by class
};

std::vector<Line> lines_of(const CostTable& cost, const std::vector<LabelEvidence>& bounds) {
  std::vector<Line> lines;
  for (const LabelEvidence& evidence : bounds) {
    Line line{&evidence, {}};
    std::size_t part = 0;
    for (const ClassCost& device : cost.classes) {
      double device_w = device.idle_w;
      for (std::size_t i = 0; i < parts_of(device); ++i) device_w -= evidence.price_w[part++];
      line.device_w.push_back(device_w);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

/// For all counts of the range and all periods up to this one: linear in either, so least at an end.
bool proves(const Line& line, const CountRange& range, double period_s, double energy_j) {
  double least_w = 0;
  for (std::size_t c = 0; c < range.most.size(); ++c) {
    if (line.evidence->without[c] && range.most[c] > 0) return false;
    least_w += line.device_w[c] * (line.device_w[c] > 0 ? range.least[c] : range.most[c]);
  }
  return line.evidence->least_j + period_s * std::min(0.0, least_w) >= energy_j;
}

/// The class to divide a range by: whose devices idle at the most in it; none where it is a single vector.
std::size_t widest(const CostTable& cost, const CountRange& range) {
  std::size_t best = range.most.size();
  double most_w = 0;
  for (std::size_t c = 0; c < range.most.size(); ++c) {
    const int width = range.most[c] - range.least[c];
    const double watts = width * std::max(cost.classes[ClassId(c)].idle_w, 1e-9);
    if (width > 0 && watts > most_w) {
      most_w = watts;
      best = c;
    }
  }
  return best;
}

}  // namespace

bool labels_prove(const CostTable& cost, const std::vector<LabelEvidence>& bounds, double period_s, double energy_j) {
  const std::vector<Line> lines = lines_of(cost, bounds);
  CountRange all;
  for (const ClassCost& device : cost.classes) {
    all.least.push_back(0);
    all.most.push_back(device.count);
  }
  std::vector<CountRange> open{std::move(all)};
  for (std::size_t seen = 0; !open.empty(); ++seen) {
    CountRange range = std::move(open.back());
    open.pop_back();
    if (std::any_of(lines.begin(), lines.end(),
                    [&](const Line& line) { return proves(line, range, period_s, energy_j); }))
      continue;
    const std::size_t c = widest(cost, range);
    if (c == range.most.size() || seen > kMostRanges) return false;
    const int middle = range.least[c] + (range.most[c] - range.least[c]) / 2;
    CountRange upper = range;
    upper.least[c] = middle + 1;
    range.most[c] = middle;
    open.push_back(std::move(upper));
    open.push_back(std::move(range));
  }
  return true;
}

}  // namespace cleave::verify
