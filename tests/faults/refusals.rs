//! Rows 26 to 29, 35 and 37: the system says no while a space is deleted.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, lchown, symlink};
use std::process::Command;

use rustix::process::{Resource, Rlimit};
use scratch_conformance::CASES;
use scratch_tests::programs;
use wasmtime_scratch::{Base, Outcome, Report, Runner, Space};
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};

use super::alone::{Held, alone};
use super::cli::{NOBODY, Place, Running, ended};
use super::tools::{Traced, WITH_THREADS, has_mounts, has_prlimit, has_strace, in_own_mounts, skip, traced, under};
use super::{MAKE_TREE, TREE_ENTRIES, assert_next_sweep_leaves_nothing};

/// `scratch exec` with a script that makes the tree.
fn exec_tree(place: &Place) -> Command {
    let mut command = place.bare();
    command.args(["exec", "--base", &place.text("base"), "--", "/bin/sh", "-c", MAKE_TREE]);
    command
}

/// Mounts a small file system with the options `$1` as the base and runs the rest; then lists what is there.
const ON_A_SMALL_DISK: &str = r#"
    mkdir "$SCRATCH_BASE"
    mount -t tmpfs -o "mode=0700,$1" tmpfs "$SCRATCH_BASE" || exit 99
    shift
    "$@"
    code=$?
    find "$SCRATCH_BASE" -mindepth 1 -printf 'left: %P\n'
    exit $code
"#;

#[test]
fn row_26_enospc_at_drop() {
    let place = Place::new();
    if !has_mounts(&place) {
        return;
    }
    let fill = format!(
        r#"{MAKE_TREE}
        number=0
        while mkdir -p "$TMPDIR/a/b/c/$number/below" 2> /dev/null; do number=$((number + 1)); done
        cat /dev/zero 2> /dev/null >> "$TMPDIR/one"
        mkdir "$TMPDIR/more" 2> /dev/null || echo no room for a name
        head -c 65536 /dev/zero 2> /dev/null >> "$TMPDIR/a/two" || echo no room for a byte
        "#
    );
    let scratch = env!("CARGO_BIN_EXE_scratch");
    let filled = ["size=256k,nr_inodes=100", scratch, "exec", "--", "/bin/sh", "-c", &fill];
    let filled = ended(&mut in_own_mounts(&place, ON_A_SMALL_DISK, &filled));
    filled.assert_code(0);
    assert_eq!(
        filled.stdout, "no room for a name\nno room for a byte\nleft: layout\n",
        "{filled:#?}"
    );

    // By handle: where a drop makes room, there is room again.
    fs::remove_dir(place.base()).expect("what was mounted there is gone");
    let no_limit = "--base-max-bytes=none";
    let program = ["size=64k", scratch, no_limit, programs::FILL_DISK, "disk", "1000000"];
    let program = ended(&mut in_own_mounts(&place, ON_A_SMALL_DISK, &program));
    program.assert_code(0);
    assert!(program.stdout.starts_with("by handle: full\n"), "{program:#?}");
    assert!(program.stdout.ends_with("left: layout\n"), "{program:#?}");
}

/// Makes a tree that is deep and wide in `$TMPDIR`.
const MAKE_LARGE_TREE: &str = r#"
    dir=$TMPDIR
    for depth in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        for number in 1 2 3 4 5; do mkdir "$dir/$number"; : > "$dir/$number/file"; done
        dir=$dir/1
    done
    echo made
"#;

#[test]
fn row_27_emfile_at_drop_of_a_command() {
    if !has_prlimit() {
        return;
    }
    let mut made = 0;
    // From too few to start to enough for everything.
    for limit in 3..40 {
        let place = Place::new();
        let mut command = place.bare();
        command.args([
            "exec",
            "--base",
            &place.text("base"),
            "--",
            "/bin/sh",
            "-c",
            MAKE_LARGE_TREE,
        ]);
        let limit = format!("--nofile={limit}");
        let ended = ended(&mut under(&["prlimit", &limit], &command));
        if ended.stdout == "made\n" {
            made += 1;
            ended.assert_code(0);
        } else {
            assert_ne!(ended.code, Some(0), "{limit}: {ended:#?}");
        }
        place.assert_nothing_left();
    }
    assert!((3..37).contains(&made), "{made} of them got to the drop");
}

