//! Wire-level tests through the public face: one binary, a module for each subject.
