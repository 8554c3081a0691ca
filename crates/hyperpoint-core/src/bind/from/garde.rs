//! The rules of `garde` on fields that say where they come from.

use garde::error::NoKey;
use garde::rules::inner::Inner;
use garde::{Path, Report, Validate};

use super::sourced::{Body, Claim, Cookie, Form, Header, Query};

/// `#[garde(inner(…))]`: the rules of what the field holds, told by the name of the field.
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

/// `#[garde(dive)]`: the rules of the type. A client that writes a whole body knows no name for it.
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
