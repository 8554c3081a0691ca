//! Route templates.

mod catch_all;
mod constrained;
mod default_value;
mod override_prefix;
mod pattern;
mod plain_text;
mod strong_params;
mod user_id;
