//! Sequences of operations.
