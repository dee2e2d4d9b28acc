# What people run by name. `just` lists it; each line can be copied as it is.

# List the recipes.
default:
    @just --list

# See it work: temporary files after a normal end, after a crash, and what a crash leaves without a host.
demo:
    cargo run --example demo

# All tests, in both storages, on every runtime.
test:
    tests/conformance/runtimes/setup && cargo test

# Kill hosts at random moments, so many times, and look at what is left after one sweep.
kill-loop KILLS="300" *ARGS:
    cargo run --example kill-loop -- {{KILLS}} {{ARGS}}

# Do what programs may do in any order, and look for a difference to the model: for so many seconds, with the guest component as
# the provider, or with the host (`operations_native`). Needs `cargo-fuzz`.
fuzz SECONDS="3600" TARGET="operations":
    mkdir -p target/fuzz-corpus
    cd tests && RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none {{TARGET}} ../target/fuzz-corpus model/corpus -- -max_total_time={{SECONDS}} -max_len=1500

# Do anything in a space, and look for a difference to wasmtime-wasi on tmpfs, for so many seconds. Needs `cargo-fuzz`.
fuzz-vfs SECONDS="600":
    mkdir -p target/fuzz-corpus-vfs
    cd tests && RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none file_system ../target/fuzz-corpus-vfs vfs/corpus -- -max_total_time={{SECONDS}} -max_len=2048

# Count what is left on the disk, by program and by how it ends.
scoreboard *ARGS:
    tests/conformance/runtimes/setup && cargo run --example scoreboard -- {{ARGS}}

# The conformance suite over the built-in provider: a row for each behaviour of the contract.
check PROVIDER="guest":
    cargo run --bin scratch -- check {{PROVIDER}}

# Everything that has to hold before a change lands.
ci:
    .ci/run

# Measure, in a release build, beside the native `tempfile` crate: all tables, or those that are named; `--write` updates
# the picture and the tables beside the source. `just bench --help` has more.
bench *ARGS:
    cargo bench --package wasmtime-scratch --bench life -- {{ARGS}}

# Count the instructions of the hottest loops, with valgrind: numbers that a busy machine does not change.
count:
    @command -v valgrind > /dev/null || { echo "nothing is counted: there is no valgrind (apt-get install valgrind)" >&2; exit 1; }
    cargo bench --package wasmtime-scratch --bench life -- --count

# Measure removal: against `rm -rf`, against somebody who keeps creating, and after dead hosts. Makes millions of files.
bench-removal:
    cargo bench --package wasmtime-scratch --bench removal

# Build the `scratch` command and install it.
install:
    cargo install --path host --locked

# Write the guest provider out, and say how large it is.
provider FILE="provider.wasm":
    cargo run --bin scratch -- provider {{FILE}}
    wc -c {{FILE}}
