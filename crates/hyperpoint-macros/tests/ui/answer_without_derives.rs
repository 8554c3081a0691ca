use hyperpoint::Answer;
use hyperpoint::prelude::*;

struct Data;

#[derive(Answer)]
enum Renamed {
    #[answer(200)]
    Done(Data),
}

fn main() {}
