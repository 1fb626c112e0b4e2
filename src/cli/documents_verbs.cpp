// cleave completion, cleave man: the command line in forms that shells and man read.
#include "cli/completion.hpp"
#include "cli/man_page.hpp"
#include "cli/session.hpp"

#include <memory>
#include <string>

namespace cleave::cli {
namespace {

/// A verb whose result is text that another program reads: there is no other form of it.
CLI::App* add_document(CLI::App& app, Session& session, const std::string& name, const std::string& what) {
  CLI::App* verb = add_verb(app, session, name, what);
  verb->remove_option(verb->get_option("--json"));
  return verb;
}

}  // namespace

void add_completion(CLI::App& app, Session& session) {
  auto shell = std::make_shared<std::string>();
  CLI::App* verb = add_document(app, session, "completion", "Print a script that completes this command line with Tab");
  verb->add_option("SHELL", *shell, "The shell")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  verb->callback([&app, &session, shell] {
    session.action = [&app, shell] {
      const auto table = command_table(app);
      print_data(*shell == "bash"  ? bash_completion(table)
                 : *shell == "zsh" ? zsh_completion(table)
                                   : fish_completion(table));
      return 0;
    };
  });
}

void add_man(CLI::App& app, Session& session) {
  CLI::App* verb = add_document(app, session, "man", "Print the manual page, for man -l");
  verb->callback([&app, &session] {
    session.action = [&app] {
      print_data(man_page(command_table(app), app.get_footer(), CLEAVE_VERSION));
      return 0;
    };
  });
}

}  // namespace cleave::cli
