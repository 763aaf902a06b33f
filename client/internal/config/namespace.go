package config

import (
	"strings"

	"github.com/plumemq/plume/message"
)

const namespaceSeparator = "%"

// WithNamespace prefixes a topic or group with the namespace: "T" is "ns%T", "%RETRY%g" is "%RETRY%ns%g". What already carries
// it, and system topics, stay as they are.
//
// Java: remoting.protocol.NamespaceUtil#wrapNamespace (5.5.0).
func (c *Client) WithNamespace(resource string) string {
	if c.Namespace == "" || resource == "" || message.IsSystemTopic(resource) {
		return resource
	}
	head, rest := splitRetryPrefix(resource)
	if strings.HasPrefix(rest, c.Namespace+namespaceSeparator) {
		return resource
	}
	return head + c.Namespace + namespaceSeparator + rest
}

// WithoutNamespace removes the namespace's prefix, if it is there.
//
// Java: remoting.protocol.NamespaceUtil#withoutNamespace (5.5.0).
func (c *Client) WithoutNamespace(resource string) string {
	if c.Namespace == "" {
		return resource
	}
	head, rest := splitRetryPrefix(resource)
	if bare, ok := strings.CutPrefix(rest, c.Namespace+namespaceSeparator); ok {
		return head + bare
	}
	return resource
}

// splitRetryPrefix separates %RETRY% or %DLQ% from the group behind it.
func splitRetryPrefix(resource string) (head, rest string) {
	for _, p := range []string{message.RetryGroupTopicPrefix, message.DLQGroupTopicPrefix} {
		if r, ok := strings.CutPrefix(resource, p); ok {
			return p, r
		}
	}
	return "", resource
}
