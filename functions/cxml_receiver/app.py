"""POST /cxml/{tenant}/{connection} -> pipeline.ingest: know a partner's document, keep it once, answer in cXML."""

from typing import Any

from ml_connector.runtime import document_door, receiving_documents


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return receiving_documents.answer_document(event, document_door.opened(context))
