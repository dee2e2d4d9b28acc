"""Runs a WASI 0.2 command component on wasmtime, by its Python package.

    python3 wasmtime.py COMPONENT.wasm [--dir HOST::GUEST]... [--env NAME=VALUE]... [--cache DIR] [--timeout SECONDS]
        [--max-memory BYTES] [-- ARGS...]

The package is the one in the folder `python` that `setup` has filled, below $SCRATCH_RUNTIMES or target/runtimes, and
otherwise whichever Python finds, by PYTHONPATH or installed. The program gets the preopens and variables given here and no
others, its file's name and ARGS as arguments, and the standard streams. What wasmtime makes of a component stays in DIR,
under wasmtime's version and the component's SHA-256, and is used again. With --timeout it traps when its time is up, once it
has been compiled, and with --max-memory no memory of it grows beyond that.

Exit codes: the program's own; 1 when it returns an error; 134 for a trap, with its message on standard error; 125 when
the component cannot be loaded, linked or instantiated; 2 for wrong usage.
"""

import argparse
import hashlib
import os
import sys
import threading
from importlib.metadata import version
from pathlib import Path

NOT_STARTED = 125
TRAP = 134

# Python looks beside the script first, where `wasmtime` is this file; the runtimes' folder takes that place.
HERE = Path(__file__).resolve().parent
RUNTIMES = Path(os.environ.get("SCRATCH_RUNTIMES") or HERE / "../../../target/runtimes")
sys.path[:] = [str(RUNTIMES / "python")] + [entry for entry in sys.path if Path(entry).resolve() != HERE]

try:
    from wasmtime import Config, Engine, ExitTrap, Store, WasiConfig, WasmtimeError
    from wasmtime.component import Component, Linker
except ImportError as error:
    print(f"wasmtime.py: {error}: `setup` installs it", file=sys.stderr)
    sys.exit(NOT_STARTED)


def pair(separator):
    """Takes what stands before the first separator and what stands after it."""

    def split(text):
        before, found, after = text.partition(separator)
        if not (before and found):
            raise argparse.ArgumentTypeError(f"{text!r} has nothing before a {separator!r}")
        return before, after

    return split


def command_line():
    """The options, and what follows `--`: the program's, whatever it looks like."""
    own, program = sys.argv[1:], []
    if "--" in own:
        end = own.index("--")
        own, program = own[:end], own[end + 1 :]
    parser = argparse.ArgumentParser(
        usage="wasmtime.py COMPONENT.wasm [--dir HOST::GUEST]... [--env NAME=VALUE]... [--cache DIR] [--timeout SECONDS]"
        " [--max-memory BYTES] [-- ARGS...]",
        allow_abbrev=False,
    )
    parser.add_argument("component", type=Path)
    parser.add_argument("--dir", action="append", default=[], type=pair("::"))
    parser.add_argument("--env", action="append", default=[], type=pair("="))
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--timeout", type=float)
    parser.add_argument("--max-memory", type=int)
    return parser.parse_args(own), program


def compiled(engine, path, cache, kind):
    """The component, compiled now or by an earlier run; what is of another kind is not the same."""
    if cache is None:
        return Component.from_file(engine, path)
    bytes = path.read_bytes()
    cached = cache / f"{version('wasmtime')}{kind}-{hashlib.sha256(bytes).hexdigest()}"
    if not cached.exists():
        cache.mkdir(parents=True, exist_ok=True)
        component = Component(engine, bytes)
        # Another run may be as far; whoever is last wins, and what it wrote is the same.
        unfinished = cache / f"{cached.name}-{os.getpid()}"
        unfinished.write_bytes(component.serialize())
        unfinished.rename(cached)
    return Component.deserialize_file(engine, str(cached))


def start(options, program):
    """The program's `run`, and the store that it lives in."""
    config = Config()
    config.epoch_interruption = options.timeout is not None
    engine = Engine(config)
    component = compiled(engine, options.component, options.cache, "" if options.timeout is None else "-timeout")
    linker = Linker(engine)
    linker.add_wasip2()

    wasi = WasiConfig()
    wasi.argv = [options.component.name, *program]
    wasi.env = options.env
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    for host, guest in options.dir:
        wasi.preopen_dir(host, guest)
    store = Store(engine)
    store.set_wasi(wasi)
    if options.max_memory is not None:
        store.set_limits(memory_size=options.max_memory)
    if options.timeout is not None:
        store.set_epoch_deadline(1)
        timer = threading.Timer(options.timeout, engine.increment_epoch)
        timer.daemon = True
        timer.start()

    exports = component.type.exports(engine)
    name = next((name for name in exports if name.startswith("wasi:cli/run@0.2.")), None)
    if name is None:
        raise WasmtimeError("the component exports no `wasi:cli/run` of WASI 0.2")
    instance = linker.instantiate(store, component)
    interface = instance.get_export_index(store, name)
    return store, instance.get_func(store, instance.get_export_index(store, "run", interface))


def main():
    options, program = command_line()
    try:
        store, run = start(options, program)
    except (OSError, WasmtimeError) as error:
        print(f"wasmtime.py: {error}", file=sys.stderr)
        return NOT_STARTED
    try:
        result = run(store)
    except ExitTrap as end:
        return end.code
    except WasmtimeError as error:
        print(f"wasmtime.py: {error}", file=sys.stderr)
        return TRAP
    return 0 if result.tag == "ok" else 1


sys.exit(main())
