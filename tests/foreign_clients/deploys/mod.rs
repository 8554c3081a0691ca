//! Deploys, as browsers see them.

mod rolling;
