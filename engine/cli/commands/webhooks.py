"""`webhook`: other programs that are told of what happens."""

from __future__ import annotations

from argparse import Namespace

from engine.cli.answer import Answer, answer
from engine.cli.home import at_home
from engine.services.webhooks import (
    NewSubscription,
    list_subscriptions,
    subscribe,
    try_undelivered,
    unsubscribe,
)
from engine.text.sentences import done


def webhook_add(said: Namespace) -> Answer:
    """`webhook add KEY URL [--type T]…`: the secret is shown this once."""
    home = at_home(said)
    new = NewSubscription(said.webhook, said.url, tuple(said.type))
    principal = home.principal(said)
    with home.writing() as uow:
        made = subscribe(uow, principal, new, home.application.signing_key, home.now)
    # A trial has no secret that would be good.
    secret = None if said.dry_run else made
    facts = {"webhook": new.key, "url": new.url, "types": list(new.types), "secret": secret}
    return answer(facts, [done("webhook_added", facts)])


def webhook_list(said: Namespace) -> Answer:
    home = at_home(said)
    with home.reading() as uow:
        rows = list_subscriptions(uow, home.organisation)
    return answer(
        {"webhooks": rows}, [done("webhook_line", row) for row in rows] or [done("no_webhooks", {})]
    )


def webhook_drop(said: Namespace) -> Answer:
    """`webhook drop KEY`: also what still waits for it."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        unsubscribe(uow, principal, said.webhook, home.now)
    facts = {"webhook": said.webhook}
    return answer(facts, [done("webhook_dropped", facts)])


def webhook_resend(said: Namespace) -> Answer:
    """`webhook resend KEY`: what could not be delivered is planned once more."""
    home = at_home(said)
    principal = home.principal(said)
    with home.writing() as uow:
        count = try_undelivered(uow, principal, said.webhook, home.now)
    facts = {"webhook": said.webhook, "count": count}
    return answer(facts, [done("webhook_resent", facts)])
