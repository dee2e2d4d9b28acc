//! `wasi:io/error` without what is the host's: wasmtime-wasi prints an error with the host's backtrace, if it has one.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::IoError;
use wasmtime_wasi::p2::bindings::io::error;

use super::Guard;

impl error::Host for Guard<'_> {}

impl error::HostError for Guard<'_> {
    fn to_debug_string(&mut self, error: Resource<IoError>) -> wasmtime::Result<String> {
        Ok(format!("{:#}", self.table.get(&error)?))
    }

    fn drop(&mut self, error: Resource<IoError>) -> wasmtime::Result<()> {
        self.table.delete(error)?;
        Ok(())
    }
}
