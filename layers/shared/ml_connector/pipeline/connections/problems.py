"""Everything that is wrong with what a person brought, collected: each names its setting and the fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ml_connector.domain.errors import ConnectorError, SettingsError
from ml_connector.domain.identity import BadNameError


class OnboardingError(ConnectorError):
    """Nothing was set up, and all of this is why."""

    def __init__(self, problems: Sequence[SettingsError]) -> None:
        super().__init__("\n".join(problem.detail for problem in problems))
        self.problems = tuple(problems)


class Problems:
    """A list that goes on where an exception would stop."""

    def __init__(self) -> None:
        self.found: list[SettingsError] = []

    def add(self, setting: str, text: str) -> None:
        self.found.append(SettingsError(text, setting=setting))

    def at(self, place: str) -> _Place:
        """What is raised inside is a problem of that place; the rest of the block is left out."""
        return _Place(self, place)

    def mapping(self, value: Any, place: str) -> Mapping[str, Any]:
        """The value as a mapping with names for keys; an empty one, and a problem, where it is none."""
        if value is None:
            return {}
        if isinstance(value, Mapping):
            for key in value:
                if not isinstance(key, str):
                    self.add(f"{place}.{key}", 'put it in quotes, such as "0600": a bare number loses its zeros')
            return {str(key): item for key, item in value.items()}
        self.add(place, "write it as names with values")
        return {}

    def only(self, given: Mapping[str, Any], allowed: Sequence[str], place: str) -> None:
        for key in sorted(set(given) - set(allowed)):
            self.add(f"{place}.{key}" if place else key, f"not known here; known are: {', '.join(allowed)}")

    def raise_if_any(self) -> None:
        if self.found:
            raise OnboardingError(self.found)


class _Place:
    def __init__(self, problems: Problems, place: str) -> None:
        self._problems = problems
        self._place = place

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if isinstance(error, SettingsError):
            told = error.setting
            setting = told if told.startswith(self._place) else f"{self._place}.{told}"
            self._problems.add(setting, error.detail.removeprefix(f"{told}: "))
            return True
        if isinstance(error, BadNameError):
            self._problems.add(self._place, str(error))
            return True
        return False
