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


_FORBIDDEN = "this AWS role lacks a right: attach the stack's OperatorPolicy (output OperatorPolicyArn) to it"
_EXPIRED = "the AWS sign-in has expired: run `aws sso login`, or renew what AWS_PROFILE or the environment gives"
_UNKNOWN = "AWS does not take these credentials: see `aws sts get-caller-identity`, then --profile or AWS_PROFILE"

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
    "TokenRetrievalError": (FAILED, _EXPIRED),
    "UnauthorizedSSOTokenError": (FAILED, _EXPIRED),
    "SSOTokenLoadError": (FAILED, _EXPIRED),
    "PartialCredentialsError": (WRONG_USE, _UNKNOWN),
    "CredentialRetrievalError": (WRONG_USE, _UNKNOWN),
    "InvalidRegionError": (WRONG_USE, "--region: this is no AWS region: name one such as eu-central-1"),
}
_REFUSED_BY_AWS: Mapping[str, tuple[int, str]] = {
    **dict.fromkeys(("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"), (FAILED, _FORBIDDEN)),
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException", "RequestExpired"), (FAILED, _EXPIRED)),
    **dict.fromkeys(
        (
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
            "IncompleteSignature",
        ),
        (WRONG_USE, _UNKNOWN),
    ),
}
"""By the code of AWS's answer, whichever of its services gave it."""


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
    if from_aws := _FROM_AWS.get(name) or _REFUSED_BY_AWS.get(_aws_code(error)):
        code, text = from_aws
        return code, f"{text} ({error})"
    return FAILED, f"{name}: {error}. More with --debug"


def _aws_code(error: BaseException) -> str:
    """Of botocore's ClientError, whatever its subclass; empty for anything else."""
    answer = getattr(error, "response", None)
    said = answer.get("Error") if isinstance(answer, Mapping) else None
    return str(said.get("Code")) if isinstance(said, Mapping) else ""
