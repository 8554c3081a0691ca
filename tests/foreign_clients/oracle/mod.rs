//! Contract line 15 from outside: `eventsource-parser` reads what our encoder wrote.

mod items;
mod node;
mod reading;
