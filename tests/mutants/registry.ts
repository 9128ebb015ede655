/** Bugs in `lib/avro/`: what the registry says, and what is believed of it. */
import type { Mutant } from "../../tools/mutants/mutant.ts";

export default [
  {
    name: "no_such_schema_for_ever",
    bug: "That a schema is not there is believed for ever, though it may be registered a second later.",
    file: "lib/avro/schema_cache.ts",
    find: "until: now + notFoundMs",
    replace: "until: now + notFoundMs * Infinity",
    foundBy: {
      file: "lib/avro/schema_cache_test.ts",
      test: "no such schema is believed for 30 seconds and then asked again",
      says: /no such schema/,
    },
  },
  {
    name: "outage_remembered",
    bug: "A registry that could not answer once is believed to have no such schema.",
    file: "lib/avro/schema_cache.ts",
    find: 'if (failure.reason === "schema-not-found") return',
    replace: "if (failure.reason) return",
    foundBy: {
      file: "lib/avro/schema_cache_test.ts",
      test:
        "a registry that does not answer is asked for an id once in a wait that grows, however many want it",
    },
  },
  {
    name: "refused_connection_is_400",
    bug: "The registry client is believed when it reports a refused connection as a bad request.",
    file: "lib/avro/guarded_client.ts",
    find: "if (this.#unanswered !== undefined) throw this.#unanswered.error;",
    replace: "",
    foundBy: {
      file: "lib/avro/http_registry_test.ts",
      test: "a registry that is down, busy or broken is unavailable",
    },
  },
  {
    name: "any_404_is_no_schema",
    bug:
      "The 404 of a proxy or of another server is taken for the registry's word that a schema is not there.",
    file: "lib/avro/registry_failure.ts",
    find:
      'return answer.status === 404 && NOT_FOUND_CODES.has(Number(errorBody(answer.body)["error_code"]));',
    replace: "return answer.status === 404;",
    foundBy: {
      file: "lib/avro/http_registry_test.ts",
      test: "only the registry's own word makes a schema not found",
    },
  },
] satisfies readonly Mutant[];
