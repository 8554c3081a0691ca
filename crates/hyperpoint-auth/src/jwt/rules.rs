//! Validation rules for the claims of tokens.

use std::time::Duration;

use jsonwebtoken::Validation;

use super::algorithm::JwtAlgorithm;

/// The default tolerated difference between the clocks of issuer and host.
const LEEWAY: Duration = Duration::from_secs(30);

/// The requirements on a token other than its signature.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) issuers: ClaimRule,
    pub(super) audiences: ClaimRule,
    pub(super) needs_expiry: bool,
    pub(super) leeway: Duration,
}

/// The accepted values of a claim.
#[derive(Debug)]
pub(super) enum ClaimRule {
    OneOf(Vec<String>),
    Any,
}

impl ClaimRule {
    /// Accepts this value too. If the rule was `Any`, accepts only this value.
    pub(super) fn or(&mut self, value: String) {
        match self {
            Self::OneOf(values) => values.push(value),
            Self::Any => *self = Self::OneOf(vec![value]),
        }
    }

    /// Returns the accepted values, or `None` if any value is accepted.
    pub(super) fn values(&self) -> Option<&[String]> {
        match self {
            Self::OneOf(values) => Some(values),
            Self::Any => None,
        }
    }
}

impl Default for Rules {
    fn default() -> Self {
        let (issuers, audiences) = (ClaimRule::OneOf(Vec::new()), ClaimRule::OneOf(Vec::new()));
        Self { issuers, audiences, needs_expiry: true, leeway: LEEWAY }
    }
}

impl Rules {
    /// Returns the rules in the form of the `jsonwebtoken` crate, one for each algorithm.
    pub(super) fn validations(&self) -> Vec<Validation> {
        let base = self.validation();
        let of = |algorithm: JwtAlgorithm| {
            let algorithms = vec![algorithm.code()];
            Validation { algorithms, ..base.clone() }
        };
        JwtAlgorithm::ALL.map(of).to_vec()
    }

    fn validation(&self) -> Validation {
        let leeway = self.leeway.as_secs();
        let mut validation = Validation { leeway, validate_nbf: true, ..Validation::default() };
        let mut needed = vec!["sub"];
        if self.needs_expiry {
            needed.push("exp");
        }
        if let Some(issuers) = self.issuers.values() {
            validation.set_issuer(issuers);
            needed.push("iss");
        }
        match self.audiences.values() {
            Some(audiences) => {
                validation.set_audience(audiences);
                needed.push("aud");
            }
            None => validation.validate_aud = false,
        }
        validation.set_required_spec_claims(&needed);
        validation
    }
}
