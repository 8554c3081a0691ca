//! The software development kits that read event streams: those of OpenAI and Anthropic, and the AI SDK
//! of Vercel, against the endpoints of the example `llm`. Each is a program in `tests/python` or
//! `tests/node` that prints what its client saw in each case.

mod scripted;
mod always_events;
mod server;

mod openai;
mod anthropic;
mod ai;
