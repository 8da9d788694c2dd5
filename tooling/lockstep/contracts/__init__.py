"""What two versions of a contract promise, compared: event schemas (JSON Schema, Avro, Protobuf), OpenAPI, AsyncAPI. Pure."""
