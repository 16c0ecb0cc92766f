"""`python -m twins`: serve all twins of a synthetic city."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from twins.population import AS_OF, REFERENCE
from twins.serve import read_credentials, serve
from twins.starter import end_with_starter


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(prog="python -m twins", description="Doubles of the outside systems, on one port.")
    parser.add_argument("--port", type=int, required=True, help="0: any free port, written to --ready-file")
    parser.add_argument(
        "--host", default="127.0.0.1", help="another address lets other hosts read; the control API stays on loopback"
    )
    parser.add_argument("--records", type=int, default=200_000, help="registrations in all")
    parser.add_argument("--dossiers", type=int, default=2_000, help="dossiers a district")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--as-of", type=datetime.fromisoformat, default=AS_OF, help="the moment the city stands at (ISO, with offset)"
    )
    parser.add_argument(
        "--clock", type=datetime.fromisoformat, help="what the twins' clock says at the start; default: --as-of"
    )
    parser.add_argument("--credentials", type=Path, required=True, help="JSON: system id -> secrets")
    parser.add_argument("--reference", type=Path, default=REFERENCE, help="folder of units.csv, procedures.csv ...")
    parser.add_argument("--wsdl", type=Path, help="the registry's WSDL; its XSD stands beside it; none: no registry")
    parser.add_argument("--ready-file", type=Path, help="gets the port once the twins answer")
    parser.add_argument("--truth", type=Path, help="gets the truth table of planted defects (Parquet)")
    parser.add_argument(
        "--expect", type=Path, help="gets the truth table with all that follows from it in every stream (Parquet)"
    )
    parser.add_argument(
        "--names",
        type=Path,
        help="folder of name lists (vn_given_names.csv ...) whose names some people bear; by default none",
    )
    parser.add_argument("--journal", type=Path, help="keeps what is changed at the control API; replayed at the start")
    parser.add_argument("--files", type=Path, help="gets the deliveries of those who send files, one folder a system")
    parser.add_argument(
        "--store",
        type=Path,
        help="file with the owner's URL of the database of digitised books; readers get SELECT alone",
    )
    parser.add_argument("--ends-with-input", action="store_true", help="end when the standard input ends")
    options = parser.parse_args()
    if options.ends_with_input:
        end_with_starter()
    serve(
        port=options.port,
        records=options.records,
        dossiers=options.dossiers,
        seed=options.seed,
        as_of=options.as_of,
        clock=options.clock,
        credentials=read_credentials(options.credentials),
        reference=options.reference,
        wsdl=options.wsdl,
        ready_file=options.ready_file,
        truth=options.truth,
        host=options.host,
        journal=options.journal,
        files=options.files,
        expect=options.expect,
        names=options.names,
        store=options.store.read_text(encoding="utf-8").strip() if options.store else None,
    )


if __name__ == "__main__":
    main()
