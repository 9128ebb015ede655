import type { AvroType } from "../avro_schema.ts";
import { type Change, change, type CompareTypes, effect, FINE } from "./change.ts";
import { incompatibilities } from "./compatibility.ts";
import { nameOf, reading } from "./promotion_changes.ts";

/** Branches added, removed and moved; a type that became a union with itself in it; and what changed inside. */
export function unionChanges(older: AvroType, newer: AvroType, compare: CompareTypes): Change[] {
  const [before, after] = [branchesOf(older), branchesOf(newer)];
  const partner = (branch: AvroType, others: readonly AvroType[]) =>
    others.find((other) => keyOf(other) === keyOf(branch));
  const kept = before.filter((branch) => partner(branch, after) !== undefined);
  const inside = kept.flatMap((branch) => compare(branch, partner(branch, after)!));
  const added = after.filter((branch) => partner(branch, before) === undefined);
  const removed = before.filter((branch) => partner(branch, after) === undefined);
  const order = (branches: readonly AvroType[]) =>
    branches.map(keyOf).filter((key) => kept.some((branch) => keyOf(branch) === key)).join(" ");
  return [
    ...inside,
    ...removed.map((branch) => removedBranch(branch, newer)),
    ...added.map((branch) => addedBranch(branch, older)),
    ...(order(before) === order(after) ? [] : [
      change({ path: "", code: "branches-reordered", what: "the union's branches stand in another order" }),
    ]),
  ];
}

function addedBranch(branch: AvroType, older: AvroType): Change {
  const isRead = incompatibilities(older, branch).length === 0;
  return change({
    path: "",
    code: "branch-added",
    what: `may now be ${nameOf(branch)} as well`,
    oldReaders: isRead ? readingAny(older, branch) : effect("unreadable", `cannot read ${nameOf(branch)}`),
    fix: isRead ? undefined : "add an optional field with a new name",
  });
}

function removedBranch(branch: AvroType, newer: AvroType): Change {
  const isRead = incompatibilities(newer, branch).length === 0;
  return change({
    path: "",
    code: "branch-removed",
    what: `may no longer be ${nameOf(branch)}`,
    newReaders: isRead
      ? readingAny(newer, branch)
      : effect("unreadable", `cannot read ${nameOf(branch)}, which older records may hold`),
    fix: isRead ? undefined : "keep the branch and stop writing it",
  });
}

/** The first branch that takes it is the one that reads it. */
function readingAny(reader: AvroType, writer: AvroType) {
  const taker = branchesOf(reader).find((branch) => incompatibilities(branch, writer).length === 0);
  return taker === undefined ? FINE : reading(taker, writer);
}

function branchesOf(type: AvroType): readonly AvroType[] {
  return type.kind === "union" ? type.branches : [type];
}

/** Branches of one kind are the same branch; named ones go by their names as well. */
function keyOf(type: AvroType): string {
  return "name" in type ? `${type.kind} ${type.name.slice(type.name.lastIndexOf(".") + 1)}` : type.kind;
}
