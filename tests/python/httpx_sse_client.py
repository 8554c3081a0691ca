"""`httpx-sse`; waiting and reconnecting are implemented here. Arguments: URL, protocol."""

import sys
import time

import httpx
from httpx_sse import connect_sse

from printing import print_event, print_version

url, protocol = sys.argv[1:3]
print_version("httpx-sse")
last_id, wait = "", 3.0
is_h2 = protocol == "2"
with httpx.Client(http1=not is_h2, http2=is_h2, timeout=None, trust_env=False) as client:
    while True:
        headers = {"Last-Event-ID": last_id} if last_id else {}
        with connect_sse(client, "GET", url, headers=headers) as source:
            for event in source.iter_sse():
                last_id = event.id or last_id
                if event.retry is not None:
                    wait = event.retry / 1000
                print_event(event.event, event.data, event.id)
        time.sleep(wait)
