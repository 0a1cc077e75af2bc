"""What goes wrong with a consent, in words for the person at the browser. Nothing that a vendor wrote is repeated."""

from __future__ import annotations

from ml_connector.domain.errors import AuthError, ConnectorError, OutcomeUnknownError, RateLimitedError, SettingsError

AGAIN = "Open the link that you were given once more, and begin again."
ASK = "Ask whoever gave you the link for a new one."

BAD_INVITE = f"This link is too old, was used already, or is not complete. {ASK}"
BAD_STATE = f"This sign-in took longer than ten minutes, or was used already. {AGAIN}"
OTHER_BROWSER = f"This sign-in was begun in another browser, or this browser keeps no cookies. {AGAIN}"
NO_CODE = f"The answer that your browser brought is not complete. {AGAIN}"
NOT_OFFERED = f"That business was not among those to choose from. {AGAIN}"
SECOND_TENANT = (
    "You have already authorised this application for another customer of this installation, and there is one live"
    " authorisation for each person and application. Nothing was connected here. Use an application of this customer's"
    " own: register one with the vendor, and put its client id and secret into this connection."
)
OTHER_BUSINESS = (
    "This connection is set to the {title} account {account}, in which you have no part that may write. Sign in as"
    " somebody who has, or have the account taken out of the connection's settings."
)

_REFUSED = {
    "access_denied": f"You said no, and nothing was authorised. If that was a mistake: {AGAIN}",
    "invalid_scope": (
        "The vendor does not know one of the permissions asked for, or the application does not have it: enable {asked}"
        " for the application on the vendor's developer page. Then open the link once more."
    ),
    "unauthorized_client": "The application may not ask for this: have it checked on the vendor's developer page.",
    "server_error": f"The vendor had a fault of its own. {AGAIN}",
    "temporarily_unavailable": f"The vendor is not available at the moment. In a few minutes: {AGAIN}",
}


class ConsentError(ConnectorError):
    """Nothing was authorised: `detail` says why, to the person at the browser."""


def refused(error: str, *, asked: str) -> ConsentError:
    """For an `error` that the vendor sent the browser back with."""
    text = _REFUSED.get(error, f"The vendor sent you back without an authorisation. {AGAIN}")
    return ConsentError(text.format(asked=asked), code=error if error in _REFUSED else "refused")


def failed(error: ConnectorError, title: str) -> ConsentError:
    """For a call of ours that failed while the person waited."""
    match error:
        case AuthError(code="invalid_grant"):
            text = f"{title} no longer takes this sign-in. {AGAIN}"
        case AuthError(code="invalid_client" | "no_secret"):
            text = (
                f"{title} does not accept the application's client id or secret: have the connection's secret replaced"
                " (ml-connector replace-secret), then open the link once more."
            )
        case SettingsError():
            text = f"The connection is not ready for this: {error}"
        case RateLimitedError():
            text = f"{title} asks us to wait. In a few minutes: {AGAIN}"
        case OutcomeUnknownError():
            text = f"{title} did not answer in time. {AGAIN}"
        case _:
            text = f"{title} could not be asked, or its answer could not be read. {AGAIN}"
    return ConsentError(text, code=error.code)
