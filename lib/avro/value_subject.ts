/** The registry's name for the values of a topic, as every client makes it by default: `orders-value`. */
export function valueSubject(topic: string): string {
  return `${topic}-value`;
}
