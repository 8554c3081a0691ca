//! Values that processors and a handler share during one request.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Values = HashMap<TypeId, Arc<dyn Any + Send + Sync>>;

/// The values that processors and the handler of one request share, at most one of each type. An
/// empty state does not allocate.
///
/// # Examples
///
/// ```
/// use hyperpoint::State;
///
/// struct Tenant(String);
///
/// let state = State::default();
/// state.set(Tenant("acme".to_owned()));
/// assert_eq!(state.get::<Tenant>().unwrap().0, "acme");
/// assert!(state.get::<u32>().is_none());
/// ```
#[derive(Default)]
pub struct State(Mutex<Option<Box<Values>>>);

impl State {
    /// Sets a value. Replaces an earlier value of the same type.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::State;
    ///
    /// let state = State::default();
    /// state.set(1_u32);
    /// state.set(2_u32);
    /// assert_eq!(state.get::<u32>().as_deref(), Some(&2));
    /// ```
    pub fn set<T: Send + Sync + 'static>(&self, value: T) {
        let mut values = self.lock();
        values.get_or_insert_default().insert(TypeId::of::<T>(), Arc::new(value));
    }

    /// Returns the value of this type, if one was set.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::State;
    ///
    /// assert!(State::default().get::<u32>().is_none());
    /// ```
    #[must_use]
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let value = self.lock().as_ref()?.get(&TypeId::of::<T>()).cloned();
        value?.downcast().ok()
    }

    /// Returns the value of this type. If none was set, sets the default value first.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    ///
    /// use hyperpoint::State;
    ///
    /// let state = State::default();
    /// state.get_or_default::<AtomicUsize>().fetch_add(1, Ordering::Relaxed);
    /// assert_eq!(state.get_or_default::<AtomicUsize>().load(Ordering::Relaxed), 1);
    /// ```
    #[must_use]
    pub fn get_or_default<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        if let Some(value) = self.get() {
            return value;
        }
        // Created before the lock is taken, because `default` is user code.
        let created: Arc<T> = Arc::default();
        let mut values = self.lock();
        let kept = values.get_or_insert_default().entry(TypeId::of::<T>());
        let kept = Arc::clone(kept.or_insert_with(|| Arc::<T>::clone(&created)));
        kept.downcast().unwrap_or(created)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<Values>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.lock().as_ref().map_or(0, |values| values.len());
        f.debug_tuple("State").field(&count).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_has_one_value_of_each_type_and_keeps_the_first_default() {
        let state = State::default();
        assert!(state.get::<u32>().is_none());
        let first = state.get_or_default::<Mutex<u32>>();
        *first.lock().unwrap() = 7;
        assert_eq!(*state.get_or_default::<Mutex<u32>>().lock().unwrap(), 7);
        state.set(1_u32);
        state.set(2_u32);
        assert_eq!(state.get::<u32>().as_deref(), Some(&2));
    }
}
