"""The ports of sealing and exporting made real over one stack."""

from __future__ import annotations

from ml_connector.aws.resources import Resources
from ml_connector.aws.seals import KmsSigner, S3Seals
from ml_connector.aws.trails import DynamoTrails
from ml_connector.pipeline.ports_audit import AuditPorts
from ml_connector.runtime.lazy import Clients


def audit_ports(clients: Clients, resources: Resources) -> AuditPorts:
    return AuditPorts(
        trails=DynamoTrails(clients.lazy("dynamodb"), resources),
        seals=S3Seals(clients.lazy("s3"), resources),
        signer=KmsSigner(clients.lazy("kms"), resources),
    )
