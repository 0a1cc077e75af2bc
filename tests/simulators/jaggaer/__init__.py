"""JAGGAER as its customers see it: `JaggaerSimulator`, and the `Switches` that make it behave badly."""

from tests.simulators.jaggaer.simulator import JaggaerSimulator
from tests.simulators.jaggaer.switches import Switches

__all__ = ["JaggaerSimulator", "Switches"]
