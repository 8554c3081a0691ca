//! Validation by `garde` of fields with their own source.

use garde::error::NoKey;
use garde::rules::inner::Inner;
use garde::{Path, Report, Validate};

use super::sourced::{Body, Claim, Cookie, Form, Header, Query};

/// `#[garde(inner(…))]`: validates the inner value; errors have the name of the field.
macro_rules! inner {
    ($($name:ident)*) => {$(
        impl<T> Inner<T> for $name<T> {
            type Key = NoKey;

            fn validate_inner<F: FnMut(&T, &NoKey)>(&self, mut validate: F) {
                validate(&self.0, &NoKey::default());
            }
        }
    )*};
}

/// `#[garde(dive)]`: validates by the type's own rules. The error paths omit the name of the field,
/// which is not part of the body and so unknown to the client.
macro_rules! dive {
    ($($name:ident)*) => {$(
        impl<T: Validate> Validate for $name<T> {
            type Context = T::Context;

            fn validate_into(
                &self,
                context: &T::Context,
                _: &mut dyn FnMut() -> Path,
                report: &mut Report,
            ) {
                self.0.validate_into(context, &mut Path::empty, report);
            }
        }
    )*};
}

inner! { Query Header Cookie Claim Form Body }
dive! { Form Body }
