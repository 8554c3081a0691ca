//! Pairs of an access token and a refresh token.

mod pair;
mod pair_login;
mod refresh_pair;
