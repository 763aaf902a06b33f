// Package topic keeps the broker's topics: how many queues each has and what may be done with it. They are config/topics.json.
//
// Topics come into being in four ways: the system's at start, by an administrator's order, by a send to an unknown topic that
// names one to inherit from (TBW102), and as a group's retry or dead letter topic. Each is on disk before it is used, and told
// to the name servers at once.
package topic
