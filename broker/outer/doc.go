// Package outer is how the broker talks to others by itself: it registers with every name server, one by one and at the same
// time, and says goodbye to them.
package outer
