#include "space/nsga2.hpp"

#include "search/staircase.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <set>
#include <tuple>

namespace cleave {
namespace {

/// A plan, and the genome that has it.
struct Member {
  Genome genome;
  DesignFigures figures;
  std::size_t front = 0;  ///< 0: nothing dominates it
  double crowding = 0;    ///< how far its neighbours on the front are
};

bool better(const Member& a, const Member& b) {
  return a.front != b.front ? a.front < b.front : a.crowding > b.crowding;
}

auto figures_of(const Member& member) {
  return std::tie(member.figures.period_s, member.figures.energy_j, member.figures.latency_s);
}

/// What members of a front, all of them as fast or faster, have: by ascending latency, which Staircase calls period.
struct Stair {
  double period_s = 0;
  double energy_j = 0;
};

/// Peels fronts: by ascending period a member is on the first front that has nobody of no more energy and latency.
/// Twins do not dominate each other.
void assign_fronts(std::vector<Member>& members) {
  std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
    return std::tuple_cat(figures_of(a), std::tie(a.genome)) < std::tuple_cat(figures_of(b), std::tie(b.genome));
  });
  std::vector<Staircase<Stair>> fronts;
  const Member* before = nullptr;
  for (Member& member : members) {
    const auto [period_s, energy_j, latency_s] = figures_of(member);
    const bool twin = before != nullptr && figures_of(*before) == figures_of(member);
    const auto front = std::find_if(fronts.begin(), fronts.end(), [&, e = energy_j, l = latency_s](const auto& steps) {
      return !steps.dominates(l, e);
    });
    member.front = twin ? before->front : static_cast<std::size_t>(front - fronts.begin());
    if (!twin && front == fronts.end()) fronts.emplace_back();
    fronts[member.front].insert({latency_s, energy_j});
    before = &member;
  }
}

/// Of one front, by ascending period, by one of its figures.
void add_crowding(std::vector<Member*> front, double DesignFigures::*figure) {
  constexpr double ends = std::numeric_limits<double>::infinity();
  const auto value = [figure](const Member* member) { return member->figures.*figure; };
  if (figure != &DesignFigures::period_s)
    std::stable_sort(front.begin(), front.end(), [&](const Member* a, const Member* b) { return value(a) > value(b); });
  const double range = std::max(std::abs(value(front.back()) - value(front.front())), 1e-300);
  for (std::size_t i = 1; i + 1 < front.size(); ++i)
    front[i]->crowding += std::abs(value(front[i + 1]) - value(front[i - 1])) / range;
  front.front()->crowding = front.back()->crowding = ends;
}

void assign_crowding(std::vector<Member>& members) {
  std::stable_sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.front < b.front; });
  for (auto begin = members.begin(); begin != members.end();) {
    const auto end = std::find_if(begin, members.end(), [&](const Member& one) { return one.front != begin->front; });
    std::vector<Member*> front;
    for (auto one = begin; one != end; ++one) {
      one->crowding = 0;
      front.push_back(&*one);
    }
    for (double DesignFigures::*figure :
         {&DesignFigures::period_s, &DesignFigures::energy_j, &DesignFigures::latency_s})
      add_crowding(front, figure);
    begin = end;
  }
}

class Evolution {
 public:
  Evolution(const std::vector<std::size_t>& sizes, const Nsga2Options& options)
      : sizes_(sizes), options_(options), dice_(options.seed) {
    for (const std::size_t size : sizes) genomes_ *= static_cast<double>(size);
  }

  void run(const EvaluateGenomes& evaluate, const std::function<bool()>& stopped) {
    std::vector<Genome> generation = unseen([this] { return random_genome(); });
    while (!generation.empty() && !stopped()) {
      const auto found = evaluate(generation);
      for (std::size_t i = 0; i < generation.size(); ++i)
        for (const DesignFigures& figures : found[i]) members_.push_back({generation[i], figures});
      select();
      generation = unseen([this] { return members_.empty() ? random_genome() : child(); });
    }
  }

 private:
  /// The same on every platform, unlike the standard's distributions.
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(dice_() % limit); }

  Genome random_genome() {
    Genome genome;
    for (const std::size_t size : sizes_) genome.push_back(below(size));
    return genome;
  }

  /// The next generation: new genomes made by `make`; where it makes known ones again and again, random ones.
  template <class Make>
  std::vector<Genome> unseen(const Make& make) {
    std::vector<Genome> made;
    const double left =
        std::min(genomes_, static_cast<double>(options_.evaluations)) - static_cast<double>(seen_.size());
    const std::size_t wanted = std::min(options_.population, static_cast<std::size_t>(std::max(0.0, left)));
    constexpr int patience = 20;
    while (made.size() < wanted) {
      Genome genome = make();
      for (int tries = 0; tries < patience && seen_.contains(genome); ++tries) genome = make();
      while (seen_.contains(genome)) genome = next_of(random_genome());
      seen_.insert(genome);
      made.push_back(std::move(genome));
    }
    return made;
  }

  /// The first that is not known from here on, so that a small space is used up.
  Genome next_of(Genome genome) const {
    while (seen_.contains(genome)) {
      std::size_t axis = sizes_.size();
      while (axis-- > 0 && ++genome[axis] == sizes_[axis]) genome[axis] = 0;
    }
    return genome;
  }

  const Member& tournament() {
    const Member& a = members_[below(members_.size())];
    const Member& b = members_[below(members_.size())];
    return better(b, a) ? b : a;
  }

  /// Each axis from one of two parents; now and then a step along it, or a leap.
  Genome child() {
    const Genome& mother = tournament().genome;
    const Genome& father = tournament().genome;
    Genome genome;
    for (std::size_t axis = 0; axis < sizes_.size(); ++axis) {
      std::size_t value = below(2) == 0 ? mother[axis] : father[axis];
      if (below(sizes_.size()) == 0) value = mutated(value, sizes_[axis]);
      genome.push_back(value);
    }
    return genome;
  }

  std::size_t mutated(std::size_t value, std::size_t size) {
    switch (below(3)) {
      case 0:
        return value + 1 < size ? value + 1 : value;
      case 1:
        return value > 0 ? value - 1 : value;
      default:
        return below(size);
    }
  }

  /// Keeps the best.
  void select() {
    assign_fronts(members_);
    assign_crowding(members_);
    std::stable_sort(members_.begin(), members_.end(), better);
    if (members_.size() > options_.population) members_.resize(options_.population);
  }

  const std::vector<std::size_t>& sizes_;
  const Nsga2Options& options_;
  std::mt19937_64 dice_;
  double genomes_ = 1;
  std::set<Genome> seen_;
  std::vector<Member> members_;
};

}  // namespace

void evolve(const std::vector<std::size_t>& sizes, const Nsga2Options& options, const EvaluateGenomes& evaluate,
            const std::function<bool()>& stopped) {
  Evolution(sizes, options).run(evaluate, stopped);
}

}  // namespace cleave
