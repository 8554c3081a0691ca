//! Deployments, as browsers experience them.

mod rolling;
