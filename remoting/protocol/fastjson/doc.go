// Package fastjson reads and writes the dialect of JSON that Apache RocketMQ speaks on the wire and keeps on disk: that of
// Alibaba's fastjson, versions 1 and 2.
//
// It differs from JSON in its keys. A Map<Integer, V> has bare numbers as keys, a Map<MessageQueue, V> has whole objects:
//
//	{"brokerAddrs":{0:"10.0.0.1:10911"}}
//	{"offsetTable":{{"brokerName":"b","queueId":1,"topic":"T"}:42}}
//
// The Reader takes all of that, strict JSON, and what fastjson 1 forgave: names without quotes, single quotes, a comma
// before a closing bracket, numbers in quotes. It never recurses deeper than MaxDepth and never yields more than MaxEntries
// members, whatever it is given.
//
// There is no reflection: a type writes and reads itself, member by member.
package fastjson
