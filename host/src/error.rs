//! What can go wrong, as types: one enum for each thing that a caller sets out to do.

use std::io;
use std::path::PathBuf;

/// Why a base could not be opened.
///
/// Nothing is changed in a directory that is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BaseError {
    /// The base did not exist and could not be made.
    #[error("failed to create base `{}`: {source}", path.display())]
    Create {
        /// The base.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The base's path names a symbolic link: whoever owns the link decides what is deleted.
    #[error("base `{}` is a symbolic link: name the directory itself", path.display())]
    SymbolicLink {
        /// The base.
        path: PathBuf,
    },
    /// The base's path names something else than a directory.
    #[error("base `{}` is not a directory", path.display())]
    NotADirectory {
        /// The base.
        path: PathBuf,
    },
    /// The base belongs to somebody else.
    #[error("base `{}` belongs to user {owner}, not to user {user}: choose another with --base", path.display())]
    NotOurs {
        /// The base.
        path: PathBuf,
        /// Who owns it.
        owner: u32,
        /// Who we are.
        user: u32,
    },
    /// Others may enter or change the base.
    #[error("base `{}` is open to others (mode {mode:04o}): run `chmod 700` on it", path.display())]
    OpenToOthers {
        /// The base.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The directory holds files and was never a base: it may be somebody's home.
    #[error("`{}` is not a base: it has no layout file and holds `{entry}`; choose an empty directory", path.display())]
    Foreign {
        /// The directory.
        path: PathBuf,
        /// One entry of it.
        entry: String,
    },
    /// The base was made by a version whose layout we do not know.
    #[error("base `{}` has the layout {found:?}, this version knows only {known:?}", path.display())]
    UnknownLayout {
        /// The base.
        path: PathBuf,
        /// What its layout file says.
        found: String,
        /// What we write.
        known: &'static str,
    },
    /// The file system has no working `flock`, so nobody could tell a live host from a dead one.
    #[error("failed to lock the lease of base `{}`: {source}", path.display())]
    Lock {
        /// The base.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another system call on the base failed.
    #[error("failed to {action} in base `{}`: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The base.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A label that is not 1 to 128 printable bytes of ASCII.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[error("a label is 1 to 128 printable ASCII characters, not {found:?}")]
pub struct LabelError {
    pub(crate) found: String,
}

/// Why a program or a provider could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are neither a Wasm binary nor Wasm text.
    #[error("`{name}` is not a WebAssembly file: {reason}")]
    NotWasm {
        /// The file.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A core module that could not be made a component.
    #[error("`{name}` is a core module that cannot be made a component: {reason}")]
    Module {
        /// The file.
        name: String,
        /// What the encoder said.
        reason: String,
    },
    /// A component that does not validate or compile.
    #[error("failed to compile `{name}`: {reason}")]
    Compile {
        /// The file.
        name: String,
        /// What the compiler said.
        reason: String,
    },
    /// A component that wants an interface of WASI 0.3.
    #[error("`{name}` wants WASI 0.3 (`{import}`); only WASI 0.2 is provided")]
    Wasi03 {
        /// The file.
        name: String,
        /// The import.
        import: String,
    },
    /// A component that wants something nobody provides.
    #[error("`{name}` imports `{import}`, which nobody provides: {reason}")]
    Import {
        /// The file.
        name: String,
        /// The import.
        import: String,
        /// What is missing or different.
        reason: String,
    },
    /// A component without the export that its role needs.
    #[error("`{name}` does not export `{export}`{hint}")]
    Export {
        /// The file.
        name: String,
        /// The export.
        export: String,
        /// What it exports instead, in words; empty where there is nothing to say.
        hint: String,
    },
    /// A program that is to be composed with a provider and does not import the contract.
    #[error("`{name}` does not import `scratch:tempfile`{hint}")]
    NotWanted {
        /// The file.
        name: String,
        /// Why that may be, in words.
        hint: &'static str,
    },
    /// A program and a provider that cannot be made one component.
    #[error("`{name}` cannot be composed with the provider `{provider}`: {reason}")]
    Compose {
        /// The program's file.
        name: String,
        /// The provider's.
        provider: String,
        /// What does not fit.
        reason: String,
    },
    /// A program that imports another version of the contract than ours.
    #[error("`{name}` imports `{import}`; this host provides version {ours}")]
    Version {
        /// The file.
        name: String,
        /// The import.
        import: String,
        /// The version of the contract here.
        ours: &'static str,
    },
}

/// Why a loaded program could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A directory to be granted cannot be opened.
    #[error("failed to open directory `{}`: {source}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A granted directory would show other programs' spaces.
    #[error("directory `{}` cannot be granted: it would show the base `{}`, which holds every program's temporary files", path.display(), base.display())]
    DirectoryHoldsBase {
        /// The directory.
        path: PathBuf,
        /// The base.
        base: PathBuf,
    },
    /// Two preopens under one name.
    #[error("`{path}` would be two directories of the program: grant one of them under another path")]
    PathTwice {
        /// The path in the program.
        path: String,
    },
    /// The program or the provider could not be instantiated.
    #[error("failed to instantiate `{name}`: {reason}")]
    Instantiate {
        /// The file.
        name: String,
        /// What went wrong.
        reason: String,
    },
    /// The function to invoke is missing or was called wrongly.
    #[error("cannot invoke `{call}`: {reason}")]
    Invoke {
        /// The call.
        call: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A setting that makes no sense.
    #[error("{0}")]
    Setting(String),
}
