"""The only room that builds things. Everything is made at its first use and kept for the life of the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from typing import Any

from ml_connector.pipeline.auditing.sealing import Sealer
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.connections.consent import Consenting
from ml_connector.pipeline.connections.mapping_book import MappingBook
from ml_connector.pipeline.connections.mapping_check import MappingCheck, MappingWatch
from ml_connector.pipeline.connections.onboarding import Onboarding
from ml_connector.pipeline.connections.ping import Ping
from ml_connector.pipeline.connections.reference_data import ReferenceData
from ml_connector.pipeline.connections.registrations import Registrar
from ml_connector.pipeline.connections.signing_keys import SigningKeys
from ml_connector.pipeline.connections.switches import Switches
from ml_connector.pipeline.dead_letters import DeadLetters
from ml_connector.pipeline.ingest.document_desk import DocumentDesk
from ml_connector.pipeline.ingest.ingestor import Ingestor
from ml_connector.pipeline.ingest.poller import Poller
from ml_connector.pipeline.ingest.pushes import PushIngestor
from ml_connector.pipeline.planning.known import Knowledge
from ml_connector.pipeline.planning.planner import Planner
from ml_connector.pipeline.planning.release import Releaser
from ml_connector.pipeline.ports import Ports
from ml_connector.pipeline.ports_audit import AuditPorts
from ml_connector.pipeline.ports_consent import Consents
from ml_connector.pipeline.ports_dead import DeadLetterQueues, DeadQueue
from ml_connector.pipeline.ports_documents import Documents
from ml_connector.pipeline.ports_registrations import RegistrationPorts
from ml_connector.pipeline.posting.poster import Poster
from ml_connector.pipeline.redrive import Redrive
from ml_connector.pipeline.upkeep import Upkeep
from ml_connector.runtime import clock, registry
from ml_connector.runtime.adapters import adapters
from ml_connector.runtime.auditing import audit_ports
from ml_connector.runtime.budget import Waiting
from ml_connector.runtime.lazy import Clients
from ml_connector.runtime.logs import RuntimeLog
from ml_connector.runtime.parallel import ThreadParallel, ThreadTogether
from ml_connector.runtime.settings import Settings, from_environment, from_outputs
from ml_connector.runtime.systems import OpenSystems
from ml_connector.runtime.target import Target, outputs_of


class Services:
    """One process's services over one stack."""

    def __init__(self, settings: Settings, clients: Clients, log: RuntimeLog) -> None:
        self.settings = settings
        self.clients = clients
        self.log = log
        self.turn = clock.Turn()

    @cached_property
    def ports(self) -> Ports:
        return adapters(self.settings, self.clients, self.log)

    @cached_property
    def catalog(self) -> Catalog:
        return registry.catalog()

    @cached_property
    def systems(self) -> Systems:
        return self._systems

    @cached_property
    def knowledge(self) -> Knowledge:
        return Knowledge(self.ports)

    @cached_property
    def references(self) -> ReferenceData:
        return ReferenceData(self.ports, self.catalog, self.systems)

    @cached_property
    def releaser(self) -> Releaser:
        return Releaser(self.ports, self.knowledge)

    @cached_property
    def planner(self) -> Planner:
        return Planner(self.ports, self.catalog, self.knowledge)

    @cached_property
    def ingestor(self) -> Ingestor:
        return Ingestor(self.ports, self.catalog, self.systems, self.planner)

    @cached_property
    def registration_ports(self) -> RegistrationPorts:
        from ml_connector.aws.queues import SqsPushes
        from ml_connector.aws.registrations import DynamoRegistrations, KmsCandidates

        clients, resources = self.clients, self.settings.resources
        return RegistrationPorts(
            registrations=DynamoRegistrations(clients.lazy("dynamodb"), resources),
            candidates=KmsCandidates(clients.lazy("kms"), resources),
            pushes=SqsPushes(clients.lazy("sqs"), resources),
        )

    @cached_property
    def signing_keys(self) -> SigningKeys:
        return SigningKeys(self.ports.secrets)

    @cached_property
    def push_ingestor(self) -> PushIngestor:
        return PushIngestor(self.ports, self.catalog, self.systems, self.registration_ports, self.signing_keys)

    @cached_property
    def registrar(self) -> Registrar:
        return Registrar(
            self.ports,
            self.catalog,
            self.systems,
            self.registration_ports,
            self.signing_keys,
            api_url=self.settings.api_url,
        )

    @cached_property
    def ping(self) -> Ping:
        from ml_connector.transport.reach import HttpNetwork

        return Ping(
            self.ports,
            self.catalog,
            self.systems,
            self.registrar,
            HttpNetwork(local=self.settings.is_local),
            ThreadTogether(),
            stack=self.settings.resources.stack,
        )

    @cached_property
    def documents(self) -> Documents:
        from ml_connector.aws.documents import DynamoDocuments

        return DynamoDocuments(self.clients.lazy("dynamodb"), self.settings.resources)

    @cached_property
    def document_desk(self) -> DocumentDesk:
        return DocumentDesk(self.ports, self.catalog, self.systems, self.documents)

    @cached_property
    def poller(self) -> Poller:
        return Poller(self.ports, self.catalog, self.systems, self.references, self.releaser)

    @cached_property
    def poster(self) -> Poster:
        return Poster(self.ports, self.catalog, self.systems, self.releaser, clock.chance())

    @cached_property
    def audit_ports(self) -> AuditPorts:
        return audit_ports(self.clients, self.settings.resources)

    @cached_property
    def sealer(self) -> Sealer:
        return Sealer(self.audit_ports, self.ports.connections, self.ports.clock, self.ports.log)

    @cached_property
    def upkeep(self) -> Upkeep:
        return Upkeep(
            self.ports,
            self.catalog,
            self.releaser,
            hold_age=self.settings.hold_age,
            renew=self._systems.renew_grant,
            tend=lambda connection: self.registrar.tend(connection).changed,
            broken_mappings=MappingWatch(self.mapping_check, self.ports.clock).count,
            desk=self.document_desk,
            sealer=self.sealer,
        )

    @cached_property
    def mapping_book(self) -> MappingBook:
        return MappingBook(self.ports, self.references, self.releaser)

    @cached_property
    def mapping_check(self) -> MappingCheck:
        return MappingCheck(self.ports, self.references)

    @cached_property
    def switches(self) -> Switches:
        return Switches(self.ports, self.catalog, self.upkeep.feed)

    @cached_property
    def consents(self) -> Consents:
        from ml_connector.aws.consents import DynamoConsents

        return DynamoConsents(self.clients.lazy("dynamodb"), self.settings.resources)

    @cached_property
    def consent(self) -> Consenting:
        return Consenting(
            self.ports,
            self.catalog,
            self.consents,
            self._systems,
            self.upkeep.feed,
            local=self.settings.is_local,
        )

    @cached_property
    def onboarding(self) -> Onboarding:
        return Onboarding(
            self.ports,
            self.catalog,
            self._systems_over,
            self.mapping_book,
            self.upkeep.feed,
            local=self.settings.is_local,
        )

    @cached_property
    def dead_letter_queues(self) -> DeadLetterQueues:
        from ml_connector.aws.dead_letters import QueuePair, SqsDeadLetterQueues

        resources = self.settings.resources
        pairs = {
            DeadQueue.NOTICE: QueuePair(
                dead_url=self.settings.notice_dead_letter_queue_url, source_url=resources.notice_queue_url
            ),
            DeadQueue.POSTING: QueuePair(
                dead_url=self.settings.posting_dead_letter_queue_url, source_url=resources.posting_queue_url
            ),
        }
        return SqsDeadLetterQueues(
            self.clients.lazy("sqs"), self.clients.lazy("s3"), pairs, bucket=resources.payload_bucket
        )

    @cached_property
    def dead_letters(self) -> DeadLetters:
        return DeadLetters(self.ports, self.catalog, self.dead_letter_queues)

    @cached_property
    def redrive(self) -> Redrive:
        return Redrive(self.ports, self.dead_letter_queues)

    @cached_property
    def _systems(self) -> OpenSystems:
        return self._systems_over(self.ports)

    def _systems_over(self, ports: Ports) -> OpenSystems:
        waiting = Waiting(turn=self.turn, sleep=clock.sleep)
        return OpenSystems(ports, self.catalog, ThreadParallel(), local=self.settings.is_local, waiting=waiting)


@cache
def services() -> Services:
    """A function's services, from its environment."""
    from ml_connector.runtime.logs import StructuredLog

    settings = from_environment()
    return Services(settings, Clients(), StructuredLog(settings.resources.stack))


@contextmanager
def invocation(role: str, context: Any) -> Iterator[Services]:
    """One call of a function: its log lines carry the role and the request's id."""
    made = services()
    made.log.begin(role=role, request_id=getattr(context, "aws_request_id", None))
    made.turn.begin(context)
    yield made


def services_for(target: Target) -> Services:
    """A command's services, from a deployed stack's outputs.

    Raises: SettingsError where there is no such stack; botocore's own errors where AWS does not let us ask.
    """
    from ml_connector.runtime.logs import QuietLog

    clients = Clients(target)
    return Services(from_outputs(outputs_of(clients, target)), clients, QuietLog())
