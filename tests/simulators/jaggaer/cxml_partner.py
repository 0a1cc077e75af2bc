"""A partner behind a JAGGAER network: sends cXML to us and takes our StatusUpdates, as the sheet has it.

It keeps what it received by payloadID: a repeat is answered as the first was, and done once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from xml.etree import ElementTree as ET

from tests.simulators.jaggaer.cxml_documents import Letterhead, enveloped, written
from tests.simulators.serving import AnswerLost, Request, RequestLost, Response

type Post = Callable[[dict[str, str], bytes], bytes]
"""(headers, body) -> the body of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    code: str
    text: str
    payload_id: str
    raw: bytes


@dataclass
class CxmlPartner:
    """`answers` are the codes for what comes in, in turn; words in it are faults: lost, html, empty, refuse."""

    post: Post | None = None
    head: Letterhead = field(default_factory=Letterhead)
    own_secret: str = "partner-secret"
    answers: list[str] = field(default_factory=list)
    received: dict[str, bytes] = field(default_factory=dict)
    deliveries: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = count(1)

    # sending

    def send(
        self,
        request: ET.Element,
        *,
        payload_id: str | None = None,
        head: Letterhead | None = None,
        headers: dict[str, str] | None = None,
        encoding: str = "UTF-8",
    ) -> Answer:
        chosen = head or self.head
        name = self.next_id() if payload_id is None else payload_id
        body = written(enveloped(request, name, chosen), chosen, encoding=encoding)
        return self.send_bytes(body, headers=headers)

    def send_bytes(self, body: bytes, *, headers: dict[str, str] | None = None) -> Answer:
        assert self.post is not None, "nobody to send to"
        raw = self.post({"content-type": "text/xml"} if headers is None else headers, body)
        root = ET.fromstring(raw)
        status = root.find("Response/Status")
        assert status is not None, "the answer has no status"
        return Answer(
            code=status.attrib["code"], text=status.attrib["text"], payload_id=root.attrib["payloadID"], raw=raw
        )

    def next_id(self) -> str:
        return f"20260302T090000.{next(self._numbers)}@hub.example"

    # receiving

    def handle(self, request: Request) -> Response:
        """As a partner's server: the secret first, then what the plan says. `lost` keeps it and drops the answer."""
        told = self.answers.pop(0) if self.answers else "200"
        if told == "refuse":
            raise RequestLost
        self.deliveries.append(request.body)
        root = ET.fromstring(request.body)
        secret = root.findtext("Header/Sender/Credential/SharedSecret")
        if secret != self.own_secret:
            return _response("401")
        if told == "html":
            return Response(status=502, headers={"content-type": "text/html"}, body=b"<html>Bad gateway</html>")
        if told == "empty":
            return Response(status=200, headers={"content-type": "text/xml"}, body=b"")
        if told in ("200", "201", "lost"):
            self.received[root.attrib["payloadID"]] = request.body
        if told == "lost":
            raise AnswerLost
        return _response(told)

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """Invoice, type and comment of each update that was kept, in their order."""
        found = []
        for body in self.received.values():
            status = ET.fromstring(body).find("Request/StatusUpdateRequest/InvoiceStatus")
            assert status is not None
            info = status.find("InvoiceIDInfo")
            assert info is not None
            found.append((info.attrib["invoiceID"], status.attrib["type"], status.findtext("Comments") or ""))
        return found


def _response(code: str) -> Response:
    root = ET.Element("cXML", payloadID=f"answer-{code}@hub.example", timestamp="2026-03-02T09:00:01+00:00")
    ET.SubElement(ET.SubElement(root, "Response"), "Status", code=code, text="as planned")
    return Response(status=200, headers={"content-type": "text/xml"}, body=ET.tostring(root))
