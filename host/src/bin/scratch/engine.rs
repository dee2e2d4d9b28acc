//! wasmtime's own options, as its command reads and lists them, and those of them that this command lacks.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Parser;
use wasmtime::{CacheConfig, Config};
use wasmtime_cli_flags::CommonOptions;
use wasmtime_scratch::open_cache;

/// The options that `wasmtime run` has for its engine and for WASI.
#[derive(clap::Args)]
#[command(next_help_heading = "Options of wasmtime")]
pub(crate) struct EngineFlags {
    /// Optimization and tuning of the compiled code; `-O help` lists all.
    #[arg(short = 'O', long = "optimize", value_name = "KEY[=VAL[,..]]", value_parser = |list: &str| given("optimize", list))]
    optimize: Vec<String>,

    /// Code generation, and the cache of compiled code (`-C cache=n`); `-C help` lists all.
    #[arg(short = 'C', long = "codegen", value_name = "KEY[=VAL[,..]]", value_parser = |list: &str| given("codegen", list))]
    codegen: Vec<String>,

    /// Debugging, such as `-D coredump=FILE`; `-D help` lists all.
    #[arg(short = 'D', long = "debug", value_name = "KEY[=VAL[,..]]", value_parser = |list: &str| given("debug", list))]
    debug: Vec<String>,

    /// Features and limits of WebAssembly (`-W timeout=30s,max-memory-size=64MiB`); `-W help` lists all.
    #[arg(short = 'W', long = "wasm", value_name = "KEY[=VAL[,..]]", value_parser = |list: &str| given("wasm", list))]
    wasm: Vec<String>,

    /// Parts of WASI that a program may use, such as `-S inherit-network`; `-S help` lists all.
    #[arg(short = 'S', long = "wasi", value_name = "KEY[=VAL[,..]]", value_parser = |list: &str| given("wasi", list))]
    wasi: Vec<String>,

