package dashboards

// All are the dashboards, in the order in which they are read.
func All() []Dashboard {
	return []Dashboard{sendPathDashboard(), brokerDashboard(), consumerDashboard(), namesrvDashboard(), faultsDashboard()}
}
