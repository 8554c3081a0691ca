use hyperpoint::prelude::*;

fn in_a_closure(numbers: Vec<u32>) -> impl Stream<Item = u32> {
    stream! {
        let sum = || {
            let mut sum = 0;
            for await number in numbers { sum += number; }
            sum
        };
        yield sum();
    }
}

fn in_an_async_block(numbers: Vec<u32>) -> impl Stream<Item = Result<u32>> {
    try_stream! {
        let sum = async {
            let mut sum = 0;
            for await number in numbers { sum += number; }
            sum
        };
        yield sum.await;
    }
}

fn in_a_function() -> impl Stream<Item = u32> {
    stream! {
        fn sum(numbers: Vec<u32>) -> u32 {
            let mut sum = 0;
            for await number in numbers { sum += number; }
            sum
        }
        yield sum(Vec::new());
    }
}

fn in_a_macro(numbers: Vec<u32>) -> impl Stream<Item = u32> {
    stream! {
        tokio::select! {
            () = std::future::pending() => {
                for await number in numbers { yield number; }
            }
        }
    }
}

fn main() {
    let _ = (in_a_closure(vec![]), in_an_async_block(vec![]), in_a_function(), in_a_macro(vec![]));
}
