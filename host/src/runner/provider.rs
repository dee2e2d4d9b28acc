//! Who provides `scratch:tempfile` to a program.

use super::State;
use crate::linked::LinkedPre;

/// Who provides `scratch:tempfile` to a program.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Provider {
    /// The host itself.
    #[default]
    Native,
    /// A component, which is instantiated beside the program: see [`Runner::provider`](super::Runner::provider).
    Linked(LinkedPre<State>),
}

impl Provider {
    /// `native`, or the name under which the component was loaded.
    pub fn name(&self) -> &str {
        match self {
            Provider::Native => "native",
            Provider::Linked(provider) => provider.name(),
        }
    }
}

impl From<LinkedPre<State>> for Provider {
    fn from(provider: LinkedPre<State>) -> Provider {
        Provider::Linked(provider)
    }
}
