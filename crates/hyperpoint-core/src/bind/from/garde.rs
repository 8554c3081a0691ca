//! Validation of the [`from`](super) field types by `garde`.

use garde::error::NoKey;
use garde::rules::inner::Inner;
use garde::{Path, Report, Validate};

use super::sourced::{Body, Claim, Cookie, Form, Header, Query};

/// Implements `#[garde(inner(…))]`, which validates the inner value. Error paths contain the name
/// of the field.
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

/// Implements `#[garde(dive)]`, which validates the inner value by the rules of its type. Error
/// paths omit the name of the field, which clients do not know because it is not part of the body.
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
