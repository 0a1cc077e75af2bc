"""The only room that builds things. Everything is made at its first use and kept for the life of the process."""

from __future__ import annotations

import os
import sys
from functools import cache, cached_property
from typing import Any

from ml_connector.pipeline.catalog import Catalog
from ml_connector.pipeline.connections.onboarding import Onboarding
from ml_connector.pipeline.connections.reference_data import ReferenceData
from ml_connector.pipeline.dead_letters import DeadLetters
from ml_connector.pipeline.ingest.ingestor import Ingestor
from ml_connector.pipeline.ingest.poller import Poller
from ml_connector.pipeline.planning.known import Knowledge
from ml_connector.pipeline.planning.planner import Planner
from ml_connector.pipeline.planning.release import Releaser
from ml_connector.pipeline.ports import Log, Ports
from ml_connector.pipeline.posting.poster import Poster
from ml_connector.pipeline.upkeep import Upkeep
from ml_connector.runtime import clock, registry
from ml_connector.runtime.lazy import Clients
from ml_connector.runtime.parallel import ThreadParallel
from ml_connector.runtime.settings import Settings, from_environment, from_outputs
from ml_connector.runtime.systems import OpenSystems
from ml_connector.runtime.target import Target, no_stack
