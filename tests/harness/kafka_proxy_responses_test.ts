import assert from "node:assert/strict";
import { type ParsedRequest, parseRequest } from "./kafka_proxy_requests.ts";
import {
  type Address,
  parseAnswers,
  refusal,
  rewriteAddresses,
  withBaseOffset,
  withErrorCode,
} from "./kafka_proxy_responses.ts";
import {
  bytes,
  compact,
  int16,
  int32,
  int64,
  list,
  recordBatch,
  requestHeader,
  text,
} from "./kafka_test_bytes.ts";
import { WireError } from "./kafka_proxy_wire.ts";

const asked = (apiKey: number, apiVersion: number): ParsedRequest => ({
  apiKey,
  apiName: "test",
  apiVersion,
  correlationId: 77,
  clientId: null,
  sizeBytes: 0,
});

/** `kafka-1:9092` becomes `127.0.0.1:19092`: longer and shorter names, so that everything behind them moves. */
const replace = ({ host, port }: Address): Address => ({
  host: host === "b" ? "proxy.local" : "p",
  port: port + 10_000,
});

type Version = { readonly version: number };

function metadata([first, second]: readonly [Address, Address], { version }: Version): Uint8Array {
  const broker = (id: number, { host, port }: Address) =>
    bytes(int32(id), text(host), int32(port), ...(version >= 1 ? [text(id === 1 ? "rack-a" : null)] : []));
  const ids = list(int32(1), int32(2));
  const partition = bytes(int16(0), int32(0), int32(1), ids, ids, ...(version >= 5 ? [list()] : []));
  return bytes(
    int32(77),
    ...(version >= 3 ? [int32(0)] : []),
    list(broker(1, first), broker(2, second)),
    ...(version >= 2 ? [text("cluster")] : []),
    ...(version >= 1 ? [int32(1)] : []),
    list(bytes(int16(0), text("orders"), ...(version >= 1 ? [0] : []), list(partition))),
  );
}

function flexibleMetadata([first, second]: readonly [Address, Address]): Uint8Array {
  const broker = (id: number, { host, port }: Address) =>
    bytes(int32(id), compact(host), int32(port), compact(null), 0);
  return bytes(
    int32(77),
    0,
    int32(0),
    3,
    broker(1, first),
    broker(2, second),
    compact("cluster"),
    int32(1),
    1,
    0,
  );
}

function coordinator({ host, port }: Address, { version }: Version): Uint8Array {
  const place = bytes(int32(1), text(host), int32(port));
  if (version === 0) return bytes(int32(77), int16(0), place);
  return bytes(int32(77), int32(0), int16(0), text(null), place);
}

const real: [Address, Address] = [{ host: "kafka-1", port: 9_092 }, { host: "b", port: 9_093 }];
const proxied: [Address, Address] = [replace(real[0]), replace(real[1])];

Deno.test("brokers in a Metadata response are readdressed and nothing else changes, v0 to v8", () => {
  for (let version = 0; version <= 8; version++) {
    const rewritten = rewriteAddresses(asked(3, version), metadata(real, { version }), replace);
    assert.deepEqual(rewritten, metadata(proxied, { version }), `v${version}`);
  }
});

Deno.test("brokers in a Metadata response with compact types are readdressed", () => {
  for (let version = 9; version <= 13; version++) {
    const rewritten = rewriteAddresses(asked(3, version), flexibleMetadata(real), replace);
    assert.deepEqual(rewritten, flexibleMetadata(proxied), `v${version}`);
  }
});

Deno.test("answers that Kafka 4.3.1 really gave are readdressed", () => {
  const there = "00093132372e302e302e31" + "000098b4"; // 127.0.0.1, 39092
  const here = "000570726f7879" + "00000001"; // proxy, 1
  const metadataV6 = "0000000300000000" + `0000000100000001${there}ffff` +
    "00164d6b583139494a69524475494b464f6e6a394169395100000001" +
    "000000010000001074776f313739353436383235333933330000000002000000000000000000010000000100000001000000010000000100000000" +
    "000000000001000000010000000100000001000000010000000100000000";
  const findCoordinatorV2 = `0000000200000000000000044e4f4e4500000001${there}`;
  for (const [request, recorded] of [[asked(3, 6), metadataV6], [asked(10, 2), findCoordinatorV2]] as const) {
    const rewritten = rewriteAddresses(
      request,
      Uint8Array.fromHex(recorded),
      () => ({ host: "proxy", port: 1 }),
    );
    assert.equal(rewritten.toHex(), recorded.replace(there, here));
  }
});

Deno.test("a coordinator is readdressed, v0 to v2", () => {
  for (let version = 0; version <= 2; version++) {
    const rewritten = rewriteAddresses(asked(10, version), coordinator(real[1], { version }), replace);
    assert.deepEqual(rewritten, coordinator(proxied[1], { version }), `v${version}`);
  }
});

