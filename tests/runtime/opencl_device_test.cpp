/// Finding OpenCL's device.

#include "runtime/opencl/device.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace cleave {
namespace {

TEST(OpenClDevice, ThreadsThatAskTogetherFindTheSameOne) {
  std::vector<std::string> names(8, "none");
  {
    std::vector<std::jthread> threads;
    for (std::string& name : names)
      threads.emplace_back([&name] {
        if (const auto device = opencl::find_device()) name = opencl::name_of(*device);
      });
  }
  EXPECT_EQ(names, std::vector<std::string>(8, names.front()));
}

}  // namespace
}  // namespace cleave
