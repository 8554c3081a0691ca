//! Sealed values that an application defines.

use std::time::{Duration, SystemTime};

use hyperpoint_core::problem::Problem;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::seal::Seal;
use super::signing_keys::SigningKeys;
use super::stored::{seconds, time};

/// The kind that [`Seal`] uses for the values of an application. Sessions and tickets have other
/// kinds.
const KIND: &str = "value";

/// A value with the time at which it expires.
#[derive(Serialize, Deserialize)]
struct Expiring<T> {
    value: T,
    /// The time of expiry, in seconds since 1970.
    exp: u64,
}

impl SigningKeys {
    /// Seals a value for one purpose and a limited time, such as the state of a redirect or of a
    /// link in an e-mail. Returns text for a URL or a cookie. The time of expiry is rounded down to
    /// a whole second.
    ///
    /// The value is signed but not encrypted: anyone who has the text can read the value. The text
    /// cannot be used as a session or a ticket, and cannot be opened for another purpose.
    ///
    /// # Errors
    ///
    /// Returns a 500 problem if the value cannot be serialized as JSON.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint::schemes::SigningKeys;
    ///
    /// # fn main() -> hyperpoint::Result<()> {
    /// let keys = SigningKeys::random();
    /// let text = keys.seal("confirm-email", &"ann@example.com", Duration::from_mins(30))?;
    /// assert_eq!(keys.unseal("confirm-email", &text), Some("ann@example.com".to_owned()));
    /// assert_eq!(keys.unseal::<String>("reset-password", &text), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn seal<T: Serialize>(
        &self,
        purpose: &str,
        value: &T,
        valid_for: Duration,
    ) -> Result<String, Problem> {
        let exp = SystemTime::now().checked_add(valid_for).map_or(u64::MAX, seconds);
        Seal::new(self, KIND, purpose).seal(&Expiring { value, exp })
    }

    /// Opens a value that was [sealed](Self::seal) for this purpose. Returns `None` if the text was
    /// changed, was sealed for another purpose or with an unknown secret, has expired, or does not
    /// contain a `T`.
    #[must_use]
    pub fn unseal<T: DeserializeOwned>(&self, purpose: &str, text: &str) -> Option<T> {
        let Expiring { value, exp } = Seal::new(self, KIND, purpose).open(text)?;
        // A time that `SystemTime` cannot represent is in the far future.
        time(exp).is_none_or(|end| end > SystemTime::now()).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_for_its_purpose_until_it_expires() {
        let keys = SigningKeys::random();
        let open = |purpose, text: &str| keys.unseal::<u32>(purpose, text);
        let text = keys.seal("a", &7, Duration::from_mins(1)).unwrap();
        assert_eq!(open("a", &text), Some(7));
        assert_eq!(open("b", &text), None);
        assert_eq!(SigningKeys::random().unseal::<u32>("a", &text), None);
        assert_eq!(open("a", &text.replacen('.', "A.", 1)), None);
        let expired = keys.seal("a", &7, Duration::ZERO).unwrap();
        assert_eq!(open("a", &expired), None);
        let unlimited = keys.seal("a", &7, Duration::MAX).unwrap();
        assert_eq!(open("a", &unlimited), Some(7));
    }

    #[test]
    fn a_sealed_value_is_not_a_session_or_a_ticket() {
        let keys = SigningKeys::random();
        let text = keys.seal("session", &7, Duration::from_mins(1)).unwrap();
        for kind in ["session", "ticket"] {
            let seal = Seal::new(&keys, kind, "session");
            assert!(seal.open::<serde_json::Value>(&text).is_none(), "{kind}");
        }
    }
}
