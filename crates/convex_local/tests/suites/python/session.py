"""A session of Python's `convex` package with the app in `tests/fixtures/todos`."""

import json
import sys
from contextlib import contextmanager

from convex import ConvexClient, ConvexError, ConvexInt64

given = json.loads(sys.argv[1])


@contextmanager
def refused(*texts, kind=Exception):
    """Checks that the block raises an error that contains all the texts."""
    raised = []
    try:
        yield raised
    except kind as error:
        raised.append(error)
        for text in texts:
            assert text in str(error), f"{text!r} is not in {error!r}"
    assert raised, "nothing was refused"


def calls(client):
    assert client.query("notes:list") == []
    client.mutation("notes:add", {"text": "one"})
    assert client.query("notes:list") == ["one"]
    values = {"big": ConvexInt64(2**53 + 1), "bytes": b"\x00\xff", "number": float("-inf")}
    assert client.query("notes:values", values) == values
    page = client.query("notes:page", {"paginationOpts": {"numItems": 1.0, "cursor": None}})
    assert [note["text"] for note in page["page"]] == ["one"], page
    with refused("Uncaught Error: boom"):
        client.query("notes:fails")
    with refused("Could not find public function for 'notes:nope'"):
        client.query("notes:nope")
    with refused("ArgumentValidationError", "text"):
        client.mutation("notes:add", {"text": 1.0})


def errors_with_data(client):
    # Without mutations: the `convex` crate below this client (0.10, `base_client/request_manager.rs`) takes the
    # ConvexError of a mutation for a success and waits for its change, with every backend.
    for call, name, args in [
        (client.query, "todos:list", {}),
        (client.action, "todos:createViaAction", {"text": "cake"}),
    ]:
        with refused("Unauthenticated", kind=ConvexError) as raised:
            call(name, args)
        assert raised[0].data == "Unauthenticated", raised[0].data


def people(client):
    client.set_auth(given["token"])
    client.mutation("todos:create", {"text": "tea"})
    client.action("todos:createViaAction", {"text": "cake"})
    assert [todo["text"] for todo in client.query("todos:list")] == ["tea", "cake"]
    assert client.query("notes:whoami")["subject"] == "alice"
    client.clear_auth()
    assert client.query("notes:whoami") is None


def subscription(client):
    writer = ConvexClient(given["url"])
    seen = []
    for notes in client.subscribe("notes:list"):
        seen.append(notes)
        if len(seen) == 3:
            break
        writer.mutation("notes:add", {"text": f"note {len(seen)}"})
    assert seen == [["one"], ["one", "note 1"], ["one", "note 1", "note 2"]], seen


def subscriptions_together(client):
    """Checks that all queries of a client show one moment, and that unsubscribed ones end."""
    notes, count = client.subscribe("notes:list"), client.subscribe("notes:count")
    for results in client.watch_all():
        if notes.id in results and count.id in results:
            assert len(results[notes.id]["value"]) == results[count.id]["value"] == 3.0, results
            break
    notes.unsubscribe()
    with refused("dropped"):
        next(notes)
    assert next(count) == 3.0


calls(ConvexClient(given["url"]))
errors_with_data(ConvexClient(given["url"]))
people(ConvexClient(given["url"]))
subscription(ConvexClient(given["url"]))
subscriptions_together(ConvexClient(given["url"]))
print("done")
