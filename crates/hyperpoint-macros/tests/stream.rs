//! What the streams of `stream!` and `try_stream!` do.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use futures_util::stream::{FusedStream, iter};
use futures_util::{FutureExt, StreamExt};
use hyperpoint::prelude::*;
use tokio::sync::mpsc;

async fn all<T>(stream: impl Stream<Item = T>) -> Vec<T> {
    stream.collect().await
}

/// The items as text, with the text of an error.
async fn results<T: ToString>(stream: impl Stream<Item = Result<T, String>>) -> Vec<String> {
    let text = |item: Result<T, String>| match item {
        Ok(value) => value.to_string(),
        Err(error) => format!("error: {error}"),
    };
    stream.map(text).collect().await
}

fn parsed(text: &str) -> Result<u32, String> {
    text.parse().map_err(|error| format!("{text:?}: {error}"))
}

#[tokio::test]
async fn values_are_yielded_from_nested_control_flow_in_order() {
    let letters = ['a', 'b'];
    let stream = stream! {
        'rounds: for round in 0.. {
            for letter in letters {
                match (round, letter) {
                    (2, 'b') => break 'rounds,
                    (1, _) => continue 'rounds,
                    _ => {}
                }
                if letter == 'a' {
                    yield format!("{round}{letter}");
                } else {
                    { yield letter.to_string(); }
                }
            }
        }
        let mut left = 2;
        while left > 0 {
            yield left.to_string();
            left -= 1;
        }
    };
    assert_eq!(all(stream).await, ["0a", "b", "2a", "2", "1"]);
}

#[tokio::test]
async fn a_value_is_pending_once_and_the_block_runs_no_further_than_it_was_asked() {
    let reached = Rc::new(Cell::new(0));
    let seen = Rc::clone(&reached);
    let mut stream = pin!(stream! {
        for step in 1..3 {
            reached.set(step);
            yield step;
        }
        reached.set(9);
    });
    assert_eq!(seen.get(), 0);
    assert_eq!(stream.next().now_or_never(), Some(Some(1)));
    assert_eq!((seen.get(), stream.size_hint()), (1, (0, None)));
    assert_eq!(stream.next().now_or_never(), Some(Some(2)));
    assert_eq!(seen.get(), 2);
    assert_eq!(stream.next().now_or_never(), Some(None));
    assert_eq!((seen.get(), stream.size_hint()), (9, (0, Some(0))));
    assert!(stream.is_terminated());
    assert_eq!(stream.next().now_or_never(), Some(None));
}

#[tokio::test]
async fn a_block_may_return_early_and_may_yield_nothing() {
    let stops = |at: u32| {
        stream! {
            for number in 0.. {
                if number == at {
                    return;
                }
                yield number;
            }
        }
    };
    assert_eq!(all(stops(2)).await, [0, 1]);
    assert_eq!(all(stops(0)).await, [0; 0]);
    assert_eq!(all(stream! {}).await, [(); 0]);
    assert_eq!(all(stream! { tokio::task::yield_now().await; }).await, [(); 0]);
    assert_eq!(all(stream! { yield; }).await, [()]);
    assert_eq!(all(stream!(yield 1)).await, [1]);
}

#[tokio::test]
async fn a_stream_borrows_what_it_yields() {
    let names = vec!["ann".to_owned(), "bob".to_owned()];
    let names = &names;
    let stream = stream! {
        for name in names {
            yield name.as_str();
        }
    };
    assert_eq!(all(stream).await, ["ann", "bob"]);
}

#[tokio::test]
async fn the_block_of_a_macro_may_yield() {
    let (send, mut receive) = mpsc::unbounded_channel();
    for number in 1..=3 {
        send.send(number).unwrap();
    }
    drop(send);
    let stream = stream! {
        let mut is_first = true;
        loop {
            tokio::select! {
                biased;
                number = receive.recv() => match number {
                    Some(number) => {
                        if is_first { yield 0; }
                        is_first = false;
                        yield number;
                    }
                    None => break,
                },
                () = std::future::pending() => yield 100,
            }
        }
    };
    assert_eq!(all(stream).await, [0, 1, 2, 3]);
}