#[test]
fn row_27_emfile_at_drop() {
    alone(|| {
        let place = Place::new();
        let (_, maximum) = {
            let limit = rustix::process::getrlimit(Resource::Nofile);
            (limit.current, limit.maximum)
        };
        let limit = Rlimit {
            current: Some(256),
            maximum,
        };
        rustix::process::setrlimit(Resource::Nofile, limit).expect("lower than it was");
        let base = Base::open(place.base()).expect("it opens");
        let before = place.left();
        let held = Held::now();
        let spaces = [base.space(None), base.space(None), base.space(None)];
        for space in &spaces {
            let mut dir = space.dir().expect("it is made");
            for _ in 0..100 {
                for number in 0..10 {
                    fs::create_dir(dir.join(number.to_string())).expect("ours");
                    fs::write(dir.join(number.to_string()).join("file"), "bytes").expect("ours");
                }
                dir.push("0");
            }
        }
        let mut open = Vec::new();
        let error = loop {
            match File::open("/dev/null") {
                Ok(file) => open.push(file),
                Err(error) => break error,
            }
        };
        assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::MFILE.raw_os_error()));

        let [mut reset, ended, deferred] = spaces;
        let assert_zero = |report: &Report| {
            let receipt = &report.receipt;
            assert_eq!((receipt.entries_found, receipt.entries_left), (2000, 0), "{report}");
            assert!(report.is_clean(), "{report}");
        };
        // The first one keeps its own descriptor.
        assert_zero(&reset.reset());
        assert_zero(&ended.end());
        assert_eq!(reset.end().receipt.entries_found, 0);
        drop(deferred);
        let swept = base.drain();
        assert_eq!((swept.entries, swept.residue_count), (2001, 0), "{swept:?}");
        drop(open);
        assert_eq!(place.left(), before);
        held.assert_back();
        drop(base);
        place.assert_nothing_left();
    });
}

/// Whether what could not be removed is a file of the tree, or a directory of it, rather than one of the host's own.
fn is_of_the_program(injected: &str) -> bool {
    let name = injected.split('"').nth(1).expect("a call with a name");
    let own = ["layout.", "placeholder", "spaces", "trash", ".lock"];
    // The host directory goes last, by a random name, as a space does: but into the base.
    let in_base = injected.contains(".lock") || injected.contains("<BASE>");
    !in_base && !own.iter().any(|own| name.contains(own))
}

#[test]
fn row_28_an_error_at_the_nth_unlink_is_reported_and_the_retry_leaves_nothing() {
    if !has_strace() {
        return;
    }
    for error in ["EIO", "EACCES", "EBUSY"] {
        let mut reported = 0;
        for nth in 1.. {
            let place = Place::new();
            let inject = format!("--inject=unlinkat:error={error}:when={nth}");
            let traced = traced(
                &place,
                &exec_tree(&place),
                &["--trace=unlinkat", "--decode-fds=path", &inject],
            );
            let Some(injected) = traced.injected() else {
                traced.ended.assert_code(0);
                place.assert_nothing_left();
                break;
            };
            let base = fs::canonicalize(place.base()).expect("it was made");
            let injected = injected.replace(&format!("<{}>", base.display()), "<BASE>");
            if is_of_the_program(&injected) {
                reported += 1;
                let parts = ["not everything could be removed", "residue 1\n", "  residue    `"];
                traced.ended.assert_code(125).assert_says(&parts);
            }
            assert_next_sweep_leaves_nothing(&place);
        }
        // Every entry, and every directory that is not empty at first once more.
        assert!(reported > TREE_ENTRIES, "{error}: reported {reported} times only");
    }
}

