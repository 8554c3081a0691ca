//! Chromium, over WebDriver (W3C WebDriver, and chromedriver's own commands).
//!
//! Each test has its own browser, which ends with the test, also after a panic.

mod driver;
mod browser;

pub(crate) use browser::Browser;
