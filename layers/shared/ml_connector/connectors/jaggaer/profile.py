"""Load an endpoint profile: by name, or as a mapping laid over the default. Every mistake names its key and the fix."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from ml_connector.connectors.jaggaer.rules import Profile
from ml_connector.domain.errors import SettingsError

DEFAULT = "j1p-default"
_FOLDER = "profiles"
_LARGEST = 64 * 1024
_MOST_MISTAKES = 5


def load_profile(chosen: str | Mapping[str, Any]) -> Profile:
    """Raises: SettingsError."""
    if isinstance(chosen, str):
        return _compiled(json.dumps(_named(chosen)))
    try:
        text = json.dumps(merged(_named(DEFAULT), chosen), default=_number)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"must be plain YAML or JSON values: {error}", setting="profile") from error
    if len(text) > _LARGEST:
        raise SettingsError(f"is longer than {_LARGEST} characters", setting="profile")
    return _compiled(text)


def profile_names() -> tuple[str, ...]:
    folder = resources.files(__package__) / _FOLDER
    return tuple(sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml")))


def read_yaml(text: str) -> Mapping[str, Any]:
    """A profile or an overlay as a person writes it. Raises: SettingsError."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingsError(f"is not YAML: {' '.join(str(error).split())[:200]}", setting="profile") from error
    if not isinstance(found, Mapping):
        raise SettingsError("must be a mapping of keys to values", setting="profile")
    return found


def merged(under: Any, over: Any) -> Any:
    """`over` laid on `under`: mappings key by key, anything else as a whole. A bare text replaces a rule's path."""
    if isinstance(under, Mapping) and isinstance(over, Mapping):
        return {**under, **{key: merged(under.get(key), value) for key, value in over.items()}}
    if isinstance(under, Mapping) and "path" in under and isinstance(over, str):
        return {**under, "path": over}
    return over


def _number(value: Any) -> Any:
    """Tables keep numbers as decimals."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    raise TypeError(f"{type(value).__name__} is not a plain value")


@lru_cache(maxsize=8)
def _named(name: str) -> Any:
    if name not in profile_names():
        raise SettingsError(f"there is no profile {name!r}; there are: {', '.join(profile_names())}", setting="profile")
    text = (resources.files(__package__) / _FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    return read_yaml(text)


@lru_cache(maxsize=64)
def _compiled(text: str) -> Profile:
    """Expressions are compiled once for all connections that say the same."""
    try:
        return Profile.model_validate(json.loads(text))
    except ValidationError as error:
        mistakes = [_mistake(each) for each in error.errors(include_url=False)]
        more = f"; and {len(mistakes) - _MOST_MISTAKES} more" if len(mistakes) > _MOST_MISTAKES else ""
        first = "profile." + mistakes[0][0] if mistakes[0][0] else "profile"
        said = "; ".join([mistakes[0][1], *(f"profile.{key}: {text}" for key, text in mistakes[1:_MOST_MISTAKES])])
        raise SettingsError(said + more, setting=first) from error


def _mistake(error: Any) -> tuple[str, str]:
    """Where, and what to do about it."""
    where = ".".join(str(part) for part in error["loc"])
    match error["type"]:
        case "extra_forbidden":
            known = _known_keys(error["loc"][:-1])
            return where, "is not a key of a profile" + (f"; the keys here are: {', '.join(known)}" if known else "")
        case "missing":
            return where, "is missing"
        case "value_error":
            return where, str(error["ctx"]["error"])
    given = repr(error["input"])
    return (
        where,
        f"{error['msg'][:1].lower()}{error['msg'][1:]}, not {given if len(given) <= 60 else given[:57] + '...'}",
    )


def _known_keys(place: tuple[int | str, ...]) -> list[str]:
    model: Any = Profile
    for part in place:
        found = next((field for name, field in model.model_fields.items() if (field.alias or name) == part), None)
        model = _model_in(found.annotation) if found is not None else None
        if model is None:
            return []
    return sorted(field.alias or name for name, field in model.model_fields.items())


def _model_in(annotation: Any) -> Any:
    """The model in an annotation such as `X`, `X | None` or a named alias of one."""
    annotation = getattr(annotation, "__value__", annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found is not None:
            return found
    return None
