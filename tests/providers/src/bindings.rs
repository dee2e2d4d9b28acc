//! The world `provider`, with what this library needs beside it.

wit_bindgen::generate!({
    inline: "
        package scratch:test-providers;

        world test-provider {
            include scratch:tempfile/provider@0.1.0;
            import wasi:filesystem/preopens@0.2.6;
            import wasi:random/random@0.2.6;
        }
    ",
    path: "../../wit",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "scratch_test_providers::bindings",
});
