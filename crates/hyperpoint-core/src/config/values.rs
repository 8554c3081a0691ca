//! Values that other crates store in the configuration, by type.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;

/// Values that other crates store in the configuration: one type map for each level, the innermost
/// level first. Each map has at most one value of each type.
#[derive(Clone)]
pub(super) struct Values(Vec<Level>);

/// The values of one level.
type Level = Vec<(TypeId, Arc<dyn Any + Send + Sync>)>;

impl Values {
    /// Sets the value of this type at the innermost level. Replaces the previous value of the type.
    pub(super) fn set<T: Send + Sync + 'static>(&mut self, value: T) {
        let id = TypeId::of::<T>();
        if let Some(own) = self.0.first_mut() {
            own.retain(|(known, _)| *known != id);
            own.push((id, Arc::new(value)));
        }
    }

    /// Returns the value of this type at each level, the innermost level first. `None` for a level
    /// without such a value.
    pub(super) fn by_level<T: Send + Sync + 'static>(&self) -> impl Iterator<Item = Option<&T>> {
        self.0.iter().map(|level| level.iter().find_map(|(_, value)| value.downcast_ref()))
    }

    /// Appends the levels of the outer configuration after these levels.
    pub(super) fn within(self, outer: &Self) -> Self {
        Self([self.0, outer.0.clone()].concat())
    }
}

impl Default for Values {
    fn default() -> Self {
        Self(vec![Level::new()])
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Values").field(&self.0.iter().map(Vec::len).sum::<usize>()).finish()
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
        let both = inner.within(&Values::default()).within(&outer);
        assert_eq!(both.by_level::<u8>().collect::<Vec<_>>(), [Some(&2), None, Some(&3)]);
        assert_eq!(both.by_level::<&str>().collect::<Vec<_>>(), [Some(&"inner"), None, None]);
        assert!(both.by_level::<u16>().all(|value| value.is_none()));
    }
}
