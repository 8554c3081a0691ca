//! Deprecation of an endpoint: its date, its sunset date and a link.

use std::time::{Duration, UNIX_EPOCH};

use http::header::{HeaderName, HeaderValue, LINK};

const DAY: u64 = 24 * 60 * 60;

/// The dates on which an endpoint is deprecated (RFC 9745) and removed (RFC 8594), announced in
/// response headers.
///
/// A date has the form `2026-12-31` and stands for the start of that day in UTC. An invalid date is
/// a configuration error.
///
/// # Examples
///
/// ```
/// use hyperpoint::Deprecation;
///
/// let deprecation = Deprecation::since("2026-03-01").sunset("2026-12-31");
/// let headers = deprecation.headers();
/// assert_eq!(headers[0].1, "@1772323200");
/// assert_eq!(headers[1].1, "Thu, 31 Dec 2026 00:00:00 GMT");
/// ```
#[derive(Clone, Debug)]
pub struct Deprecation {
    since: String,
    sunset: Option<String>,
    policy: Option<String>,
}

impl Deprecation {
    /// Creates a deprecation on this date, which may be in the future. The date is sent as the
    /// header `Deprecation`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Deprecation;
    ///
    /// assert_eq!(Deprecation::since("1970-01-02").headers()[0].1, "@86400");
    /// ```
    #[must_use]
    pub fn since(date: &str) -> Self {
        Self { since: date.to_owned(), sunset: None, policy: None }
    }

    /// Sets the date of removal, which is sent as the header `Sunset`. A date before the
    /// deprecation date is a configuration error. Default: none.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Deprecation;
    ///
    /// let deprecation = Deprecation::since("2026-03-01").sunset("2026-12-31");
    /// assert_eq!(deprecation.headers()[1].1, "Thu, 31 Dec 2026 00:00:00 GMT");
    /// ```
    #[must_use]
    pub fn sunset(mut self, date: &str) -> Self {
        self.sunset = Some(date.to_owned());
        self
    }

    /// Sets the URI of a page that describes how to migrate. The URI is sent in a `Link` header
    /// with the relation `deprecation`. An invalid URI is a configuration error. Default: none.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::Deprecation;
    ///
    /// let deprecation = Deprecation::since("2026-03-01").see("https://api.example/changes#v1");
    /// assert_eq!(deprecation.headers()[1].1, "<https://api.example/changes#v1>; rel=\"deprecation\"");
    /// ```
    #[must_use]
    pub fn see(mut self, uri: &str) -> Self {
        self.policy = Some(uri.to_owned());
        self
    }

    /// Returns the headers to add to the responses of the endpoint. Omits invalid dates, and a URI
    /// that is not a valid header value.
    #[must_use]
    pub fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let since = day(&self.since).map(|day| format!("@{}", day * DAY));
        let sunset = self
            .sunset
            .as_deref()
            .and_then(day)
            .map(|day| httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(day * DAY)));
        let policy = self.policy.as_ref().map(|uri| format!("<{uri}>; rel=\"deprecation\""));
        let all = [
            (HeaderName::from_static("deprecation"), since),
            (HeaderName::from_static("sunset"), sunset),
            (LINK, policy),
        ];
        let value =
            |(name, text): (_, Option<String>)| Some((name, HeaderValue::try_from(text?).ok()?));
        all.into_iter().filter_map(value).collect()
    }

    /// Returns the configuration errors, one message each.
    pub(super) fn configuration_errors(&self) -> Vec<String> {
        let dates = [("deprecation", Some(&self.since)), ("sunset", self.sunset.as_ref())];
        let mut errors: Vec<_> = dates
            .into_iter()
            .filter_map(|(kind, date)| Some((kind, date.filter(|date| day(date).is_none())?)))
            .map(|(kind, date)| {
                format!(
                    "has the {kind} date `{date}`, which is not a date; write a date such as \
                     `2026-12-31`"
                )
            })
            .collect();
        let sunset = self.sunset.as_deref().and_then(day);
        if sunset.is_some_and(|sunset| day(&self.since).is_some_and(|since| sunset < since)) {
            errors.push(
                "has a sunset date before its deprecation date; change one of the dates".to_owned(),
            );
        }
        let is_uri = |uri: &String| uri.parse::<http::Uri>().is_ok() && !uri.contains(['<', '>']);
        if let Some(uri) = self.policy.as_ref().filter(|uri| !is_uri(uri)) {
            errors.push(format!(
                "has the deprecation link `{uri}`, which is not a URI; write a URI such as \
                 `https://example.com/deprecated`"
            ));
        }
        errors
    }
}

/// Returns the number of days from 1970-01-01 to a date of the form `2026-12-31`, or `None` if the
/// date is invalid or before 1970-01-01.
fn day(date: &str) -> Option<u64> {
    let mut parts = date.split('-');
    let mut next = |len: usize| {
        let part = parts.next().filter(|part| part.len() == len)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u64>().ok())?
    };
    let (year, month, day) = (next(4)?, next(2)?, next(2)?);
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let length = *lengths.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    if parts.next().is_some() || year < 1970 || !(1..=length).contains(&day) {
        return None;
    }
    let years = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum::<u64>();
    let months = lengths.iter().take(usize::try_from(month - 1).ok()?).sum::<u64>();
    Some(years + months + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_valid_days_of_the_calendar() {
        for (date, expected) in [
            ("1970-01-01", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("2000-02-29", "Tue, 29 Feb 2000 00:00:00 GMT"),
            ("2026-12-31", "Thu, 31 Dec 2026 00:00:00 GMT"),
            ("2100-03-01", "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] {
            let headers = Deprecation::since("1970-01-01").sunset(date).headers();
            assert_eq!(headers.last().unwrap().1, expected);
        }
        for invalid in
            ["", "2026", "2026-13-01", "2026-02-29", "2100-02-29", "26-01-01", "2026-1-1"]
        {
            assert_eq!(day(invalid), None, "{invalid}");
        }
        for invalid in ["2026-00-10", "2026-01-00", "2026-01-01-01", "+202-01-01", "1969-12-31"] {
            assert_eq!(day(invalid), None, "{invalid}");
        }
    }
}
