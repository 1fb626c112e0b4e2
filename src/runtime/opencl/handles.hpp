#pragma once
/// OpenCL's objects, released when they go. Included by opencl/*.cpp only.

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>

namespace cleave::opencl {

/// Throws Error with what failed and OpenCL's number for why: InfeasibleError where memory or other resources of the
/// device or the host do not suffice, else one of the kind `bug`.
void check(cl_int status, const char* what);
/// The same of a device of this name; `bytes`: how many it is about, 0 where that says nothing.
void check(cl_int status, const char* what, const std::string& device, std::size_t bytes = 0);

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
