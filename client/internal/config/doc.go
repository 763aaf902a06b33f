// Package config holds what the client's options set: one struct for what both roles share, one for each role. It lives below
// both roles, so that one client.Option can serve producers and consumers alike, while an option of the wrong role does not
// compile.
package config
