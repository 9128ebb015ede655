/** What the local stack runs. `pom.xml` names the same versions, and a test compares the two. */

export const KAFKA_VERSION = "4.3.1";
export const SCALA_VERSION = "2.13";
export const APICURIO_VERSION = "3.3.3";

/** Kafka is content with 17; Apicurio Registry is not. */
export const MIN_JAVA = 21;
