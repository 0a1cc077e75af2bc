"""The worlds that a long run plays in turn."""

from __future__ import annotations

from tests.simulation.chaos import SceneOf
from tests.simulation.invoice_scene import InvoiceScene
from tests.simulation.vendor_scene import VendorScene

SCENES: tuple[SceneOf, ...] = (*(InvoiceScene,) * 39, VendorScene)
"""In the order in which the seeds take them."""
