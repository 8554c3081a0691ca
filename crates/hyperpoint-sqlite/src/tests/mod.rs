//! Tests of the log on disk: its guarantees, and its handling of damage.

mod log_folder;

mod conforming;
mod limits;
mod purges;
mod newest_of_keys;
mod keyed_starts;
mod damaged_keys;
mod damaged_pages;
mod modelled_keys;
mod clock_set_back;
mod topic_pages;
mod failing_disk;
mod followers;
mod operated;
mod restored;
mod flipped;
mod power_cuts;
