//! Helper processes: this program again, for one test, in a role.

use std::process::{Command, Output};

/// The variable that has the role of a helper process.
const ROLE: &str = "SCRATCH_TEST_ROLE";
/// The variable that has what the role works on.
const SUBJECT: &str = "SCRATCH_TEST_SUBJECT";
/// Where it is set, a missing tool is a failure.
const REQUIRED: &str = "SCRATCH_FAULTS_REQUIRED";

/// Returns the subject of a helper process that has this role.
pub(crate) fn subject_of(role: &str) -> Option<String> {
    (std::env::var(ROLE).ok()? == role).then(|| std::env::var(SUBJECT).unwrap_or_default())
}

/// Describes a process that runs one test in a role, under a wrapper such as `strace`, which may be empty.
pub(crate) fn again(wrapper: &[&str], test: &str, role: &str, subject: &str) -> Command {
    let program = std::env::current_exe().expect("the system knows the path of this program");
    let mut command = match wrapper {
        [] => Command::new(program),
        [wrapper, options @ ..] => {
            let mut command = Command::new(wrapper);
            command.args(options).arg(program);
            command
        }
    };
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ROLE, role)
        .env(SUBJECT, subject);
    command
}

/// Makes sure that a helper process ran its test, and repeats what it skipped.
#[track_caller]
pub(crate) fn assert_finished(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "the helper process failed with {}\n{said}\n{complaints}",
        output.status
    );
    for line in complaints.lines().filter(|line| line.starts_with("skipped: ")) {
        eprintln!("{line}");
    }
}

/// Says that something cannot be tested here, and why.
pub(crate) fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

/// Returns whether a tool works here, and says so if not. Where tools are required, it has to.
#[track_caller]
pub(crate) fn has(tool: &str) -> bool {
    let has = Command::new(tool)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success());
    if !has {
        assert!(
            std::env::var_os(REQUIRED).is_none(),
            "{REQUIRED} is set, but `{tool}` does not work"
        );
        skip(&format!("`{tool}` does not work here"));
    }
    has
}

/// Returns the number in a variable, or a default.
pub(crate) fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().expect("the variable is a number"))
}

/// Returns whether this user may mount file systems in a namespace of its own, and says so if not.
pub(crate) fn can_mount() -> bool {
    let can = Command::new("unshare")
        .args(["--mount", "mount", "-t", "tmpfs", "tmpfs", "/tmp"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !can {
        skip("this user may not mount file systems");
    }
    can
}
