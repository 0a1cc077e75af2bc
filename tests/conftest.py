"""What every test may ask for."""

from hypothesis import settings

pytest_plugins = ["tests.engine"]

settings.register_profile("patient", deadline=None)  # a busy machine is no defect; speed is measured by benchmarks
settings.load_profile("patient")
