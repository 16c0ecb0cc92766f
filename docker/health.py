"""Exit 0 when a part is well: `health.py twins`, or a part by the name under which Airflow's own health page lists it.

Standard library only: it runs every few seconds in each container, and importing Airflow would cost 3 s of CPU each time.
"""

import json
import os
import sys
import urllib.request

part = sys.argv[1]
if part == "twins":
    urllib.request.urlopen("http://127.0.0.1:8802/control/health", timeout=4).close()
else:
    api = os.environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"].removesuffix("/execution/")
    with urllib.request.urlopen(f"{api}/api/v2/monitor/health", timeout=8) as reply:
        status = json.load(reply)[part]["status"]
    if status != "healthy":
        sys.exit(f"{part}: {status}")
