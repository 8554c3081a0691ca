//! Topics through the public interface: one event to many subscribers, with replay.

mod topic_host;
mod parked_host;
mod scripted_backplane;

mod ready;
mod gaps;
mod as_written;
mod authorization;
mod lag;
mod outrun_warnings;
mod past_events;
mod received;
mod gap_observers;
mod several_topics;
mod publishing;
mod snapshots;
mod deleting;
mod deletions_meanwhile;
mod evicted_places;
mod counted_logs;
mod ends;
mod ends_of_pages;
mod expiring;
mod engine;
mod joining_node;
mod keyed_pages;
mod history;
mod lagging_node;
mod modelled_backplane;
mod backplane_faults;
mod faults;
mod killed;
mod parked;
mod parked_ends;
mod parked_events;
mod without_an_endpoint;
