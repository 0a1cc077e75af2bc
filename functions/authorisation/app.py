"""GET /oauth/{system}/start and /callback, POST /oauth/{system}/choose -> consent: a person lets us into a system."""

from typing import Any

from ml_connector.runtime import authorising, wiring


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    with wiring.invocation("authorisation", context) as services:
        return authorising.answer_consent(event, services)
