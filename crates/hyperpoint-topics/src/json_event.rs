//! [`JsonEvent`], the trait bound on events that are published as JSON.

use serde::Serialize;

/// A type whose values are published as JSON: any type that implements `Serialize`.
///
/// # Examples
///
/// ```
/// use hyperpoint::topics::JsonEvent;
/// use hyperpoint::{PublishError, Published, Topic};
///
/// async fn publish_twice<T: JsonEvent>(
///     topic: &Topic<T>,
///     event: &T,
/// ) -> Result<Published, PublishError> {
///     topic.publish(event).await?;
///     topic.publish(event).await
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be published as JSON",
    label = "not JSON data",
    note = "write `#[derive(Serialize)]` above a type of your own",
    note = "`StreamItem`s are published with `publish_item`, enums with `#[derive(Events)]` with `publish_event`"
)]
pub trait JsonEvent: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> JsonEvent for T {}
