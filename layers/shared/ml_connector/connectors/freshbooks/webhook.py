"""What FreshBooks pushes: a form of ids, signed over a JSON text of its fields with the callback's own verifier.

The text is what Python's json.dumps makes of the fields in the order in which they came, not the body. No event id, no
time and no content are in it: a repeat looks like a new event, and what it names must be read. Nothing is imported here
but the standard library and the signatures: the receiver starts with this file alone.

Source: FreshBooks, "Webhooks"; the official Python SDK's guide. Not yet checked against a sandbox.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from ml_connector.domain.records.kinds import RecordKind
from ml_connector.pipeline.webhook import Delivery, Pushed, UnreadableError
from ml_connector.transport.signatures import hmac_sha256_base64, same

SIGNATURE = "x-freshbooks-hmac-sha256"
VERIFY = "callback.verify"
DOCUMENTED_RULE = "json_dump"

_NOUNS = {
    RecordKind.BILL: "bill",
    RecordKind.VENDOR: "bill_vendor",
    RecordKind.INVOICE: "invoice",
    RecordKind.PAYMENT: "payment",
    RecordKind.EXPENSE: "expense",
    RecordKind.CLIENT: "client",
    RecordKind.TIME_ENTRY: "time_entry",
}
_READ = ("create", "update", "delete")
_WRITTEN = ("update", "delete")
"""Of what we write ourselves only a person's changes matter; our own creates would come back as so many events."""

_MOST_FIELDS = 50


class FreshBooksWebhook:
    content_types = frozenset({"application/x-www-form-urlencoded"})

    def facts(self, settings: Mapping[str, Any]) -> Mapping[str, str]:
        rules = settings.get("webhook_rules") or (DOCUMENTED_RULE,)
        return {
            "account_id": str(settings.get("account_id") or ""),
            "business_id": str(settings.get("business_id") or ""),
            "rules": ",".join(rules),
        }

    def events(
        self, *, reads: Iterable[RecordKind], writes: Iterable[RecordKind], settings: Mapping[str, Any] | None = None
    ) -> frozenset[str]:
        """One callback an event, and each its own key. A bare noun would bring all its verbs, our own creates too."""
        read = {f"{_NOUNS[kind]}.{verb}" for kind in reads if kind in _NOUNS for verb in _READ}
        written = {f"{_NOUNS[kind]}.{verb}" for kind in writes if kind in _NOUNS for verb in _WRITTEN}
        return frozenset(read | written)

    def about(self, event: str) -> RecordKind | None:
        noun = event.partition(".")[0]
        return next((kind for kind, known in _NOUNS.items() if known == noun), None)

    def is_end(self, event: str) -> bool:
        """Nothing that we keep stands in another record there."""
        return False

    def read(self, delivery: Delivery) -> Pushed:
        fields = dict(_fields(delivery.raw))
        name, object_id = fields.get("name", ""), fields.get("object_id", "")
        if not name or not object_id:
            raise UnreadableError("the form names no event or no object")
        code = fields.get("verifier", "") if name == VERIFY else None
        if code == "":
            raise UnreadableError("the handshake has no verifier")
        facts = {each: fields.get(each, "") for each in ("account_id", "business_id")}
        return Pushed(event=name, object_id=object_id, facts=facts, code=code)

    def is_signed(self, delivery: Delivery, *, key: str, facts: Mapping[str, str]) -> bool:
        """By any of the connection's rules. Each is tried, so that the time tells nothing of which one it was."""
        given = delivery.headers.get(SIGNATURE, "")
        rules = [RULES[name] for name in facts.get("rules", DOCUMENTED_RULE).split(",") if name in RULES]
        matches = [same(given, hmac_sha256_base64(key, rule(delivery.raw))) for rule in rules]
        return bool(key) and any(matches)

    def is_meant(self, pushed: Pushed, facts: Mapping[str, str]) -> bool:
        """The account always; the business where both name one: the shorter form does not."""
        given, account, business = pushed.facts, facts.get("account_id", ""), facts.get("business_id", "")
        if not account or given.get("account_id") != account:
            return False
        return not business or given.get("business_id", "") in ("", business)


def _fields(raw: bytes) -> list[tuple[str, str]]:
    """In the order in which they came, blanks kept. A name that comes twice has no place in a JSON object."""
    try:
        text = raw.decode("ascii")
        fields = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise UnreadableError("not a form") from error
    if len({name for name, _ in fields}) != len(fields):
        raise UnreadableError("a field comes twice")
    return fields


def _json_dump(raw: bytes) -> bytes:
    return json.dumps(dict(_fields(raw))).encode()


RULES: Mapping[str, Callable[[bytes], bytes]] = {DOCUMENTED_RULE: _json_dump, "raw_body": lambda raw: raw}
"""What is signed, by name: the documented rule, and one that third parties try. The first alone is a default."""

WEBHOOK = FreshBooksWebhook()
