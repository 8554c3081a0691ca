//! The initial content of a new store.

use rusqlite::{Connection, params};

use crate::passwords::hashed;

/// Name, password and role. For demonstration only; a real program has no passwords in its source.
const USERS: [(&str, &str, &str); 4] = [
    ("ann", "tea-at-five", "customer"),
    ("bob", "coffee-at-six", "customer"),
    ("carl", "parcels-all-day", "clerk"),
    ("dora", "keys-to-it-all", "admin"),
];

/// One order of each customer, with its lines as JSON.
const ORDERS: [(&str, &str); 2] = [
    ("ann", r#"[{"item":"green tea","quantity":2,"cents":450}]"#),
    ("bob", r#"[{"item":"coffee","quantity":1,"cents":990}]"#),
];

/// Adds users and orders.
pub(crate) fn fill(connection: &Connection) -> rusqlite::Result<()> {
    for (name, password, role) in USERS {
        let add = "INSERT INTO users (name, password, role) VALUES (?1, ?2, ?3)";
        connection.execute(add, params![name, hashed(password), role])?;
    }
    for (customer, lines) in ORDERS {
        let add = "INSERT INTO orders (customer, status, lines) VALUES (?1, 'open', ?2)";
        connection.execute(add, params![customer, lines])?;
    }
    Ok(())
}
