// Package conventions reads the registry of Plume's attributes, events and spans, docs/semconv/registry, which is in the format of
// OpenTelemetry Weaver, and holds spans against it: kind, name, required attributes, types and values, and nothing that is not declared.
// Tests do that with every span they see; docs/attributes.md is generated from the same files.
//
// Attributes of OpenTelemetry's own conventions are not declared here but referred to; a test knows that each of them exists.
package conventions
