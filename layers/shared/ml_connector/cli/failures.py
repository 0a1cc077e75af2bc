"""What can go wrong with a command, in one message that names the fix, and the exit code that goes with it.

0 done, 1 failed, 2 wrong use or a wrong setting, 3 not found.
"""

from __future__ import annotations

from collections.abc import Mapping

from ml_connector.domain.errors import AuthError, ConnectorError, SettingsError
from ml_connector.domain.identity import BadNameError
from ml_connector.pipeline.connections.problems import OnboardingError
from ml_connector.transport.redaction import redact_text

DONE, FAILED, WRONG_USE, NOT_FOUND = 0, 1, 2, 3


class CommandError(Exception):
    """Ends the command: its text is for the person, whole sentences with the fix in them."""

    code = FAILED


class UsageError(CommandError):
    code = WRONG_USE


class NotThereError(CommandError):
    code = NOT_FOUND


# By name, since importing botocore to catch its errors would cost every command half a second.
_FROM_AWS: Mapping[str, tuple[int, str]] = {
    "NoCredentialsError": (
        WRONG_USE,
        "there are no AWS credentials: name a profile with --profile, or set AWS_PROFILE",
    ),
    "ProfileNotFound": (WRONG_USE, "--profile: this AWS profile does not exist: see `aws configure list-profiles`"),
    "NoRegionError": (WRONG_USE, "no AWS region is set: name one with --region, or set AWS_REGION"),
    "EndpointConnectionError": (FAILED, "AWS does not answer: check --endpoint-url and --region, and that it runs"),
    "ConnectTimeoutError": (FAILED, "AWS does not answer: check --endpoint-url, --region and the network"),
    "TokenRetrievalError": (FAILED, "the AWS sign-in has expired: run `aws sso login`"),
    "UnauthorizedSSOTokenError": (FAILED, "the AWS sign-in has expired: run `aws sso login`"),
}


def explained(error: BaseException) -> tuple[int, str]:
    """The exit code and the message. What others wrote loses its secrets; our own words carry ids and stay whole."""
    if isinstance(error, CommandError):
        return error.code, str(error)
    if isinstance(error, SettingsError | OnboardingError):
        problems = error.problems if isinstance(error, OnboardingError) else [error]
        return WRONG_USE, "\n".join(_told(problem) for problem in problems)
    code, text = _of_others(error)
    return code, redact_text(text)


def _told(problem: SettingsError) -> str:
    """The setting's name stays out of the reach of redaction: in `client_secret: give it as text` nothing is secret."""
    return f"{problem.setting}: {redact_text(problem.detail.removeprefix(f'{problem.setting}: '))}"


def _of_others(error: BaseException) -> tuple[int, str]:
    match error:
        case BadNameError():
            return WRONG_USE, str(error)
        case AuthError():
            return FAILED, f"{error}. Ask `ml-connector ping` what to fix"
        case ConnectorError():
            return FAILED, str(error)
    name = type(error).__name__
    if name in _FROM_AWS:
        code, text = _FROM_AWS[name]
        return code, f"{text} ({error})"
    return FAILED, f"{name}: {error}. More with --debug"
