use hyperpoint::prelude::*;

fn numbers() -> impl Stream<Item = u32> {
    stream! {
        yield 1;
        [2].map(|number| yield number);
    }
}

fn texts() -> impl Stream<Item = Result<String>> {
    try_stream! {
        let later = async {
            yield String::new();
        };
        later.await;
    }
}

fn main() {
    let _ = (numbers(), texts());
}
