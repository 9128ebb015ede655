"""confluent-kafka, pydantic and fastavro: one job in, one measurement out, as JSON on the last line of stdout."""

import io
import json
import sys
import time
from pathlib import Path
from typing import Annotated, Literal, Optional

import confluent_kafka
import fastavro
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

FRAME_BYTES = 5
CONSUME_AT_ONCE = 1_000
SCHEMA_FILE = Path(__file__).parents[3] / "schemas" / "order.avsc"
written = json.loads(SCHEMA_FILE.read_text())
written["fields"][0]["type"] = "string"  # an id stays text: as a UUID object it costs twice the time
schema = fastavro.parse_schema(written)


def two_decimals(price: float) -> float:
    if round(price, 2) != price:
        raise ValueError("at most two decimals")
    return price


class Order(BaseModel):
    """The order's rules, as schemas/order.avsc has them."""

    model_config = ConfigDict(extra="forbid")

    order_id: Annotated[
        str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
    ]
    user: Annotated[str, Field(min_length=1, max_length=256)]
    item: Annotated[str, Field(min_length=1, max_length=256)]
    quantity: Annotated[int, Field(strict=True, ge=1, le=10_000)]
    price: Optional[
        Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False), AfterValidator(two_decimals)]
    ] = None
    timestamp: AwareDatetime
    priority: Literal["low", "normal", "high", "urgent"] = "normal"


def send_all(producer, topic, orders, frame):
    """Validates, encodes and sends; returns when every order is acknowledged."""
    acknowledged = 0

    def delivered(error, _message):
        nonlocal acknowledged
        if error is not None:
            raise SystemExit(f"not acknowledged: {error}")
        acknowledged += 1

    for raw in orders:
        order = Order.model_validate(raw)
        value = io.BytesIO()
        value.write(frame)
        fastavro.schemaless_writer(value, schema, order.__dict__)
        while True:
            try:
                producer.produce(topic, key=order.user, value=value.getvalue(), on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.01)  # its queue is full
        producer.poll(0)
    producer.flush()
    if acknowledged != len(orders):
        raise SystemExit(f"{acknowledged} of {len(orders)} acknowledged")


def produce(job):
    with open(job["ordersFile"], encoding="utf-8") as lines:
        orders = [json.loads(line) for line, _ in zip(lines, range(job["records"]))]
    frame = b"\0" + job["schemaId"].to_bytes(4, "big")
    producer = confluent_kafka.Producer(
        {
            "bootstrap.servers": ",".join(job["brokers"]),
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": job["lingerMs"],
            "partitioner": "murmur2_random",
        }
    )
    send_all(producer, job["warmUp"]["topic"], orders[: job["warmUp"]["records"]], frame)
    began = time.perf_counter()
    send_all(producer, job["topic"], orders, frame)
    return {"records": len(orders), "ms": (time.perf_counter() - began) * 1_000}


def read(job, topic, group, records):
    """Decodes, validates and commits; the time runs from the assignment to the last record."""
    times = {}
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": ",".join(job["brokers"]),
            "group.id": group,
            "auto.offset.reset": "earliest",
            "auto.commit.interval.ms": 250,
        }
    )
    consumer.subscribe([topic], on_assign=lambda *_: times.setdefault("from", time.perf_counter()))
    count = 0
    while count < records:
        for message in consumer.consume(CONSUME_AT_ONCE, timeout=1.0):
            if message.error() is not None:
                raise SystemExit(f"not read: {message.error()}")
            value = io.BytesIO(message.value())
            value.seek(FRAME_BYTES)
            Order.model_validate(fastavro.schemaless_reader(value, schema, None))
            count += 1
    ended = time.perf_counter()
    consumer.close()  # commits
    return {"records": count, "ms": (ended - times["from"]) * 1_000}


def consume(job):
    warm_up = job["warmUp"]
    read(job, warm_up["topic"], f"{job['group']}-warm-up", warm_up["records"])
    return read(job, job["topic"], job["group"], job["records"])


if __name__ == "__main__":
    job = json.loads(sys.argv[1])
    print(json.dumps(produce(job) if job["workload"] == "produce" else consume(job)))
