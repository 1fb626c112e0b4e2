// Three GPUs: one with an energy counter, one with a power sensor alone, one with neither.
#include <cstdio>

namespace {
constexpr int kSuccess = 0, kUninitialized = 1, kInvalidArgument = 2, kNotSupported = 3;
int initialised = 0;
unsigned long long millijoules = 0;
unsigned milliwatts = 0;
int cards[3];
}  // namespace

extern "C" {
int nvmlInit_v2();
int nvmlShutdown();
int nvmlDeviceGetCount_v2(unsigned* count);
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device);
int nvmlDeviceGetName(void* device, char* name, unsigned length);
int nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* energy);
int nvmlDeviceGetPowerUsage(void* device, unsigned* power);
void fake_set(unsigned long long new_millijoules, unsigned new_milliwatts);
int fake_initialised();

int nvmlInit_v2() {
  ++initialised;
  return kSuccess;
}
int nvmlShutdown() {
  --initialised;
  return kSuccess;
}
int nvmlDeviceGetCount_v2(unsigned* count) {
  if (initialised == 0) return kUninitialized;
  *count = 3;
  return kSuccess;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  if (index >= 3) return kInvalidArgument;
  *device = &cards[index];
  return kSuccess;
}
int nvmlDeviceGetName(void* device, char* name, unsigned length) {
  std::snprintf(name, length, "Fake %d", static_cast<int>(static_cast<int*>(device) - cards));
  return kSuccess;
}
int nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* energy) {
  if (device != &cards[0]) return kNotSupported;
  *energy = millijoules;
  return kSuccess;
}
int nvmlDeviceGetPowerUsage(void* device, unsigned* power) {
  if (device == &cards[2]) return kNotSupported;
  *power = milliwatts;
  return kSuccess;
}
void fake_set(unsigned long long new_millijoules, unsigned new_milliwatts) {
  millijoules = new_millijoules;
  milliwatts = new_milliwatts;
}
int fake_initialised() { return initialised; }
}
