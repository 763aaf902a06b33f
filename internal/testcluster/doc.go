// Package testcluster runs a whole cluster in one test process: a name server, brokers, producers and consumers over real TCP on
// free ports, with stores in temporary folders and every span of every service in one recorder.
//
//	c := testcluster.Start(t, testcluster.Config{Brokers: 2})
//	c.CreateTopic(t, "TopicTest", 4)
//	p := c.NewProducer(t, "group")
//
// Servers keep their ports and their stores over a stop and a start. Everything stops with the test.
package testcluster
