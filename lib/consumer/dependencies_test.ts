import assert from "node:assert/strict";
import fc from "fast-check";
import { settle, TestClock } from "../testing/test_clock.ts";
import { Dependencies, type DependencyOptions, type Lease } from "./dependencies.ts";

const BREAKER = { failureThreshold: 2, resetMs: 60_000 };

function world(declared: Readonly<Record<string, DependencyOptions>> = {}) {
  const clock = new TestClock();
  const changes: string[] = [];
  let wanted = 0;
  const dependencies = new Dependencies({
    declared,
    breaker: BREAKER,
    clock,
    random: () => 0,
    onChange: (name, state) => changes.push(`${name} ${state}`),
    onProbeDue: () => wanted++,
  });
  /** An attempt that ends at once. */
  const attempt = (verdict: "success" | "failure" | "unavailable" | "neutral", name?: string) => {
    const lease = dependencies.acquire();
    assert.ok(lease, "leave was given");
    dependencies.report(lease, verdict, name);
  };
  return { clock, changes, dependencies, attempt, wanted: () => wanted };
}

Deno.test("failures count against the dependency that they name, and not against another", () => {
  const { dependencies, attempt, changes } = world();
  attempt("failure", "payments");
  attempt("failure", "stock");
  attempt("failure");
  assert.deepEqual(changes, []);
  attempt("failure", "payments");
  assert.deepEqual(changes, ["payments open"]);
  assert.equal(dependencies.acquire(), undefined, "one that is open stops all");
  assert.deepEqual(dependencies.worst.name, "payments");
});

Deno.test("without a question of its own a dependency is probed by one record, and success closes it", async () => {
  const { clock, dependencies, attempt, changes, wanted } = world();
  attempt("unavailable", "payments");
  attempt("unavailable", "payments");
  await clock.advance(59_999);
  assert.equal(dependencies.acquire(), undefined);
  await clock.advance(1);
  assert.equal(wanted(), 1);
  const probe = dependencies.acquire()!;
  assert.equal(dependencies.acquire(), undefined, "one probe at a time");
  dependencies.report(probe, "success");
  assert.deepEqual(changes, ["payments open", "payments half_open", "payments closed"]);
});

Deno.test("where there is a question it is asked, once every time, and no record is let through before the answer", async () => {
  let works = false;
  let asked = 0;
  const probe = () => {
    asked++;
    return works ? Promise.resolve() : Promise.reject(new Error("still down"));
  };
  const { clock, dependencies, attempt, changes } = world({ store: { probe } });
  clock.after(60_000, () => assert.equal(dependencies.acquire(), undefined, "the timer may fire late"));
  attempt("unavailable", "store");
  attempt("unavailable", "store");
  await clock.advance(300_000);
  assert.equal(asked, 5, "once a minute");
  assert.equal(dependencies.acquire(), undefined);
  works = true;
  await clock.advance(60_000);
  assert.equal(changes.at(-1), "store closed");
  assert.ok(dependencies.acquire());
});

Deno.test("a question that is never answered counts as no, is not asked twice at once, and holds nothing for ever", async () => {
  const answers: PromiseWithResolvers<void>[] = [];
  const signals: AbortSignal[] = [];
  const probe = (signal: AbortSignal) => {
    signals.push(signal);
    answers.push(Promise.withResolvers<void>());
    return answers.at(-1)!.promise;
  };
  const { clock, attempt, changes } = world({ store: { probe } });
  attempt("unavailable", "store");
  attempt("unavailable", "store");
  await clock.advance(60_000);
  assert.equal(changes.at(-1), "store half_open");
  await clock.advance(10_000);
  assert.equal(changes.at(-1), "store open");
  assert.equal(signals[0]!.aborted, true);
  await clock.advance(180_000);
  assert.equal(answers.length, 1);
  answers[0]!.resolve();
  await settle();
  await clock.advance(60_000);
  assert.equal(answers.length, 2);
  answers[1]!.resolve();
  await settle();
  assert.equal(changes.at(-1), "store closed");
});

Deno.test("a probe that throws before it returns is an answer as well", async () => {
  const { clock, attempt, changes } = world({
    store: {
      probe: () => {
        throw new TypeError("not a function");
      },
    },
  });
  attempt("unavailable", "store");
  attempt("unavailable", "store");
  await clock.advance(61_000);
  assert.equal(changes.at(-1), "store open");
});

Deno.test("whatever happens to three dependencies, no permit leaks: all closes again once all is well", async () => {
  const step = fc.record({
    take: fc.boolean(),
    ms: fc.oneof(fc.constant(0), fc.nat(70_000)),
    which: fc.nat(5),
    name: fc.constantFrom("handler", "payments", "store"),
    verdict: fc.constantFrom("success", "failure", "unavailable", "neutral"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), async (steps) => {
      let works = false;
      const probe = () => works ? Promise.resolve() : Promise.reject(new Error("down"));
      const { clock, dependencies } = world({ store: { probe } });
      const out: Lease[] = [];
      for (const { take, ms, which, name, verdict } of steps) {
        await clock.advance(ms);
        const lease = take ? dependencies.acquire() : undefined;
        if (lease) out.push(lease);
        else if (out.length > 0) {
          dependencies.report(out.splice(which % out.length, 1)[0]!, verdict, name);
        }
      }
      for (const lease of out) dependencies.report(lease, "neutral");
      works = true;
      await clock.advance(140_000);
      const lease = dependencies.acquire();
      assert.ok(lease, "leave for a record");
      dependencies.report(lease, "success");
      assert.equal(dependencies.worst.state, "closed");
    }),
    { numRuns: 300 },
  );
});
