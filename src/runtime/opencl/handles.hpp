#pragma once
/// OpenCL's objects, released when they go. Included by opencl/*.cpp only.

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <memory>
#include <type_traits>

namespace cleave::opencl {

/// Throws Error with what failed and OpenCL's number for why.
void check(cl_int status, const char* what);

template <class Object, cl_int (*kRelease)(Object)>
struct Releaser {
  using pointer = Object;
  void operator()(Object object) const { kRelease(object); }
};
template <class Object, cl_int (*kRelease)(Object)>
using Handle = std::unique_ptr<std::remove_pointer_t<Object>, Releaser<Object, kRelease>>;

using Context = Handle<cl_context, clReleaseContext>;
using Queue = Handle<cl_command_queue, clReleaseCommandQueue>;
using Program = Handle<cl_program, clReleaseProgram>;
using Kernel = Handle<cl_kernel, clReleaseKernel>;
using Event = Handle<cl_event, clReleaseEvent>;
using Buffer = Handle<cl_mem, clReleaseMemObject>;

}  // namespace cleave::opencl
