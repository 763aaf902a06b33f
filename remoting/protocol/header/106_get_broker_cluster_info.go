// GET_BROKER_CLUSTER_INFO (106) asks a name server for its brokers and clusters. Brokers send it every 5 s, tools before
// nearly everything, without a header. The reply's body is a body.ClusterInfo.

package header
