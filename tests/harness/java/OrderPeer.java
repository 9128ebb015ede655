import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Orders as another team would send and read them: Apache Avro and Apache Kafka's own client, and no code of ours.
 *
 * produce BROKERS TOPIC SCHEMA ID: an order a line as JSON on stdin; consume BROKERS TOPIC SCHEMA ID: a record a line
 * as JSON on stdout. SCHEMA is a file, ID what stands for it in the frame.
 */
public class OrderPeer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int FRAME = 5;

  public static void main(String[] args) throws Exception {
    Schema schema = new Schema.Parser().parse(Files.readString(Path.of(args[3])));
    int id = Integer.parseInt(args[4]);
    if (args[0].equals("produce")) produce(args[1], args[2], schema, id);
    else consume(args[1], args[2], schema, id);
  }

  private static void produce(String brokers, String topic, Schema schema, int id) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    Map<String, Object> settings = Map.of("bootstrap.servers", brokers);
    try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (String line; (line = lines.readLine()) != null;) {
        JsonNode order = JSON.readTree(line);
        byte[] key = order.get("user").asText().getBytes(StandardCharsets.UTF_8);
        sent.add(producer.send(new ProducerRecord<>(topic, key, encode(order, schema, id))));
      }
      for (Future<RecordMetadata> one : sent) one.get();
    }
    System.out.println(sent.size());
  }

  private static byte[] encode(JsonNode order, Schema schema, int id) throws Exception {
    GenericRecord record = new GenericData.Record(schema);
    for (Schema.Field field : schema.getFields()) {
      JsonNode given = order.get(field.name());
      Object value = given == null ? GenericData.get().getDefaultValue(field) : valueOf(given, field.schema());
      record.put(field.name(), value);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(ByteBuffer.allocate(FRAME).put((byte) 0).putInt(id).array());
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    new GenericDatumWriter<GenericRecord>(schema).write(record, encoder);
    encoder.flush();
    return bytes.toByteArray();
  }

  private static Object valueOf(JsonNode node, Schema schema) {
    return switch (schema.getType()) {
      case UNION -> node.isNull() ? null : valueOf(node, schema.getTypes().get(1));
      case ENUM -> new GenericData.EnumSymbol(schema, node.asText());
      case INT -> node.intValue();
      case LONG -> node.longValue();
      case DOUBLE -> node.doubleValue();
      default -> node.asText();
    };
  }

  private static void consume(String brokers, String topic, Schema schema, int id) throws Exception {
    Map<String, Object> settings = Map.of("bootstrap.servers", brokers);
    GenericDatumReader<GenericRecord> reader = new GenericDatumReader<>(schema);
    try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
          .map(one -> new TopicPartition(topic, one.partition())).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
        for (var record : consumer.poll(Duration.ofSeconds(1))) {
          ByteBuffer frame = ByteBuffer.wrap(record.value());
          if (frame.get() != 0 || frame.getInt() != id) throw new IllegalStateException("not framed with " + id);
          BinaryDecoder decoder =
              DecoderFactory.get().binaryDecoder(record.value(), FRAME, record.value().length - FRAME, null);
          ObjectNode line = JSON.createObjectNode();
          line.put("partition", record.partition());
          line.put("key", new String(record.key(), StandardCharsets.UTF_8));
          line.set("order", jsonOf(reader.read(null, decoder)));
          if (!decoder.isEnd()) throw new IllegalStateException("bytes are left over");
          System.out.println(JSON.writeValueAsString(line));
        }
      }
    }
  }

  private static ObjectNode jsonOf(GenericRecord record) {
    ObjectNode order = JSON.createObjectNode();
    for (Schema.Field field : record.getSchema().getFields()) {
      Object value = record.get(field.pos());
      switch (value) {
        case null -> order.putNull(field.name());
        case Integer number -> order.put(field.name(), number);
        case Long number -> order.put(field.name(), number);
        case Double number -> order.put(field.name(), number);
        default -> order.put(field.name(), value.toString());
      }
    }
    return order;
  }
}
