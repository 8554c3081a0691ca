//! The content codings that a client accepts.

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// A content coding that the host applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Brotli,
}

/// The weights in `Accept-Encoding`, unset for a coding that is not listed (RFC 9110 §12.5.3).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Codings {
    gzip: Option<f32>,
    brotli: Option<f32>,
    identity: Option<f32>,
    /// The weight of `*`, if listed. Applies to codings that are not listed.
    any: Option<f32>,
}

impl Coding {
    /// All codings that the host applies.
    pub(super) const ALL: [Self; 2] = [Self::Gzip, Self::Brotli];

    /// Returns the coding's name in headers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }
}

impl Codings {
    /// Parses the weights of a request. An entry with a malformed weight is ignored.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut codings = Self::default();
        let values = headers.get_all(ACCEPT_ENCODING).iter();
        let entries =
            values.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
        for entry in entries {
            let (name, weight) = entry.split_once(';').unwrap_or((entry, "q=1"));
            let weight =
                weight.trim().strip_prefix(['q', 'Q']).and_then(|rest| rest.strip_prefix('='));
            let weight = weight.and_then(|weight| weight.parse().ok());
            let Some(weight) = weight.filter(|weight| (0.0..=1.0).contains(weight)) else {
                continue;
            };
            let named = match name.trim().to_ascii_lowercase().as_str() {
                "gzip" | "x-gzip" => &mut codings.gzip,
                "br" => &mut codings.brotli,
                "identity" => &mut codings.identity,
                "*" => &mut codings.any,
                _ => continue,
            };
            *named = Some(named.map_or(weight, |known| known.max(weight)));
        }
        codings
    }

    /// Returns whether the client accepts this coding.
    pub(super) fn accept(self, coding: Coding) -> bool {
        self.weight(coding) > 0.0
    }

    /// Returns the coding with the largest weight, or `None` if the client accepts no coding of the
    /// host or prefers uncompressed content.
    pub(super) fn preferred(self) -> Option<Coding> {
        let (gzip, brotli) = (self.weight(Coding::Gzip), self.weight(Coding::Brotli));
        let best = if brotli >= gzip { Coding::Brotli } else { Coding::Gzip };
        let plain = self.identity.or(self.any).unwrap_or(0.0);
        (self.accept(best) && self.weight(best) >= plain).then_some(best)
    }

    /// Returns whether the client accepts neither uncompressed content nor any coding of the host.
    pub(super) fn refuse_all(self) -> bool {
        let refuses_plain = self.identity.or(self.any) == Some(0.0);
        refuses_plain && !Coding::ALL.into_iter().any(|coding| self.accept(coding))
    }

    /// Returns the weight of a coding, 0 if the client does not accept it.
    fn weight(self, coding: Coding) -> f32 {
        let named = match coding {
            Coding::Gzip => self.gzip,
            Coding::Brotli => self.brotli,
        };
        named.or(self.any).unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(accept: &str, preferred: Option<Coding>, refuse_all: bool) {
        let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, accept.parse().unwrap())]);
        let codings = Codings::of(&headers);
        assert_eq!(
            (codings.preferred(), codings.refuse_all()),
            (preferred, refuse_all),
            "{accept}"
        );
    }

    #[test]
    fn the_coding_with_the_largest_weight_is_preferred() {
        check("gzip", Some(Coding::Gzip), false);
        check("x-gzip, br", Some(Coding::Brotli), false);
        check("gzip, br;q=0.5", Some(Coding::Gzip), false);
        check("*", Some(Coding::Brotli), false);
        check("*;q=0.5, gzip;q=0.7", Some(Coding::Gzip), false);
        check("gzip;q=0.5, identity", None, false);
        check("gzip;q=0", None, false);
        check("", None, false);
        check("deflate", None, false);
    }

    #[test]
    fn a_client_that_accepts_no_coding_is_detected() {
        check("identity;q=0", None, true);
        check("identity;q=0, deflate", None, true);
        check("*;q=0", None, true);
        check("identity;q=0, gzip; q = 1", None, true);
        check("identity;q=0, gzip", Some(Coding::Gzip), false);
        check("*;q=0, identity", None, false);
    }
}
