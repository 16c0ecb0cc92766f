"""Exit 0 when a part is well: `health.py twins`, `api`, `backup`, or a part by the name under which Airflow's own health page lists it.

Standard library only: it runs every few seconds in each container, and importing Airflow would cost 3 s of CPU each time.
"""

import json
import os
import ssl
import sys
import time
import urllib.request
from pathlib import Path

NEWEST_S = 900
"""A backup whose log was not looked at for so long is followed by nobody."""

part = sys.argv[1]
if part == "twins":
    urllib.request.urlopen("http://127.0.0.1:8802/control/health", timeout=4).close()
elif part == "api":  # only whether it answers: this container asks itself, and its certificate is for others to judge
    anyone = ssl.create_default_context()
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
    urllib.request.urlopen("https://127.0.0.1:8804/health/ready", timeout=8, context=anyone).close()
elif part == "backup":
    written = [path.stat().st_mtime for path in Path(os.environ["HUB_BACKUPS"]).glob("*/*/backup.json")]
    if time.time() - max(written, default=0) > NEWEST_S:
        sys.exit("backup: nobody fetches the log")
else:
    api = os.environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"].removesuffix("/execution/")
    with urllib.request.urlopen(f"{api}/api/v2/monitor/health", timeout=8) as reply:
        status = json.load(reply)[part]["status"]
    if status != "healthy":
        sys.exit(f"{part}: {status}")
