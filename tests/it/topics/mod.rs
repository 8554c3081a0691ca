//! Topics through the public interface: one event to many subscribers, with replay.

mod topic_host;

mod ready;
mod gaps;
mod authorization;
mod lag;
mod outrun_warnings;
mod gap_observers;
mod several_topics;
mod publishing;
mod snapshots;
mod ends;
mod engine;
mod joining_node;
mod history;
mod lagging_node;
mod faults;
mod killed;
mod without_an_endpoint;
