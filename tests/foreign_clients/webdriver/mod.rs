//! Chromium, over WebDriver (W3C WebDriver, and chromedriver's own commands).
//!
//! Each test has a browser of its own, which ends with it, also when the test panics.

mod driver;
mod browser;

pub(crate) use browser::Browser;
