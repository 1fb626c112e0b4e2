#pragma once
/// What the plans and certificates of the corpus were made for; no shipped profile, so that they stay valid when one is
/// corrected.

#include <string_view>

inline constexpr std::string_view kCosts = R"({"schema": "cleave.costs/1", "name": "net", "operators": [
  {"name": "a", "costs": {"x": {"seconds": 1e-3, "joules": 0.01, "bytes": 10}, "y": {"seconds": 4e-3}}},
  {"name": "b", "costs": {"x": {"seconds": 2e-3, "joules": 0.02}, "y": {"seconds": 1e-3, "joules": 0.01}}},
  {"name": "c", "costs": {"x": {"seconds": 1e-3}, "y": {"seconds": 1e-3}}}],
  "edges": [{"from": "a", "to": ["b"], "seconds": 1e-4}, {"from": "b", "to": ["c"], "seconds": 1e-4}]})";
inline constexpr std::string_view kCluster = R"({"schema": "cleave.cluster/1", "name": "two", "devices": [
  {"name": "x", "idle_w": 1, "count": 2}, {"name": "y", "idle_w": 0.5, "count": 1}]})";
