#[derive(Clone, Debug)]
struct Answer;

runnable_core::whole!(Answer);

fn main() {}
