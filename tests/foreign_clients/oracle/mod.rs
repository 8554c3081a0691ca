//! Contract line 15: the third-party `eventsource-parser` reads what this project's encoder wrote.

mod items;
mod node;
mod reading;
