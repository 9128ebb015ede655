/** Certificates for tests of TLS, made anew each time: a private authority, and what it signs for this host. */

/** A certificate and its key as PEM text. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/** An authority that is trusted by nobody who is not told of it. */
export interface Authority {
  readonly cert: string;
  /** A certificate for `localhost` and 127.0.0.1, for servers and clients. */
  issue(name: string): Promise<Certified>;
}

const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;
const DAY_MS = 86_400_000;

/** Makes an authority. */
export async function createAuthority(name: string): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
  const make = (subject: string, publicKey: CryptoKey, extension: Uint8Array) =>
    certificate({ subject, issuer: name, publicKey, signingKey: keys.privateKey, extension });
  return {
    cert: await make(name, keys.publicKey, IS_AUTHORITY),
    async issue(subject) {
      const own = await crypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
      const key = pem("PRIVATE KEY", new Uint8Array(await crypto.subtle.exportKey("pkcs8", own.privateKey)));
      return { cert: await make(subject, own.publicKey, FOR_THIS_HOST), key };
    },
  };
}

/** One element of DER: its tag, the length of what is in it, and that. */
function der(tag: number, ...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const body = parts.flatMap((part) => [...part]);
  const length = body.length < 0x80
    ? [body.length]
    : body.length < 0x100
    ? [0x81, body.length]
    : [0x82, body.length >> 8, body.length & 0xff];
  return Uint8Array.of(tag, ...length, ...body);
}

const sequence = (...parts: Parameters<typeof der>[1][]) => der(0x30, ...parts);
const oid = (...bytes: number[]) => der(0x06, bytes);
const ascii = (text: string) => new TextEncoder().encode(text);
const TRUE = der(0x01, [0xff]);
const ECDSA_WITH_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
/** Basic constraints, critical. */
const IS_AUTHORITY = sequence(oid(0x55, 0x1d, 0x13), TRUE, der(0x04, sequence(TRUE)));
/** Subject alternative names. */
const FOR_THIS_HOST = sequence(
  oid(0x55, 0x1d, 0x11),
  der(0x04, sequence(der(0x82, ascii("localhost")), der(0x87, [127, 0, 0, 1]))),
);

async function certificate(
  { subject, issuer, publicKey, signingKey, extension }: {
    readonly subject: string;
    readonly issuer: string;
    readonly publicKey: CryptoKey;
    readonly signingKey: CryptoKey;
    readonly extension: Uint8Array;
  },
): Promise<string> {
  const body = sequence(
    der(0xa0, der(0x02, [2])), // version 3
    der(0x02, [1, ...crypto.getRandomValues(new Uint8Array(8))]),
    ECDSA_WITH_SHA256,
    commonName(issuer),
    sequence(utcTime(Date.now() - DAY_MS), utcTime(Date.now() + DAY_MS)),
    commonName(subject),
    new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)),
    der(0xa3, sequence(extension)),
  );
  const raw = new Uint8Array(
    await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, signingKey, new Uint8Array(body)),
  );
  const signature = sequence(integer(raw.subarray(0, 32)), integer(raw.subarray(32)));
  return pem("CERTIFICATE", sequence(body, ECDSA_WITH_SHA256, der(0x03, [0], signature)));
}

function commonName(text: string): Uint8Array {
  return sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, ascii(text)))));
}

/** `261124101530Z` */
function utcTime(ms: number): Uint8Array {
  return der(0x17, ascii(`${new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "").slice(2)}`));
}

/** DER's numbers are signed and as short as can be. */
function integer(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = bytes.subarray(first);
  return der(0x02, short[0]! >= 0x80 ? [0, ...short] : short);
}

function pem(label: string, bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
