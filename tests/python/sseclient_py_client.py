"""`sseclient-py`; waiting and reconnecting are implemented here. Arguments: URL, protocol."""

import sys
import time

import requests
from sseclient import SSEClient

from printing import print_event, print_version

url = sys.argv[1]
print_version("sseclient-py")
last_id, wait = None, 3.0
session = requests.Session()
session.trust_env = False
while True:
    headers = {"Accept": "text/event-stream"}
    if last_id:
        headers["Last-Event-ID"] = last_id
    answer = session.get(url, headers=headers, stream=True)
    for event in SSEClient(answer).events():
        last_id = event.id or last_id
        if event.retry:
            wait = int(event.retry) / 1000
        print_event(event.event, event.data, event.id)
    time.sleep(wait)
