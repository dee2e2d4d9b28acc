//! Known differences: where a provider or a runtime is known to be other than the contract, and why.

use std::fmt;

use serde::Deserialize;

use crate::{Case, Storage};

/// Where somebody is known to differ. Read from TOML:
///
/// ```toml
/// [[difference]]
/// case = "persist-links"
/// storage = "disk"        # without it: in both
/// mode = "composed"       # without it: in every mode
/// reason = "the provider does not copy links"
/// run = false             # without it: it is run, and must not pass
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    #[serde(default)]
    difference: Vec<Difference>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    case: String,
    storage: Option<String>,
    mode: Option<String>,
    reason: String,
    run: Option<bool>,
}

/// Why a list of known differences cannot be used.
#[derive(Clone, Debug)]
pub struct KnownError(String);

impl fmt::Display for KnownError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for KnownError {}

/// What a run means, given what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As the contract says.
    Passed,
    /// Not as the contract says, and that is known, for this reason.
    Known(String),
    /// Not as the contract says, in words; or as the contract says where it is known not to be.
    Failed(String),
}

impl Known {
    /// Reads a list.
    ///
    /// # Errors
    ///
    /// If it is not of that form, names a case or a storage that there is not, or says nothing as a reason.
    pub fn parse(text: &str) -> Result<Known, KnownError> {
        let known: Known = toml::from_str(text).map_err(|error| KnownError(error.to_string()))?;
        for difference in &known.difference {
            let Difference {
                case, storage, reason, ..
            } = difference;
            if Case::find(case).is_none() {
                return Err(KnownError(format!("there is no case `{case}`")));
            }
            let is_storage = |name: &String| Storage::ALL.iter().any(|storage| storage.name() == name);
            if let Some(other) = storage.as_ref().filter(|name| !is_storage(name)) {
                return Err(KnownError(format!("`{case}`: there is no storage `{other}`")));
            }
            if reason.trim().is_empty() {
                return Err(KnownError(format!("`{case}`: there is no reason")));
            }
        }
        Ok(known)
    }

    /// How many cases are on the list.
    pub fn cases(&self) -> usize {
        let mut names: Vec<&str> = self.difference.iter().map(|known| known.case.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    }

    fn find(&self, case: &Case, storage: Storage, mode: &str) -> Option<&Difference> {
        self.difference.iter().find(|known| {
            known.case == case.name
                && known.storage.as_deref().is_none_or(|name| name == storage.name())
                && known.mode.as_deref().is_none_or(|name| name == mode)
        })
    }

    /// Why `case` is not to be run, if it is not.
    pub fn not_run(&self, case: &Case, storage: Storage, mode: &str) -> Option<&str> {
        let known = self.find(case, storage, mode)?;
        (known.run == Some(false)).then_some(known.reason.as_str())
    }

    /// What a run of `case` means.
    pub fn verdict(&self, case: &Case, storage: Storage, mode: &str, run: Result<(), String>) -> Verdict {
        match (run, self.find(case, storage, mode)) {
            (Ok(()), None) => Verdict::Passed,
            (Err(what), None) => Verdict::Failed(what),
            (Err(_), Some(known)) => Verdict::Known(known.reason.clone()),
            (Ok(()), Some(known)) => Verdict::Failed(format!(
                "it passes, and is on the list of known differences: {}",
                known.reason
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "
        [[difference]]
        case = 'drop-file'
        storage = 'disk'
        mode = 'composed'
        reason = 'for this'
    ";

    #[test]
    fn a_known_difference_is_known_only_where_it_is() {
        let known = Known::parse(LIST).expect("a list");
        let case = Case::find("drop-file").expect("a case");
        let failed = || Err("left".to_owned());
        let verdict = |storage, mode, run| known.verdict(case, storage, mode, run);
        assert_eq!(
            verdict(Storage::Disk, "composed", failed()),
            Verdict::Known("for this".to_owned())
        );
        assert_eq!(
            verdict(Storage::Default, "composed", failed()),
            Verdict::Failed("left".to_owned())
        );
        assert_eq!(
            verdict(Storage::Disk, "linked", failed()),
            Verdict::Failed("left".to_owned())
        );
        assert_eq!(verdict(Storage::Disk, "linked", Ok(())), Verdict::Passed);
    }

    #[test]
    fn what_is_not_run_is_known_by_its_reason() {
        let case = Case::find("drop-file").expect("a case");
        let run = Known::parse(LIST).expect("a list");
        assert_eq!(run.not_run(case, Storage::Disk, "composed"), None);
        let not_run = Known::parse(&format!("{LIST}run = false")).expect("a list");
        assert_eq!(not_run.not_run(case, Storage::Disk, "composed"), Some("for this"));
        assert_eq!(not_run.not_run(case, Storage::Disk, "linked"), None);
    }

    #[test]
    fn an_unexpected_pass_fails() {
        let known = Known::parse(LIST).expect("a list");
        let case = Case::find("drop-file").expect("a case");
        assert!(matches!(
            known.verdict(case, Storage::Disk, "composed", Ok(())),
            Verdict::Failed(_)
        ));
    }

    #[test]
    fn a_list_that_means_nothing_is_refused() {
        for (bad, message) in [
            (LIST.replace("drop-file", "no-such-case"), "no case `no-such-case`"),
            (LIST.replace("disk", "tape"), "no storage `tape`"),
            (LIST.replace("for this", " "), "no reason"),
            (LIST.replace("reason", "because"), "unknown field"),
        ] {
            let error = Known::parse(&bad).expect_err("it is bad").to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
