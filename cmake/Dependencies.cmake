# Every third-party package, all from Debian. Each is used in the one place that is named here.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)                      # text, everywhere
find_package(nlohmann_json REQUIRED)            # base/json_document.cpp
find_package(Boost 1.74 REQUIRED)               # base/graph_order.cpp (Boost.Graph, headers only)
find_package(PkgConfig REQUIRED)
pkg_check_modules(libzip REQUIRED IMPORTED_TARGET libzip)  # base/npz.cpp; Debian's CMake files of it want its tools too
find_package(PNG REQUIRED)                      # base/image.cpp
find_package(libjpeg-turbo CONFIG REQUIRED)     # base/image.cpp
find_package(Protobuf REQUIRED)                 # model/: ONNX needs it found first
find_package(ONNX CONFIG REQUIRED)              # model/
find_package(TBB REQUIRED)                      # search/
find_package(Eigen3 REQUIRED NO_MODULE)         # runtime/reference, costmodel/calibration
find_package(dnnl CONFIG REQUIRED)              # runtime/cpu; asks for OpenCL's headers itself
find_package(OpenMP REQUIRED COMPONENTS CXX)    # runtime/cpu and executor: oneDNN's threads are OpenMP's
find_package(OpenCL)                            # runtime/opencl, where it is there
find_package(CLI11 REQUIRED)                    # cli/
if(CLEAVE_WITH_GLPK)
  find_package(GLPK REQUIRED)                   # search/lp_glpk.cpp
endif()
if(CLEAVE_BUILD_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
if(CLEAVE_BUILD_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
