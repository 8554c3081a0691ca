//! The mail service.

/// Sends mail, and says what became of it.
pub(crate) trait Mail: Send + Sync {
    fn send(&self) -> String;
}

/// The mail service of tests.
pub(crate) struct NoMail;

impl Mail for NoMail {
    fn send(&self) -> String {
        "Email was not sent during testing!".to_owned()
    }
}
