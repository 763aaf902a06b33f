// Package admin looks into a running cluster: what mqadmin does, as a library. So far it finds messages, by key, by id and by their
// trace:
//
//	a, err := admin.New(client.WithNameServers("127.0.0.1:9876"))
//	if err != nil { ... }
//	if err := a.Start(ctx); err != nil { ... }
//	defer a.Shutdown(ctx)
//	records, err := a.QueryMessageTrace(ctx, "7F00000100002A9F0000000000001234", admin.Query{})
package admin
