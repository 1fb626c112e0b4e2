#!/bin/sh
# Installs the build, then builds and runs the example as a project that knows the installed package only.
#   install_test.sh CMAKE BUILD_FOLDER EXAMPLES_FOLDER
set -eu
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
"$1" --install "$2" --prefix "$folder/prefix" > /dev/null
"$1" -S "$3" -B "$folder/build" -G Ninja -DCMAKE_PREFIX_PATH="$folder/prefix" > "$folder/log" || { cat "$folder/log"; exit 1; }
"$1" --build "$folder/build" > "$folder/log" || { cat "$folder/log"; exit 1; }
"$folder/build/explore" zoo:squeezenet cpu_gpu
"$folder/prefix/bin/cleave" --version
for file in man/man1/cleave.1 bash-completion/completions/cleave zsh/site-functions/_cleave fish/vendor_completions.d/cleave.fish; do
  test -s "$folder/prefix/share/$file"
done
