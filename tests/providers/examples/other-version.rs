//! Provides `scratch:tempfile` in version 0.9.0, which nobody asked for.

mod bindings {
    wit_bindgen::generate!({
        inline: "
            package scratch:tempfile@0.9.0;

            interface types {
                resource temporary-file {
                    create: static func() -> result<temporary-file>;
                    get-size: func() -> result<u64>;
                }
            }

            interface space {
                get-path: func() -> option<string>;
            }

            world provider {
                export types;
                export space;
            }
        ",
    });
}

use bindings::exports::scratch::tempfile::{space, types};

struct Provider;

struct File;

impl types::Guest for Provider {
    type TemporaryFile = File;
}

impl types::GuestTemporaryFile for File {
    fn create() -> Result<types::TemporaryFile, ()> {
        Ok(types::TemporaryFile::new(File))
    }

    fn get_size(&self) -> Result<u64, ()> {
        Ok(0)
    }
}

impl space::Guest for Provider {
    fn get_path() -> Option<String> {
        None
    }
}

bindings::export!(Provider with_types_in bindings);
