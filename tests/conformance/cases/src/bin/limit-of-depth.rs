//! Beyond the limit of depth it is `quota`: an entry directly in the space has depth 1.
//@ storages = ["disk"]
#![forbid(unsafe_code)]

use scratch_conformance_cases::{
    ErrorCode, TemporaryDirectory, any_name, assert_space_empty, new_directory, passed, space,
};

/// Deeper is not gone here: paths end somewhere.
const MOST: u64 = 100;

pub(crate) fn main() {
    let Some(most) = space::get_limits().depth.filter(|most| *most <= MOST) else {
        return passed();
    };
    let mut chain = vec![new_directory()];
    for depth in 2..=most {
        let inner = chain.last().map(|last| last.create_directory(&any_name()));
        let inner = inner.expect("there is one at least");
        chain.push(inner.unwrap_or_else(|code| panic!("create a directory of depth {depth}: {code}")));
    }
    let deeper = chain.last().map(|last| last.create_directory(&any_name()));
    let refused = deeper.expect("there is one at least").err();
    assert_eq!(refused, Some(ErrorCode::Quota), "create one beyond the limit");
    TemporaryDirectory::create(&any_name()).expect("create one that is not deep");
    drop(chain.swap_remove(0));
    drop(chain);
    assert_space_empty();
    passed();
}
