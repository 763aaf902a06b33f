package remoting

// ChannelEventListener hears of a server's or a client's connections. OnConnect comes first and OnClose last for each, exactly once;
// calls for one connection never overlap with what it brings being read, those for different connections may run at the same time.
//
// Java: remoting.ChannelEventListener (5.5.0).
type ChannelEventListener interface {
	// OnConnect: the connection is made, nothing read yet.
	OnConnect(ch *Channel)
	// OnClose: the connection is gone.
	OnClose(ch *Channel)
	// OnIdle: nothing went over it for too long; it is closed next.
	OnIdle(ch *Channel)
	// OnException: it broke, or sent what is no frame, and has been closed for that. What this side closes for another reason is none.
	OnException(ch *Channel, err error)
}