    /// A TOML file with the options above, as for wasmtime.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// wasmtime's parser of its options, without the rest of its command.
#[derive(Parser)]
#[command(name = "scratch", no_binary_name = true, disable_help_flag = true)]
struct Options {
    #[command(flatten)]
    options: CommonOptions,
}

/// Takes a list of options as it is. Ends the process for `help`, for which no program need be named.
fn given(flag: &str, list: &str) -> Result<String, String> {
    if matches!(list, "help" | "help-long") {
        // A reader who has gone away (`| head`) makes the list panic, which is no error.
        std::panic::set_hook(Box::new(|_| ()));
        let _ = catch_unwind(|| Options::parse_from([format!("--{flag}={list}")]));
        std::process::exit(0);
    }
    Ok(list.to_owned())
}

impl EngineFlags {
    /// The options, and the settings of an engine that they make. Ends the process for a list of options (`-W help`) and for an
    /// option that wasmtime does not know, as wasmtime's own parser does.
    ///
    /// # Errors
    ///
    /// If this command lacks an option, or options do not go together.
    pub(crate) fn read(&self) -> Result<(CommonOptions, Config)> {
        let mut args = Vec::new();
        for (flag, values) in [
            ("--optimize", &self.optimize),
            ("--codegen", &self.codegen),
            ("--debug", &self.debug),
            ("--wasm", &self.wasm),
            ("--wasi", &self.wasi),
        ] {
            args.extend(values.iter().map(|value| format!("{flag}={}", in_plain_units(value))));
        }
        if let Some(config) = &self.config {
            let config = config
                .to_str()
                .ok_or_else(|| anyhow!("the path after --config is not text"))?;
            args.push(format!("--config={config}"));
        }
        let Options { mut options } = Options::parse_from(args);
        // The first call reads --config. An error is a logging subscriber that exists already.
        options.init_logging().map_err(anyhow::Error::from)?;
        verify(&options)?;
        let cache = options.codegen.cache != Some(false);
        let cache_config = options.codegen.cache_config.take();
        if let Some(path) = &cache_config {
            // Refuses a file that was named and cannot be used.
            CacheConfig::from_file(Some(Path::new(path)))
                .map_err(anyhow::Error::from)
                .with_context(|| format!("`-C cache-config={path}`"))?;
        }
        // Not opened there: without a cache a program is compiled, and that is no error here.
        options.codegen.cache = Some(false);
        let mut config = options.config(None)?;
        if cache {
            config.cache(open_cache(cache_config.as_deref().map(Path::new)));
        }
        Ok((options, config))
    }
}

/// Writes sizes with a unit, such as `64MiB`, in bytes, and times such as `2m` in seconds, as wasmtime reads them.
fn in_plain_units(list: &str) -> String {
    let option = |option: &str| match option.split_once('=') {
        Some(("timeout", value)) => match humantime::parse_duration(value) {
            Ok(timeout) => format!("timeout={}ns", timeout.as_nanos()),
            Err(_) => option.to_owned(),
        },
        Some((name, value)) if value.ends_with(['B', 'b']) => match value.parse::<bytesize::ByteSize>() {
            Ok(size) => format!("{name}={}", size.as_u64()),
            Err(_) => option.to_owned(),
        },
        _ => option.to_owned(),
    };
    list.split(',').map(option).collect::<Vec<_>>().join(",")
}

/// An option of `wasmtime run` that this command does not have.
struct Lacking {
    /// How it is written, without a value.
    option: &'static str,
    /// The value that is refused.
    value: Value,
    /// Why, for the error and for the README.
    reason: &'static str,
}

/// Which value of an option is refused.
#[derive(PartialEq, Eq)]
enum Value {
    /// All but `n`.
    Any,
    /// `n`.
    No,
}

const fn lacking(option: &'static str, reason: &'static str) -> Lacking {
    Lacking {
        option,
        value: Value::Any,
        reason,
    }
}

const fn always_on(option: &'static str, reason: &'static str) -> Lacking {
    Lacking {
        option,
        value: Value::No,
        reason,
    }
}

const HTTP: &str = "there is no HTTP client in `scratch run`";
const CONFIG: &str = "wasi:config is experimental, and its values can be environment variables";
const KEYVALUE: &str = "wasi:keyvalue is experimental";
const NN: &str = "wasi:nn is experimental and brings a runtime for models";
const DEBUGGER: &str = "there is no debugger in this command: debug with `wasmtime run`";
const WASI_03: &str = "WASI 0.3 is not provided yet";
const SOCKETS: &str = "inherited sockets are for WASI p1 only, and components do not have them in wasmtime either";
const EXPERIMENTAL: &str = "wasmtime does not build it in by default, or calls it unfinished";

/// Options of `wasmtime run` that this command lacks. The README has the same table.
const LACKING: &[Lacking] = &[
    lacking("-S http", HTTP),
    lacking("-S http-outgoing-body-buffer-chunks", HTTP),
    lacking("-S http-outgoing-body-chunk-size", HTTP),
    lacking("-S max-http-fields-size", HTTP),
    lacking("-S config", CONFIG),
    lacking("-S config-var", CONFIG),
    lacking("-S keyvalue", KEYVALUE),
    lacking("-S keyvalue-in-memory-data", KEYVALUE),
    lacking("-S nn", NN),
    lacking("-S nn-graph", NN),
    lacking("-S tls", "wasi:tls is experimental"),
    lacking("-S p3", WASI_03),
    lacking("-S threads", "wasmtime has removed it"),
    lacking("-S listenfd", SOCKETS),
    lacking("-S tcplisten", SOCKETS),
    lacking(
        "-S preview0",
        "`wasi_unstable` is the WASI of 2019: rebuild the module for wasm32-wasip1",
    ),
    always_on("-S preview2", "wasmtime has removed the other implementation"),
    always_on("-S cli", "a program's space is a part of it"),
    always_on("-S common", "a program's space is a part of it"),
    lacking("-D debugger", DEBUGGER),
    lacking("-D arg", DEBUGGER),
    lacking("-D guest-debug", DEBUGGER),
    lacking("-D inherit-stdin", DEBUGGER),
    lacking("-D inherit-stdout", DEBUGGER),
    lacking("-D inherit-stderr", DEBUGGER),
    always_on(
        "-W component-model",
        "modules are made components, so that their files are in the space",
    ),
    always_on("-W epoch-interruption", "signals and deadlines end a program by it"),
    lacking(
        "-W unknown-imports-default",
        "wasmtime has it for core modules only: use `-W unknown-imports-trap`",
    ),
    lacking("-W component-model-async", WASI_03),
    lacking("-W component-model-more-async-builtins", WASI_03),
    lacking("-W component-model-async-stackful", WASI_03),
    lacking("-W component-model-threading", WASI_03),
    lacking("-W component-model-error-context", WASI_03),
    lacking("-W concurrency-support", WASI_03),
    lacking(
        "-W all-proposals",
        "not all of them are built in: switch on those that a program needs",
    ),
    lacking("-W component-model-gc", EXPERIMENTAL),
    lacking("-W stack-switching", EXPERIMENTAL),
    lacking("-W shared-everything-threads", EXPERIMENTAL),
    lacking("-W wmemcheck", EXPERIMENTAL),
];

/// # Errors
///
/// For the first option that this command lacks.
fn verify(options: &CommonOptions) -> Result<()> {
    // As text they are all of one form, from whichever flag or file they came: `-Shttp=y`.
    let text = options.to_string();
    for given in text.split_whitespace() {
        let (name, value) = given.split_once('=').unwrap_or((given, ""));
        let is_off = value == "n";
        let is_refused = |lacking: &&Lacking| {
            let is_named = lacking.option.split(' ').collect::<String>() == name;
            is_named && is_off == (lacking.value == Value::No)
        };
        if let Some(Lacking { option, reason, .. }) = LACKING.iter().find(is_refused) {
            let off = if is_off { "=n" } else { "" };
            bail!("`{option}{off}` is not an option here: {reason}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Options, in_plain_units, verify};
    use clap::Parser as _;

    fn verified(args: &[&str]) -> Result<(), String> {
        let Options { options } = Options::try_parse_from(args).map_err(|error| error.to_string())?;
        verify(&options).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_lacking_is_refused_by_name_and_may_be_switched_off() {
        for (args, named) in [
            (&["-Shttp"][..], "`-S http`"),
            (&["-S", "inherit-env,nn=y"], "`-S nn`"),
            (&["-Scli=n"], "`-S cli=n`"),
            (&["-W", "component-model-async=y"], "`-W component-model-async`"),
            (&["-D", "debugger=x.wasm"], "`-D debugger`"),
        ] {
            let said = verified(args).unwrap_err();
            assert!(said.contains(named), "{args:?}: {said}");
        }
        for args in [
            &["-Shttp=n,p3=n,cli"][..],
            &["-W", "gc,exceptions=n,timeout=5"],
            &["-C", "cache=n"],
        ] {
            assert_eq!(verified(args), Ok(()), "{args:?}");
        }
    }

    #[test]
    fn what_is_lacking_is_in_the_readme_with_its_reason() {
        let readme = include_str!("../../../../README.md");
        for super::Lacking { option, reason, .. } in super::LACKING {
            let row = readme.lines().find(|line| line.ends_with(&format!("| {reason} |")));
            let row = row.unwrap_or_else(|| panic!("there is no row with the reason {reason:?}"));
            let is_listed = [format!("`{option}`"), format!("`{option}=n`")]
                .iter()
                .any(|name| row.contains(name));
            assert!(is_listed, "{option} is not in: {row}");
        }
    }

    #[test]
    fn sizes_may_have_a_unit() {
        for (given, read) in [
            ("max-memory-size=64MiB", "max-memory-size=67108864"),
            (
                "fuel=5,max-memory-size=1.5KB,timeout=2m",
                "fuel=5,max-memory-size=1500,timeout=120000000000ns",
            ),
            ("help", "help"),
            ("coredump=blob", "coredump=blob"),
        ] {
            assert_eq!(in_plain_units(given), read);
        }
    }
}