Deno.test("coordinators with compact types are readdressed, one (v3) or several (v4 and later)", () => {
  const single = ({ host, port }: Address) =>
    bytes(int32(77), 0, int32(0), int16(0), compact(null), int32(1), compact(host), int32(port), 0);
  assert.deepEqual(rewriteAddresses(asked(10, 3), single(real[0]), replace), single(proxied[0]));
  const entry = ({ host, port }: Address) =>
    bytes(compact("group"), int32(1), compact(host), int32(port), int16(0), compact(""), 0);
  const several = ([first, second]: [Address, Address]) =>
    bytes(int32(77), 0, int32(0), 3, entry(first), entry(second), 0);
  assert.deepEqual(rewriteAddresses(asked(10, 4), several(real), replace), several(proxied));
});

Deno.test("a coordinator that is not known stays unknown", () => {
  const none = coordinator({ host: "", port: -1 }, { version: 2 });
  assert.deepEqual(rewriteAddresses(asked(10, 2), none, replace), none);
});

Deno.test("a version newer than the proxy knows is refused, for it would lead clients past the proxy", () => {
  assert.throws(() => rewriteAddresses(asked(3, 14), metadata(real, { version: 8 }), replace), WireError);
});

const commit = parseRequest(
  bytes(
    requestHeader(8, 5),
    text("g"),
    int32(1),
    text("m"),
    list(bytes(text("orders"), list(bytes(int32(0), int64(7), text(null))))),
  ),
);
const batch = recordBatch({ records: 1, baseSequence: 0 });
const produce = parseRequest(
  bytes(
    requestHeader(0, 7),
    text(null),
    int16(-1),
    int32(1),
    list(bytes(text("orders"), list(bytes(int32(2), int32(batch.length), batch)))),
  ),
);
const answer = (errorCode: number, offset: number) =>
  bytes(int32(2), int16(errorCode), int64(offset), int64(-1), int64(0));
const produced = (errorCode: number, offset = 90) =>
  bytes(int32(77), list(bytes(text("orders"), list(answer(errorCode, offset)))), int32(0));
const committed = (errorCode: number) =>
  bytes(int32(77), int32(0), list(bytes(text("orders"), list(bytes(int32(0), int16(errorCode))))));

Deno.test("what the broker answered is read per partition", () => {
  assert.deepEqual(parseAnswers(produce, produced(0)), [{
    topic: "orders",
    partition: 2,
    errorCode: 0,
    baseOffset: 90,
  }]);
  assert.deepEqual(parseAnswers(commit, committed(27)), [{ topic: "orders", partition: 0, errorCode: 27 }]);
  assert.equal(parseAnswers(asked(1, 11), produced(0)), undefined);
});

Deno.test("an answer can be turned into any error", () => {
  assert.deepEqual(withErrorCode(commit, { response: committed(0), code: 27 }), committed(27));
  assert.deepEqual(withErrorCode(produce, { response: produced(0), code: -1 }), produced(-1));
});

Deno.test("an answer can be made to name another offset", () => {
  assert.deepEqual(withBaseOffset(produce, { response: produced(0), offset: 7 }), produced(0, 7));
});

Deno.test("a Produce that the proxy refuses itself reads as one that the broker refused, v3 to v8", () => {
  for (let version = 3; version <= 8; version++) {
    const batch = recordBatch({ records: 1, baseSequence: 0 });
    const partition = (id: number) => bytes(int32(id), int32(batch.length), batch);
    const topics = list(
      bytes(text("orders-dlq"), list(partition(4), partition(0))),
      bytes(text("b"), list(partition(1))),
    );
    const request = parseRequest(
      bytes(requestHeader(0, version), text(null), int16(-1), int32(30_000), topics),
    );
    const refused = { errorCode: 29, baseOffset: -1 };
    assert.deepEqual(parseAnswers(request, refusal(request, 29)), [
      { topic: "orders-dlq", partition: 4, ...refused },
      { topic: "orders-dlq", partition: 0, ...refused },
      { topic: "b", partition: 1, ...refused },
    ]);
  }
});

Deno.test("an OffsetCommit that the proxy refuses itself reads as one that the broker refused, v2 to v7", () => {
  for (let version = 2; version <= 7; version++) {
    const partition = (id: number) =>
      bytes(int32(id), int64(17), ...(version >= 6 ? [int32(9)] : []), text("done"));
    const request = parseRequest(bytes(
      requestHeader(8, version),
      text("shop-group"),
      int32(12),
      text("member-1"),
      ...(version >= 7 ? [text(null)] : []),
      ...(version <= 4 ? [int64(-1)] : []),
      list(bytes(text("orders"), list(partition(0), partition(4)))),
    ));
    assert.deepEqual(parseAnswers(request, refusal(request, 14)), [
      { topic: "orders", partition: 0, errorCode: 14 },
      { topic: "orders", partition: 4, errorCode: 14 },
    ]);
  }
});
