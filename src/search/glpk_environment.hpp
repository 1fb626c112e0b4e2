#pragma once
/// GLPK keeps an environment for each thread that uses it, and frees none by itself.

#include <glpk.h>

namespace cleave {

/// Before anything else of GLPK on a thread: keeps it from printing, and has its environment freed when the thread
/// ends. Programs must be gone by then.
inline void enter_glpk() {
  struct Environment {
    Environment() { glp_term_out(GLP_OFF); }
    ~Environment() { glp_free_env(); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
  };
  thread_local const Environment environment;
  static_cast<void>(environment);
}

}  // namespace cleave
