/**
 * Events through Kafka, so that an acknowledged one is in the log and every one that is read comes to an end:
 * processed, or dead-lettered with its reason. What is exported here is for applications; each name is also at a
 * path of its own (`@orderline/lib/core/failure`), which loads nothing else.
 *
 * @module
 */
export { consumeEvents, type ConsumeOptions } from "./app/consume_events.ts";
export { CONSUMER_FLAGS } from "./app/consumer_settings.ts";
export { type OpenEventProducer, openEventProducer } from "./app/open_event_producer.ts";
export { type App, type AppDefinition, runApp } from "./app/run_app.ts";
export { setUpEvent } from "./app/set_up_event.ts";
export { createEncoder, Decoder, type Encoder } from "./avro/codec.ts";
export { type AvroEvent, avroEvent, type AvroEventOptions } from "./avro/event.ts";
export { HttpRegistry } from "./avro/http_registry.ts";
export { describeProblems, type Parsed, type Problem } from "./avro/problem.ts";
export { compileRecordRules, type RecordRules } from "./avro/record_rules.ts";
export type { CompatibilityLevel, SchemaRegistry } from "./avro/registry.ts";
export { SchemaCache } from "./avro/schema_cache.ts";
export { schemaIdOf } from "./avro/wire_format.ts";
export type { BatchOptions } from "./consumer/batches.ts";
export { Consumer } from "./consumer/consumer.ts";
export type { ConsumerOptions, ConsumerStatus } from "./consumer/consumer_options.ts";
export type { DependencyOptions } from "./consumer/dependencies.ts";
export type { ConsumerEvents } from "./consumer/events.ts";
export type {
  BatchContext,
  BatchHandler,
  BatchMessage,
  Handler,
  HandlerContext,
} from "./consumer/handler.ts";
export { type Clock, type Random, systemClock, systemRandom } from "./core/clock.ts";
export { Failure, type FailureKind, permanent, toFailure, unavailable } from "./core/failure.ts";
export type { Outcome } from "./core/outcome.ts";
export type {
  ConsumerRecord,
  Message,
  ProducerRecord,
  RecordHeader,
  RecordMetadata,
  TopicPartition,
} from "./core/record.ts";
export { connectAdmin } from "./kafka/admin.ts";
export { createGroupMember, type GroupMemberOptions } from "./kafka/group_member.ts";
export { producerSessions } from "./kafka/producer_session.ts";
export { CommandError } from "./ops/command.ts";
export { type EventSettings, eventSettings, type EventSettingsTable } from "./ops/event_settings.ts";
export { EXIT, type ExitCode } from "./ops/exit_codes.ts";
export { configureLogging, getLogger } from "./ops/log.ts";
export { createConsumerMetrics, createProducerMetrics } from "./ops/metrics.ts";
export { settingsGroup } from "./ops/settings_group.ts";
export { DeliveryError } from "./producer/delivery_error.ts";
export { EventProducer, type EventProducerOptions } from "./producer/event_producer.ts";
export { partitionFor } from "./producer/partitioner.ts";
export { Producer, type ProducerOptions } from "./producer/producer.ts";
