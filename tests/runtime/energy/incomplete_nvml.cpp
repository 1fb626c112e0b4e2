// A library of the right name that is too old: it has no energy counter.
extern "C" {
int nvmlInit_v2();
int nvmlInit_v2() { return 0; }
}
