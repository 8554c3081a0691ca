//! Values that other crates store in the configuration, by type.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;

/// Values that other crates store in the configuration, by type: at most one of each type at each level,
/// the innermost level first.
#[derive(Clone, Default)]
pub(super) struct Values(Vec<(TypeId, Arc<dyn Any + Send + Sync>)>);

impl Values {
    /// Sets the value of this type at the level that is being configured. Replaces its previous value.
    pub(super) fn set<T: Send + Sync + 'static>(&mut self, value: T) {
        let id = TypeId::of::<T>();
        self.0.retain(|(known, _)| *known != id);
        self.0.push((id, Arc::new(value)));
    }

    /// Returns the values of this type, the innermost level first.
    pub(super) fn of<T: Send + Sync + 'static>(&self) -> impl Iterator<Item = &T> {
        self.0.iter().filter_map(|(_, value)| value.downcast_ref())
    }

    /// Combines the values with the values of the next outer level.
    pub(super) fn within(self, outer: &Self) -> Self {
        Self([self.0, outer.0.clone()].concat())
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Values").field(&self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_has_one_value_of_a_type_and_the_innermost_comes_first() {
        let (mut inner, mut outer) = (Values::default(), Values::default());
        inner.set(1_u8);
        inner.set(2_u8);
        inner.set("inner");
        outer.set(3_u8);
        let both = inner.within(&outer);
        assert_eq!(both.of::<u8>().collect::<Vec<_>>(), [&2, &3]);
        assert_eq!(both.of::<&str>().collect::<Vec<_>>(), [&"inner"]);
        assert_eq!(both.of::<u16>().count(), 0);
    }
}
