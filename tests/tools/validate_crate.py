"""Validate a crate with roc-validator, offline; runs in an environment of its own.

    python validate_crate.py CACHE CRATE

The validator wants the JSON-LD context from the web; the ``rocrate`` package carries it, so the
validator's cache is given that copy first. Prints what is wrong; exit code 0 for a valid crate.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "process-run-crate-0.5"


def seed(cache: str) -> None:
    """Put the context into the validator's cache, as if the web had answered."""
    import io

    from requests.adapters import HTTPAdapter
    from requests_cache import CachedSession
    from urllib3 import HTTPResponse

    content = files("rocrate").joinpath("data/ro-crate.jsonld").read_bytes()

    class Shelf(HTTPAdapter):
        def send(self, request: Any, *_: Any, **__: Any) -> Any:
            headers = {"Content-Type": "application/ld+json"}
            body = io.BytesIO(content)
            raw = HTTPResponse(body, headers, 200, preload_content=False, request_url=request.url)
            return self.build_response(request, raw)

    session = CachedSession(cache)
    session.mount("https://", Shelf())
    session.get(CONTEXT)


def main() -> int:
    """Validate and report."""
    from rocrate_validator import models, services

    cache, crate = sys.argv[1:]
    seed(cache)
    settings = services.ValidationSettings(
        rocrate_uri=crate,
        profile_identifier=PROFILE,
        requirement_severity=models.Severity.REQUIRED,
        cache_path=cache,
        offline=True,
    )
    result = services.validate(settings)
    for issue in result.get_issues():
        print(issue.severity.name, issue.check.identifier, issue.message)
    return 1 if result.has_issues() else 0


if __name__ == "__main__":
    if not Path(sys.argv[2]).is_dir():
        sys.exit(f"no folder {sys.argv[2]}")
    sys.exit(main())
