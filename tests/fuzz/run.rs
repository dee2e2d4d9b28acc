//! Any sequence of operations of two tenants, with the paths that people attack with: `just fuzz`.

#[path = "../model/decode.rs"]
mod decode;
#[path = "../model/expected.rs"]
mod expected;
#[path = "../model/ops.rs"]
mod ops;
#[path = "../model/tenants.rs"]
mod tenants;

use std::sync::LazyLock;

use self::decode::Case;
use self::tenants::Tenants;

static TENANTS: LazyLock<Tenants> = LazyLock::new(Tenants::new);

pub(crate) fn run(bytes: &[u8]) {
    let case = Case::decode(bytes);
    let [first, second] = &case.tenants;
    if let Err(reason) = TENANTS.run(case.limits, [first, second], case.is_plain) {
        panic!("{reason}\n{case:?}");
    }
}
