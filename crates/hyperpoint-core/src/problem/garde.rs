//! Validation by `garde::Validate`.

use garde::Validate;

use super::Failures;

impl Failures {
    /// Validates a value by the `garde` rules of its type, and adds each failure with the path of
    /// its field. Needs the feature `garde`.
    ///
    /// # Examples
    ///
    /// ```
    /// # mod garde { pub use ::garde::*; }
    /// use hyperpoint::Failures;
    /// # struct Person { name: String }
    /// # impl garde::Validate for Person {
    /// #     type Context = ();
    /// #     fn validate_into(&self, _: &(), parent: &mut dyn FnMut() -> garde::Path, report: &mut garde::Report) {
    /// #         if self.name.is_empty() {
    /// #             report.append(parent().join("name"), garde::Error::new("length is lower than 1"));
    /// #         }
    /// #     }
    /// # }
    ///
    /// // In an endpoint: `fn validate(&self, person: &Person, failures: &mut Failures)`.
    /// fn validate(person: &Person, failures: &mut Failures) {
    ///     failures.garde(person);
    /// }
    ///
    /// let mut failures = Failures::default();
    /// validate(&Person { name: String::new() }, &mut failures);
    /// assert!(!failures.is_empty());
    /// ```
    pub fn garde<T>(&mut self, value: &T)
    where
        T: Validate + ?Sized,
        T::Context: Default,
    {
        self.garde_with(value, &T::Context::default());
    }

    /// Validates a value by the `garde` rules of its type with this context, and adds each failure
    /// with the path of its field. Needs the feature `garde`.
    pub fn garde_with<T: Validate + ?Sized>(&mut self, value: &T, context: &T::Context) {
        let Err(report) = value.validate_with(context) else {
            return;
        };
        let mut found = report.iter();
        while !self.is_full()
            && let Some((path, error)) = found.next()
        {
            self.add(path.to_string(), error.message());
        }
        self.count_more(found.count());
    }
}
