// Package topicroute turns a name server's answer (route.TopicRouteData) into what clients work with: the queues a producer
// may write to (TopicPublishInfo) and those a consumer may read from.
package topicroute
