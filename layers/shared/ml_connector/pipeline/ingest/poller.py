"""Run one flow's poll: lists first, then the changed records, then the holds that are cured by now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from ml_connector.domain.connection import Connection, FlowSettings
from ml_connector.domain.errors import AuthError, ConnectorError, RateLimitedError, TransientError, WatermarkTooOldError
from ml_connector.domain.identity import FlowId
from ml_connector.domain.posting import Asked
from ml_connector.domain.watermark import Watermark
from ml_connector.pipeline.catalog import Catalog, Systems
from ml_connector.pipeline.connections.reference_data import ReferenceData
from ml_connector.pipeline.connections.stopping import stop_connection
from ml_connector.pipeline.ingest.poll_pass import LeaseLostError, Pass, PollReport, deadline_is_near
from ml_connector.pipeline.planning.release import Releaser
from ml_connector.pipeline.ports import Deadline, Ports

_WAIT = timedelta(seconds=30)


class _RefusedError(Exception):
    """Whose credentials were refused: the error itself need not name its system, and both may be of one kind."""

    def __init__(self, connection: Connection, error: AuthError) -> None:
        super().__init__(error.detail)
        self.connection = connection
        self.error = error


class Poller:
    def __init__(
        self, ports: Ports, catalog: Catalog, systems: Systems, references: ReferenceData, releaser: Releaser
    ) -> None:
        self._ports = ports
        self._catalog = catalog
        self._systems = systems
        self._references = references
        self._releaser = releaser

    def run(
        self, flow_id: FlowId, *, run_id: str, deadline: Deadline, full: bool = False, actor: str = "ml-connector"
    ) -> PollReport:
        flow = self._catalog.flow(flow_id.flow)
        settings = self._ports.connections.flow(flow_id)
        source = self._ports.connections.get(flow_id.source_connection)
        target = self._ports.connections.get(flow_id.target_connection)
        if why := _not_now(settings, source, target):
            return PollReport(flow=flow_id, finished=True, text=why)
        one = Pass(
            ports=self._ports,
            flow=flow,
            settings=settings,
            source=source,
            target=target,
            holder=self._ports.ids.new(),
            run_id=run_id,
            actor=actor,
            deadline=deadline,
        )
        if not one.begin(full=full):
            return PollReport(flow=flow_id, finished=True, text="another run of this flow is under way")
        try:
            return self._lead(one)
        except LeaseLostError:
            return one.report(finished=False, text="another run of this flow took over")
        except _RefusedError as refused:
            stop_connection(self._ports, refused.connection, refused.error)
            return PollReport(flow=flow_id, finished=False, text=f"stopped: {refused.error.detail}")
        except (RateLimitedError, TransientError) as error:
            return self._go_on_later(one, error)
        except ConnectorError as error:
            return self._fail(one, error)
        finally:
            self._ports.polls.end(flow_id, holder=one.holder)

    def _lead(self, one: Pass) -> PollReport:
        self._ports.epochs.current(thorough=True)
        self._read_lists(one)
        with _asking(one.source):
            try:
                stopped = self._read_pages(one)
            except WatermarkTooOldError:
                one.read_everything()
                stopped = self._read_pages(one)
        if stopped is not None:
            return one.report(finished=False, text=stopped)
        one.finish()
        released = self._releaser.release(one.settings.id, run_id=one.run_id)
        return one.report(finished=True, text="done", released=released)

    def _read_pages(self, one: Pass) -> str | None:
        """None where every page was read; else why the pass stops here."""
        system = self._systems.open(one.source)
        for page in system.changed_since(
            one.flow.source.kind, Watermark(since=one.progress.pass_since), resume=one.progress.resume
        ):
            if isinstance(page, Asked):
                return "asked; the answer comes with the next visit"
            one.pass_on(page)
            if page.resume is not None and deadline_is_near(one.deadline):
                self._ports.notices.send([one.continuation()])
                return "time is up; the rest follows by itself"
        return None

    def _read_lists(self, one: Pass) -> None:
        """The lists that plans ask. A flow that makes vendors reads them in full in every cycle, before any is made."""
        fresh = {one.flow.makes} if one.flow.makes else set()
        with _asking(one.target):
            self._references.refresh(one.target, one.flow.references - fresh)
            self._references.refresh(one.target, one.flow.references & fresh, older_than=timedelta())
        with _asking(one.source):
            self._references.refresh(one.source, one.flow.source_references)

    def _fail(self, one: Pass, error: ConnectorError) -> PollReport:
        """Refused, or set up wrongly: nothing helps but a person, who finds the reason beside the flow."""
        one.fail(error.detail)
        self._ports.metrics.count("PollsFailed", flow=one.flow.name)
        self._ports.log.error("poll failed", flow=str(one.settings.id), why=error.detail)
        return one.report(finished=False, text=f"failed: {error.detail}")

    def _go_on_later(self, one: Pass, error: ConnectorError) -> PollReport:
        """The pages read so far count; the rest is asked for again after the wait."""
        wait = (error.retry_after if isinstance(error, RateLimitedError) else None) or _WAIT
        self._ports.notices.send([one.continuation()], delay=min(wait, timedelta(minutes=15)))
        return one.report(finished=False, text=f"goes on in {wait.total_seconds():.0f} s: {error.detail}")


@contextmanager
def _asking(connection: Connection) -> Iterator[None]:
    try:
        yield
    except AuthError as error:
        raise _RefusedError(connection, error) from error


def _not_now(settings: FlowSettings, source: Connection, target: Connection) -> str | None:
    if not settings.enabled:
        return "the flow is switched off"
    if settings.paused:
        return "the flow is paused"
    for connection in (source, target):
        if not connection.is_running:
            return f"connection {connection.id.name} is {connection.state}: {connection.state_why or 'by a person'}"
    return None
