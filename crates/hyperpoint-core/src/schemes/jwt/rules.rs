//! What is asked of a token beside its signature.

use std::time::Duration;

use jsonwebtoken::Validation;

use super::algorithm::JwtAlgorithm;

const LEEWAY: Duration = Duration::from_secs(30);

/// What is asked of a token beside its signature.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) issuers: Asked,
    pub(super) audiences: Asked,
    pub(super) needs_expiry: bool,
    pub(super) leeway: Duration,
}

/// What a claim has to be.
#[derive(Debug)]
pub(super) enum Asked {
    OneOf(Vec<String>),
    Anything,
}

impl Asked {
    pub(super) fn or(&mut self, value: String) {
        match self {
            Self::OneOf(values) => values.push(value),
            Self::Anything => *self = Self::OneOf(vec![value]),
        }
    }

    pub(super) fn values(&self) -> Option<&[String]> {
        match self {
            Self::OneOf(values) => Some(values),
            Self::Anything => None,
        }
    }
}

impl Default for Rules {
    fn default() -> Self {
        let (issuers, audiences) = (Asked::OneOf(Vec::new()), Asked::OneOf(Vec::new()));
        Self { issuers, audiences, needs_expiry: true, leeway: LEEWAY }
    }
}

impl Rules {
    /// The rules as the library has them, for each algorithm that a key may have.
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
