//! nginx with the module nchan, which is measured if both are installed. nginx runs in the
//! foreground, as one process.

use std::error::Error;
use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use hyperpoint_bench::{address, announce};

use crate::report::Report;
use crate::server::{Server, own};

/// The argument that makes the bench replace its own process with nginx.
pub(crate) const STARTER: &str = "nginx-with-nchan";

/// Path of the nchan module in Debian's package.
const MODULE: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";

/// Returns the nginx server. If nginx or nchan is not installed, adds a note to the report and
/// returns `None`.
pub(crate) fn server(report: &mut Report) -> Option<Server> {
    let is_installed =
        Path::new(MODULE).exists() && Command::new("nginx").arg("-v").output().is_ok();
    if !is_installed {
        report.note(
            "nginx with nchan was not measured: install the packages nginx-light and \
             libnginx-mod-nchan",
        );
        return None;
    }
    Some(own("nginx, nchan", "bench", &[STARTER]))
}

/// Replaces this process with nginx, which listens on the address that the command line sets.
/// Returns only if that fails, with the error.
pub(crate) fn become_nginx() -> Box<dyn Error> {
    match configure() {
        Ok(command) => command_error(command),
        Err(error) => error,
    }
}

fn command_error(mut command: Command) -> Box<dyn Error> {
    command.exec().into()
}

/// Writes the configuration, announces the address, and returns the command that runs nginx.
fn configure() -> Result<Command, Box<dyn Error>> {
    // Another process may bind the free port before nginx does. nginx then prints an error and
    // exits.
    let address = TcpListener::bind(address())?.local_addr()?;
    let folder = std::env::temp_dir().join(format!("hyperpoint-bench-nginx-{}", address.port()));
    fs::create_dir_all(&folder)?;
    let path = folder.join("nginx.conf");
    fs::write(&path, configuration(&address.to_string(), &folder.display().to_string()))?;
    announce(address);
    let mut command = Command::new("nginx");
    command.arg("-c").arg(&path).arg("-p").arg(&folder);
    Ok(command)
}

fn configuration(address: &str, folder: &str) -> String {
    format!(
        "daemon off;
master_process off;
load_module {MODULE};
pid {folder}/pid;
error_log {folder}/error.log;
worker_rlimit_nofile 65536;
events {{ worker_connections 20000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000;
  tcp_nodelay on;
  nchan_shared_memory_size 128M;
  server {{
    listen {address} backlog=4096;
    location = /topic {{
      nchan_subscriber eventsource;
      nchan_channel_id ticks;
      nchan_subscriber_first_message newest;
      nchan_eventsource_event tick;
    }}
    location = /publish {{
      nchan_publisher;
      nchan_channel_id ticks;
      nchan_message_buffer_length 1024;
      nchan_message_timeout 5m;
    }}
  }}
}}
"
    )
}
