package body

import "github.com/plumemq/plume/remoting/protocol/route"

// TopicQueueMappingInfo is a static topic's queues on one broker, as routes have it too.
type TopicQueueMappingInfo = route.TopicQueueMappingInfo
