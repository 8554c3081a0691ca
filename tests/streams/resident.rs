//! The memory of this process that is in RAM.

/// KiB of this process that are resident; nothing where the platform does not tell.
pub(crate) fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// The most that was resident at one of the times it was looked at.
#[derive(Debug, Default)]
pub(crate) struct Peak(u64);

impl Peak {
    pub(crate) fn look(&mut self) {
        self.0 = self.0.max(resident_kib().unwrap_or(0));
    }

    pub(crate) fn kib_above(&self, start: Option<u64>) -> u64 {
        self.0.saturating_sub(start.unwrap_or(self.0))
    }
}
