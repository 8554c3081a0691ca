use hyperpoint::Answer;
use hyperpoint::prelude::*;

#[derive(Answer)]
enum Renamed {
    Done(String),
    #[answer(99)]
    TooSmall,
    #[answer(204)]
    Nothing(String),
    #[answer(200)]
    Two(String, u32),
}

#[derive(Answer)]
struct Plain;

fn main() {}
