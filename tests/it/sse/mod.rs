//! What an event stream does, line by line of its contract, and what follows from the handler's
//! future being the body.

mod head;