#[tokio::test]
async fn a_stream_within_a_stream_yields_its_own_values() {
    let outer = stream! {
        for start in [10, 20] {
            let inner = stream! {
                for await number in iter([1, 2]) {
                    yield start + number;
                }
            };
            for await number in inner {
                yield number;
            }
            let boxed: Vec<_> = vec![stream! { yield start + 9; }.boxed()];
            for stream in boxed {
                yield all(stream).await[0];
            }
        }
    };
    assert_eq!(all(outer).await, [11, 12, 19, 21, 22, 29]);
}

#[tokio::test]
async fn a_loop_over_a_stream_takes_labels_and_patterns() {
    let pairs = || iter([(1, 'a'), (2, 'b'), (3, 'c')]);
    let stream = stream! {
        'outer: for await (number, _) in pairs() {
            for await (_, letter) in pairs() {
                if letter == 'b' {
                    continue 'outer;
                }
                yield format!("{number}{letter}");
            }
        }
        for await (Ok(either) | Err(either)) in iter([Ok(1), Err(2)]) {
            yield either.to_string();
        }
        for await Ok(either) | Err(either) in iter([Ok(3), Err(4)]) {
            if either == 4 { break; }
            yield either.to_string();
        }
    };
    assert_eq!(all(stream).await, ["1a", "2a", "3a", "1", "2", "3"]);
}

#[tokio::test]
async fn a_question_mark_ends_a_try_stream_with_its_error() {
    let numbers = |texts: &'static [&'static str]| {
        try_stream! {
            for text in texts {
                yield parsed(text)?;
            }
        }
    };
    assert_eq!(results(numbers(&["1", "2"])).await, ["1", "2"]);
    assert_eq!(
        results(numbers(&["1", "x", "2"])).await,
        ["1", r#"error: "x": invalid digit found in string"#]
    );
}

#[tokio::test]
async fn a_question_mark_converts_the_error_and_stands_anywhere_in_a_try_stream() {
    struct Mistake;
    impl From<Mistake> for String {
        fn from(Mistake: Mistake) -> Self {
            "a mistake".to_owned()
        }
    }
    let fails = |is_wrong: bool| match is_wrong {
        true => Err(Mistake),
        false => Ok(7),
    };
    let stream = try_stream! {
        let in_closure = || -> Result<u32, Mistake> { Ok(fails(false)? + 1) };
        yield in_closure()?;
        let in_block = async { Ok::<_, Mistake>(fails(true)? + 1) };
        if in_block.await.is_err() {
            yield match fails(false)? { 7 => fails(false)?, other => other };
        }
        for await number in iter([Ok(1), Err(Mistake), Ok(2)]) {
            yield number?;
        }
        yield 100;
    };
    assert_eq!(results(stream).await, ["8", "7", "1", "error: a mistake"]);
}

#[tokio::test]
async fn a_try_stream_may_fail_without_a_value_and_return_without_an_error() {
    let fails = try_stream! { parsed("x")?; };
    assert_eq!(
        all(fails).await,
        [Err::<(), String>(r#""x": invalid digit found in string"#.to_owned())]
    );
    let returns = try_stream! {
        if parsed("1")? == 1 {
            return;
        }
        yield 1;
    };
    assert_eq!(results(returns).await, Vec::<String>::new());
}

#[test]
fn a_stream_is_send_if_what_it_holds_is() {
    fn is_send<T: Send>(_: &T) {}
    let text = String::from("a");
    is_send(&stream! {
        let held = text.clone();
        yield Cell::new(1);
        tokio::task::yield_now().await;
        yield Cell::new(held.len());
    });
}

#[tokio::test]
async fn what_is_yielded_is_dropped_with_the_stream_or_by_who_took_it() {
    let counted = Rc::new(());
    let inner = Rc::clone(&counted);
    let mut stream = Box::pin(stream! {
        loop {
            yield Rc::clone(&inner);
        }
    });
    let first = stream.next().await;
    assert_eq!(Rc::strong_count(&counted), 3);
    drop(stream);
    assert_eq!(Rc::strong_count(&counted), 2);
    drop(first);
    assert_eq!(Rc::strong_count(&counted), 1);
}
