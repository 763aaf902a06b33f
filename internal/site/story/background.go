package story

// background says what a root step does when nobody's message is the reason; %s is the service.
var background = map[string]string{
	"instance.sendHeartbeatToAllBroker": "%s told every broker that it is alive, which groups it has, and what they subscribe to. A broker forgets a client that is silent for two minutes.",
	"instance.pollNameServer":           "%s asked the name server again about every topic that it uses: this is how a client learns of new brokers and queues, every 30 seconds.",
	"outer.registerBrokerAll":           "%s told every name server its address and its topics. It does so at its start, at every new topic and every 30 seconds; the name server forgets brokers that stop.",
	"outer.unregisterBrokerAll":         "%s told every name server that it goes.",
	"consumer.rebalanceByTopic":         "%s asked a broker who else is in its group, and took its share of the queues.",
	"consumer.pullMessage":              "%s asked a broker for messages. With none there, the broker keeps the request and answers when one arrives: the long bar is waiting, not work.",
	"consumer.commit":                   "%s told the brokers how far it has come in each queue.",
	"consumer.cleanExpiredMsg":          "%s sent back messages whose handler had not returned for too long, so that they do not hold up their queue.",
	"consumer.start":                    "%s, the consumer, started: it learned its topics' routes, introduced itself to the brokers and took its queues.",
	"producer.start":                    "%s, the producer, started. It has asked nobody for a topic yet: that waits for the first send.",
	"broker.start":                      "%s started: it took its port, recovered its store and registered with the name server.",
	"store.load":                        "%s opened its message store.",
	"store.doReput":                     "%s read new records back from the commit log, to make them findable: by queue and by key.",
	"broker.PullMessageProcessor.executeRequestWhenWakeup": "%s took up a pull request that it had kept, because a message arrived or the time was up.",
	"namesrv.scanNotActiveBroker":                          "%s looked for brokers that have gone silent.",
	"namesrv.onChannelDestroy":                             "%s lost a broker's connection, and took the broker out of its tables.",
	"commitlog.doCommit":                                   "%s wrote the commit log through to the disk, once for all sends that waited.",
	"commitlog.flushRealTime":                              "%s wrote the commit log through to the disk, as it does every half second.",
	"remoting.server.UPDATE_AND_CREATE_TOPIC":              "%s was told to create a topic.",
	"remoting.server.NOTIFY_CONSUMER_IDS_CHANGED":          "%s was told by a broker that its group has changed: time to rebalance.",
	"remoting.server.GET_ROUTEINFO_BY_TOPIC":               "%s was asked for a topic's route, by somebody who does not trace.",
	"remoting.server.SEND_MESSAGE_V2":                      "%s received a message from somebody who does not trace.",
	"schedule.deliver":                                     "%s moved delayed messages whose time had come to their real topics.",
}
