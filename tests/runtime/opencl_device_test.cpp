/// Finding OpenCL's device, and what becomes of its errors.

#include "runtime/opencl/device.hpp"

#include <cleave/error.hpp>

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace cleave {
namespace {

TEST(OpenClDevice, MemoryThatItDoesNotHaveIsNoBug) {
  if (!opencl::find_device()) GTEST_SKIP() << "OpenCL finds no device";
  const opencl::Device device;
  const std::size_t bytes = std::size_t{1} << 50;
  try {
    (void)device.allocate(bytes);
    FAIL() << "no device has a pebibyte";
  } catch (const InfeasibleError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find(opencl::name_of(*opencl::find_device())), text.npos) << text;
    EXPECT_NE(text.find(std::to_string(bytes) + " bytes"), text.npos) << text;
  }
}

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

TEST(OpenClDevice, WhatItSaysTellsBugsFromShortages) {
  const auto code = [](cl_int status) {
    try {
      opencl::check(status, "trying");
    } catch (const Error& error) {
      return error.code();
    }
    return ExitCode::done;
  };
  EXPECT_EQ(code(CL_SUCCESS), ExitCode::done);
  EXPECT_EQ(code(CL_MEM_OBJECT_ALLOCATION_FAILURE), ExitCode::infeasible);
  EXPECT_EQ(code(CL_OUT_OF_RESOURCES), ExitCode::infeasible);
  EXPECT_EQ(code(CL_OUT_OF_HOST_MEMORY), ExitCode::infeasible);
  EXPECT_EQ(code(CL_INVALID_VALUE), ExitCode::bug);
  EXPECT_EQ(code(CL_INVALID_KERNEL_ARGS), ExitCode::bug);
}

}  // namespace
}  // namespace cleave
