// Package subscription keeps the consumer groups and how each may consume: config/subscriptionGroup.json.
package subscription
