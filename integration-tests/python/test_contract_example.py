"""The example of docs/contract.md, sent as the page says: raw bytes and a stock Arrow library, nothing of ours."""

import pathlib
import re

import pyarrow
import pyarrow.flight
import pytest

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "contract.md"
TRAILER = b"type.googleapis.com/polybolos.flight.v1.ResultTrailer"


@pytest.fixture(scope="module")
def ticket() -> bytes:
    block = re.search(r"```hex ticket\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block, f"{PAGE} has no block `hex ticket`"
    return bytes.fromhex(block.group(1))


@pytest.fixture(scope="module")
def client(serve):
    with pyarrow.flight.connect(serve().url) as client:
        yield client


def test_the_ticket_of_the_page_answers_seven_eight_and_nine(client, ticket):
    table = client.do_get(pyarrow.flight.Ticket(ticket)).read_all()
    assert table.schema == pyarrow.schema([pyarrow.field("n", pyarrow.int64(), nullable=False)])
    assert table.column("n").to_pylist() == [7, 8, 9]


def test_the_last_message_is_a_trailer_without_rows(client, ticket):
    chunks = list(client.do_get(pyarrow.flight.Ticket(ticket)))
    assert [chunk.data.num_rows for chunk in chunks][-1] == 0
    assert TRAILER in chunks[-1].app_metadata.to_pybytes()
    assert all(chunk.app_metadata is None for chunk in chunks[:-1])


def test_another_column_name_is_an_error_that_names_the_place(client, ticket):
    column, renamed = bytes.fromhex("0a016e1801"), bytes.fromhex("0a016d1801")
    assert ticket.count(column) == 1
    with pytest.raises(pyarrow.ArrowInvalid, match="UNRESOLVED_COLUMN") as error:
        client.do_get(pyarrow.flight.Ticket(ticket.replace(column, renamed))).read_all()
    assert "'m'" in str(error.value)