#[test]
fn row_29_directories_without_permission_of_an_ordinary_user() {
    let place = Place::new();
    let program = place.copy(programs::SYMLINK_TRAP);
    let Some(mut command) = place.scratch_as_ordinary_user() else {
        return skip("no ordinary user can run programs here");
    };
    let mut running = Running::start(command.arg(&program));
    running.wait_until_ready();
    let space = place.space();
    symlink("/nowhere", space.join("planted")).expect("a link");
    let mut planted = vec![space.join("planted")];
    let mut closed = Vec::new();
    // In one another, too: what is in the way is in the way of what is below.
    for [outer_mode, inner_mode] in [[0o500, 0o500], [0, 0], [0o500, 0], [0, 0o500], [0o300, 0o600]] {
        let outer = space.join(format!("{outer_mode:o}-{inner_mode:o}"));
        let inner = outer.join("inner");
        fs::create_dir_all(&inner).expect("a directory");
        for dir in [&outer, &inner] {
            fs::write(dir.join("file.txt"), "planted").expect("a file");
            fs::create_dir(dir.join("empty")).expect("a directory");
            planted.extend([dir.clone(), dir.join("file.txt"), dir.join("empty")]);
        }
        closed.extend([(inner, inner_mode), (outer, outer_mode)]);
    }
    if rustix::process::geteuid().is_root() {
        for path in &planted {
            lchown(path, Some(NOBODY), Some(NOBODY)).expect("we are root");
        }
    }
    for (dir, mode) in closed {
        fs::set_permissions(dir, Permissions::from_mode(mode)).expect("ours");
    }
    running.say("\n");
    let ended = running.end();
    ended.assert_code(0);
    assert_eq!(ended.stderr, "scratch: 1 made, 31 found at the end, 0 left\n");
    place.assert_nothing_left();
}

/// Mounts a file system in a command's space, and ends the command.
const WITH_A_MOUNT: &str = r#"
    "$SCRATCH" exec -- /bin/sh -c '
        mkdir -p "$TMPDIR/a/mounted" "$TMPDIR/b/c"
        echo beside > "$TMPDIR/a/beside"
        mount -t tmpfs tmpfs "$TMPDIR/a/mounted" || exit 99
        echo inside > "$TMPDIR/a/mounted/inside"
    '
    echo "exec: $?"
    "$SCRATCH" sweep
    echo "sweep: $?"
    cat "$(find "$SCRATCH_BASE" -name inside)"
    find "$SCRATCH_BASE" -type f -name beside
    umount "$(find "$SCRATCH_BASE" -name mounted)" || exit 99
    "$SCRATCH" sweep
    echo "sweep: $?"
"#;

#[test]
fn row_35_a_mount_inside_a_space() {
    let place = Place::new();
    if !has_mounts(&place) {
        return;
    }
    let ended = ended(&mut in_own_mounts(&place, WITH_A_MOUNT, &[]));
    ended
        .assert_code(0)
        .assert_says(&["residue 1\n", "  residue    `a/mounted`: "]);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    let [exec, swept, residue, sweep, inside, again, clean] = &lines[..] else {
        panic!("seven lines: {ended:#?}")
    };
    assert_eq!(
        [*exec, *sweep, *clean],
        ["exec: 125", "sweep: 1", "sweep: 0"],
        "{ended:#?}"
    );
    assert_eq!(*inside, "inside", "what is mounted was crossed");
    assert!(swept.ends_with(", 1 left") && residue.contains("mounted"), "{ended:#?}");
    assert!(again.ends_with(", 0 left"), "{ended:#?}");
    place.assert_nothing_left();
}

/// What a program is told of a write for which the system's own quota has no room, and what is charged for it.
#[test]
fn row_26_a_quota_of_the_system_is_told_as_a_quota() {
    if !has_strace() {
        return;
    }
    for (error, operation, told) in [
        ("error=EDQUOT", "write 0 0 10", "quota 0 1"),
        ("error=EDQUOT", "stream 0 0 10", "quota 0 1"),
        ("error=EDQUOT", "blocking 0 0 10", "quota 0 1"),
        ("error=EIO", "write 0 0 10", "io 0 1"),
        // It says that it has written a part, and has written nothing.
        ("retval=4", "write 0 0 10", "part 0 1"),
    ] {
        let place = Place::new();
        let lines = place.file("lines", format!("open 0 a cw\n{operation}\n"));
        let (log, inject) = (place.text("strace.log"), format!("--inject=pwrite64:{error}"));
        let wrapper = [
            &["strace", "--output", &log][..],
            &WITH_THREADS,
            &["--trace=pwrite64", &inject],
        ]
        .concat();
        let mut command = under(&wrapper, place.scratch().arg(programs::MODEL));
        let ended = ended(command.stdin(File::open(lines).expect("it was made")));
        ended.assert_code(0);
        assert_eq!(
            ended.stdout,
            format!("ok 0 1\n{told}\n"),
            "{error}, {operation}: {ended:#?}"
        );
        place.assert_nothing_left();
    }
}

