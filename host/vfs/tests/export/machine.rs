//! Targets that the machine has to provide: read-only, full, or with rules of their own. A case that this machine cannot provide is
//! skipped, and says so.

use crate::*;
use scratch_vfs::{ExportLimits, PersistTreeOptions};
use std::process::Command;

/// Names the case that a child process runs.
const CASE: &str = "SCRATCH_EXPORT_CASE";

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|found| found.uid() == 0)
}

fn skip(reason: &str) {
    eprintln!("skipped: {reason}");
}

/// Runs this test again in a child that a command starts.
fn run_in_child(test: &str, command: &mut Command, place: &Path) {
    let status = command
        .args(["--exact", test, "--nocapture"])
        .env(CASE, place)
        .status()
        .expect("the child starts");
    assert!(status.success(), "the child failed");
}

/// A mounted tmpfs, which is unmounted in the end.
struct Mount(tempfile::TempDir);

impl Mount {
    fn new(options: &str) -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "none"])
            .arg(place.path())
            .stderr(std::process::Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(place))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(self.0.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()) || std::thread::panicking());
    }
}

#[test]
fn a_directory_that_may_not_be_written_stays_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    if let Ok(place) = std::env::var(CASE) {
        let setting = setting();
        let file = setting.file("f", b"x");
        let target = target(Path::new(&place), "t");
        assert_kind(
            setting.space.persist_file(&file, &target, PersistOptions::new()),
            ErrorKind::PermissionDenied,
        );
        assert_kind(
            setting.space.persist_file(&file, &target, REPLACE()),
            ErrorKind::PermissionDenied,
        );
        assert_kind(
            setting.space.export(&target, ExportLimits::new()),
            ErrorKind::PermissionDenied,
        );
        setting.check_works(&file, "f", b"x");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let inner = place.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(inner.join("theirs"), "theirs").unwrap();
    for path in [place.path(), &inner] {
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o555)).unwrap();
    }
    let program = std::env::current_exe().unwrap();
    // The superuser does not feel permissions.
    let mut command = if is_root() {
        let copy = place.path().join("program");
        std::fs::copy(&program, &copy).unwrap();
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(copy);
        command
    } else {
        Command::new(program)
    };
    let test = "machine::a_directory_that_may_not_be_written_stays_as_it_is";
    run_in_child(test, &mut command, &inner);
    assert_eq!(listing(&inner), ["theirs: theirs"]);
    for path in [place.path(), &inner] {
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    }
}

#[test]
fn a_full_file_system_is_left_as_it_was() {
    let Some(mount) = Mount::new("size=1m,nr_inodes=20") else {
        return skip("a tmpfs cannot be mounted");
    };
    let setting = setting();
    setting.directory("d");
    let large = setting.file("d/large", &vec![7; 2 << 20]);
    let target = target(mount.0.path(), "t");
    assert_kind(
        setting.space.persist_file(&large, &target, PersistOptions::new()),
        ErrorKind::StorageFull,
    );
    let tree = setting.open("d");
    let options = PersistTreeOptions::new();
    assert_kind(
        setting.space.persist_tree(&tree, &target, options),
        ErrorKind::StorageFull,
    );
    assert!(listing(mount.0.path()).is_empty());
    setting.check_works(&large, "d/large", &vec![7; 2 << 20]);

    // No inodes are left after some files.
    large.set_size(0).unwrap();
    for number in 0..30 {
        setting.file(&format!("d/{number}"), b"x");
    }
    assert_kind(
        setting.space.persist_tree(&tree, &target, options),
        ErrorKind::StorageFull,
    );
    assert!(listing(mount.0.path()).is_empty());

    // Everything was given back, so a smaller tree fits.
    for number in 10..30 {
        setting.root.unlink_file_at(format!("d/{number}")).unwrap();
    }
    setting.space.persist_tree(&tree, &target, options).unwrap();
    assert_eq!(listing(mount.0.path()).len(), 12);
}

#[test]
fn a_name_that_the_target_cannot_hold_fails_the_whole() {
    let Some(mount) = Mount::new("size=1m,casefold,strict_encoding") else {
        return skip("a tmpfs that refuses names cannot be mounted");
    };
    // Only a directory with this attribute refuses names.
    let strict = mount.0.path().join("strict");
    std::fs::create_dir(&strict).unwrap();
    let changed = Command::new("chattr").arg("+F").arg(&strict).status();
    if !changed.is_ok_and(|status| status.success()) {
        return skip("the attribute of case folding cannot be set");
    }
    let setting = setting();
    for names in [&[&b"name"[..], b"NAME"][..], &[b"fine", b"\xff"]] {
        setting.root.create_directory_at("d", None).unwrap();
        for name in names {
            let options = OpenOptions::new().create(true).write(true);
            setting.open("d").open_at(name, &options).unwrap();
        }
        let error = setting
            .space
            .persist_tree(&setting.open("d"), &target(&strict, "t"), PersistTreeOptions::new())
            .unwrap_err();
        assert!(matches!(error, ExportError::Host { .. }), "{error}");
        assert!(listing(&strict).is_empty());
        setting.root.remove_all_at("d", scratch_vfs::Opened::Keep).unwrap();
    }
}

#[test]
fn a_limit_of_the_process_on_file_sizes_is_an_error_and_no_signal() {
    if let Ok(place) = std::env::var(CASE) {
        let setting = setting();
        let file = setting.file("f", &vec![7; 2 << 20]);
        let target = target(Path::new(&place), "t");
        assert_kind(
            setting.space.persist_file(&file, &target, PersistOptions::new()),
            ErrorKind::FileTooLarge,
        );
        assert_kind(
            setting.space.export(&target, ExportLimits::new()),
            ErrorKind::FileTooLarge,
        );
        assert!(listing(Path::new(&place)).is_empty());
        setting.check_works(&file, "f", &vec![7; 2 << 20]);
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let mut command = Command::new("prlimit");
    command.arg("--fsize=1048576").arg(std::env::current_exe().unwrap());
    let test = "machine::a_limit_of_the_process_on_file_sizes_is_an_error_and_no_signal";
    run_in_child(test, &mut command, place.path());
}
