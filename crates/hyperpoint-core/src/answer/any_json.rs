//! `AnyJson`: the response of a pre-processor.

use std::any::TypeId;
use std::cell::Cell;
use std::fmt;

use serde::Serialize;

use super::kinds::{Answer, PlainAnswer};
use crate::problem::Problem;

/// The response of a pre-processor: any value that serializes as JSON, or `()` for a response
/// without a body.
///
/// # Examples
///
/// ```
/// use hyperpoint::prelude::*;
/// use hyperpoint::{PreCx, PreProcessor, async_trait};
///
/// #[derive(Serialize)]
/// struct Closed {
///     opens_at: u8,
/// }
///
/// struct OpeningHours;
///
/// #[async_trait]
/// impl PreProcessor for OpeningHours {
///     async fn before(&self, cx: PreCx<'_>) -> Result<Option<Sent>> {
///         cx.send.ok_async(Closed { opens_at: 9 }).await.map(Some)
///     }
/// }
/// # let _ = OpeningHours;
/// ```
pub struct AnyJson(Cell<Result<Option<Vec<u8>>, Problem>>);

impl Answer for AnyJson {
    fn to_json(&self) -> Result<Option<Vec<u8>>, Problem> {
        self.0.replace(Ok(None))
    }
}

impl<T: Serialize + 'static> PlainAnswer<T> for AnyJson {
    fn from_data(data: T) -> Self {
        let has_data = TypeId::of::<T>() != TypeId::of::<()>();
        let json = has_data.then(|| serde_json::to_vec(&data)).transpose();
        Self(Cell::new(json.map_err(Problem::from)))
    }
}

impl fmt::Debug for AnyJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyJson").finish_non_exhaustive()
    }
}