/// In a space that is in use, and in one that is to be made.
#[test]
fn row_27_a_full_table_of_descriptors_is_told_as_what_it_is() {
    alone(|| {
        let place = Place::new();
        let limit = Rlimit {
            current: Some(256),
            ..rustix::process::getrlimit(Resource::Nofile)
        };
        rustix::process::setrlimit(Resource::Nofile, limit).expect("lower than it was");
        let base = Base::open(place.base()).expect("it opens");
        let runner = Runner::new().expect("this machine runs wasmtime");
        let program = fs::read(programs::MODEL).expect("it was built");
        let program = runner.program("model", &program).expect("it loads");
        let provider = super::support::provider(&runner);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        let told = |space: &Space| {
            let stdout = MemoryOutputPipe::new(1 << 10);
            let mut command = wasmtime_scratch::Command::new();
            command.args(&["model"]).allow_blocking_current_thread(true);
            let stdin = MemoryInputPipe::new("open 0 a c\nmkdir b\nrmdir b\n");
            command.wasi().stdin(stdin).stdout(stdout.clone());
            let run = runner.run(&program, &provider, command, space);
            assert_eq!(runtime.block_on(run).expect("it starts"), Outcome::Exit { code: 0 });
            String::from_utf8_lossy(&stdout.contents()).into_owned()
        };
        let [used, unused] = [base.space(None), base.space(None)];
        assert_eq!(told(&used), "ok 0 1\nok 0 2\nok 0 1\n");
        fs::remove_file(used.dir().expect("it was made").join("a")).expect("ours");
        let mut open = Vec::new();
        while let Ok(file) = File::open("/dev/null") {
            open.push(file);
        }
        assert_eq!(told(&used), "insufficient-memory 0 1\nok 0 2\nok 0 1\n");
        assert_eq!(
            told(&unused),
            "insufficient-memory 0 0\ninsufficient-memory 0 0\ninsufficient-memory 0 0\n"
        );
        drop(open);
        assert_eq!(told(&unused), "ok 0 1\nok 0 2\nok 0 1\n");
    });
}

#[test]
fn row_37_openat2_not_available() {
    if !has_strace() {
        return;
    }
    for program in [
        &[programs::DROPS, "disk"][..],
        &[programs::NEVER_DROPPED, "disk"],
        &[programs::PERSIST_INSIDE, "disk"],
        &[programs::USES_TMP],
        &[programs::TRAP_OPEN, "disk"],
    ] {
        let place = Place::new();
        let mut command = place.scratch();
        command.args(program);
        let with = ended(&mut command);
        let inject = ["--trace=openat2", "--inject=openat2:error=ENOSYS"];
        let without = traced(&place, &command, &[&WITH_THREADS[..], &inject].concat());
        assert!(without.injected().is_some(), "it does not ask for it: {without:#?}");
        let Traced { ended: without, .. } = without;
        assert_eq!(
            (without.code, &without.stdout),
            (with.code, &with.stdout),
            "{without:#?}"
        );
        // The time that it took is in the report of a trap.
        let lines = |text: &str| -> Vec<String> {
            let timeless = |line: &&str| {
                !line.contains(" s\n") && !line.starts_with("scratch: trap") && !line.starts_with("receipt")
            };
            text.lines().filter(timeless).map(str::to_owned).collect()
        };
        assert_eq!(lines(&without.stderr), lines(&with.stderr));
        place.assert_nothing_left();
    }
}

/// Persists to another file system, and opens files in every way that the contract knows, without `/proc`.
const WITHOUT_PROC: &str = r#"
    mount -t tmpfs tmpfs /proc && mount -t tmpfs tmpfs "$1" || exit 99
    cd "$1"
    program=$2
    shift 2
    for storage in disk default; do
        mkdir "$storage"
        "$SCRATCH" --dir "$storage::/out" "$program" "$storage" || exit
    done
    exec "$SCRATCH" check "$SCRATCH_PROVIDER" "$@"
"#;

#[test]
fn row_37_proc_not_mounted() {
    let place = Place::new();
    if !has_mounts(&place) {
        return;
    }
    let out = place.dir("out", 0o700);
    let cases = CASES
        .iter()
        .map(|case| case.name)
        .filter(|name| name.starts_with("open-"));
    let cases = cases.flat_map(|name| ["--case", name]);
    let args: Vec<_> = [out.as_str(), programs::PERSIST_OUT].into_iter().chain(cases).collect();
    let ended = ended(&mut in_own_mounts(&place, WITHOUT_PROC, &args));
    ended.assert_code(0);
    assert!(ended.stdout.ends_with(" 0 known, 0 failed\n"), "{ended:#?}");
    place.assert_nothing_left();
}
