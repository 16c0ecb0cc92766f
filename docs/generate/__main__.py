"""`python -m docs.generate [--check]`."""

import sys

from docs.generate import ROOT, stale

found = stale()
if "--check" in sys.argv:
    names = ", ".join(str(file.relative_to(ROOT)) for file in found)
    sys.exit(f"stale: {names}; run python -m docs.generate" if found else 0)
for file, text in found.items():
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    print(f"wrote {file.relative_to(ROOT)}")
