"""Writes down what Python's fastavro makes of orders and baskets, for tests/python_peers_test.ts.

    python -m venv venv && venv/bin/pip install fastavro==1.13.1
    venv/bin/python tests/harness/python/record.py > tests/harness/python/recorded.json && deno fmt

Each value is encoded by fastavro and read back by it. The test holds that our encoder makes the same bytes of the same
value, so that fastavro reads ours as that value, and that our decoder reads fastavro's. The order's schema is that of
version 1, which never changes.
"""

import base64
import datetime
import decimal
import io
import json
import pathlib
import platform
import uuid

import fastavro

HERE = pathlib.Path(__file__).parent
UTC = datetime.timezone.utc


def at(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


def order(number, **changes):
    value = {
        "order_id": uuid.UUID(f"3f2b8c1e-5d4a-4e6f-9a7b-0c1d2e3f4a{number:02x}"),
        "user": "ada",
        "item": "compact-disc",
        "quantity": 1,
        "price": 19.99,
        "timestamp": at("2026-11-23T10:30:45.123"),
        "priority": "normal",
    }
    return {**value, **changes}


ORDERS = [
    order(1),
    order(2, user="Zoë 🛒", item="café crème"),
    order(3, price=None, priority="low"),
    order(4, price=0.0, priority="urgent", quantity=10_000),
    order(5, price=123_456_789.01, priority="high", timestamp=at("1970-01-01T00:00:00")),
    order(6, timestamp=at("1969-12-31T23:59:59.999")),
    order(7, user="u" * 256, item="ж" * 256, timestamp=at("9999-12-31T23:59:59.999")),
]


def basket(number, **changes):
    value = {
        "basket_id": uuid.UUID(f"3f2b8c1e-5d4a-4e6f-9a7b-0c1d2e3f4a{number:02x}"),
        "day": datetime.date(2026, 11, 23),
        "at": at("2026-11-23T10:30:45.123"),
        "total": decimal.Decimal("12.50"),
        "tax": None,
        "lines": [],
        "labels": {},
        "raw": b"",
        "digest": b"\x00\x01\xfe\xff",
        "state": "open",
        "note": None,
    }
    return {**value, **changes}


BASKETS = [
    basket(1),
    basket(2, total=decimal.Decimal("-0.01"), tax=decimal.Decimal("-1.0001"), note=1.5),
    basket(3, total=decimal.Decimal("123456789012345678.90"), tax=decimal.Decimal("0.0000"), note="text"),
    basket(4, total=decimal.Decimal("0.00"), day=datetime.date(1969, 12, 31), note=[1, -(2**40), 2**40]),
    basket(
        5,
        lines=[{"sku": "a", "pieces": -1, "weight": 0.5}, {"sku": "ü", "pieces": 2**31 - 1, "weight": None}],
        labels={"gift": True, "to": "Bob", "": None},
        raw=bytes(range(256)),
        state="paid",
    ),
]


def as_people_write(value):
    if isinstance(value, dict):
        return {name: as_people_write(part) for name, part in value.items()}
    if isinstance(value, list):
        return [as_people_write(part) for part in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, (datetime.date, decimal.Decimal, uuid.UUID)):
        return str(value)
    return value


def record(schema_file, values):
    schema = fastavro.parse_schema(json.loads(pathlib.Path(schema_file).read_text()))
    recorded = []
    for value in values:
        buffer = io.BytesIO()
        fastavro.schemaless_writer(buffer, schema, value)
        read = fastavro.schemaless_reader(io.BytesIO(buffer.getvalue()), schema, None)
        assert read == value, (read, value)
        recorded.append({"value": as_people_write(value), "bytes": buffer.getvalue().hex()})
    return recorded


print(
    json.dumps(
        {
            "madeBy": f"fastavro {fastavro.__version__}, Python {platform.python_version()}",
            "orders": record(HERE / "../../../schemas/released/orders-value/1.avsc", ORDERS),
            "baskets": record(HERE / "basket.avsc", BASKETS),
        },
        ensure_ascii=False,
        indent=2,
    )
)
