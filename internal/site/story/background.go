package story

// background are the root steps that have words although nobody's message is the reason: story.background and the step.
var background = map[string]bool{ //nolint:gochecknoglobals // a table that never changes
	"instance.sendHeartbeatToAllBroker": true,
	"instance.pollNameServer":           true,
	"outer.registerBrokerAll":           true,
	"outer.unregisterBrokerAll":         true,
	"consumer.rebalanceByTopic":         true,
	"consumer.pullMessage":              true,
	"consumer.commit":                   true,
	"consumer.cleanExpiredMsg":          true,
	"consumer.start":                    true,
	"producer.start":                    true,
	"broker.start":                      true,
	"store.load":                        true,
	"store.doReput":                     true,
	"broker.PullMessageProcessor.executeRequestWhenWakeup": true,
	"namesrv.scanNotActiveBroker":                          true,
	"namesrv.onChannelDestroy":                             true,
	"commitlog.doCommit":                                   true,
	"commitlog.flushRealTime":                              true,
	"remoting.server.UPDATE_AND_CREATE_TOPIC":              true,
	"remoting.server.NOTIFY_CONSUMER_IDS_CHANGED":          true,
	"remoting.server.GET_ROUTEINFO_BY_TOPIC":               true,
	"remoting.server.SEND_MESSAGE_V2":                      true,
	"schedule.deliver":                                     true,
}
