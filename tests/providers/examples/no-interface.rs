//! Provides something, but no temporary files.

mod bindings {
    wit_bindgen::generate!({
        inline: "
            package scratch:test-providers;

            interface greeting {
                greet: func() -> string;
            }

            world no-interface {
                export greeting;
            }
        ",
    });
}

use bindings::exports::scratch::test_providers::greeting::Guest;

struct Provider;

impl Guest for Provider {
    fn greet() -> String {
        "Hello, world!".to_owned()
    }
}

bindings::export!(Provider with_types_in bindings);
