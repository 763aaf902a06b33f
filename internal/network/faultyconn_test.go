package network

import (
	"testing"
	"time"
)

// A Read that saw no fault, and comes to the socket when one has been switched on, turns to the stream: whoever carries the
// socket's bytes from then on does not keep it out.
func TestAReadThatMeetsAFaultGoesOnAtTheStream(t *testing.T) {
	n := NewFaulty(System)
	l, err := System.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near, err := n.Dial(t.Context(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	n.SetFault(l.Addr().String(), Fault{Delay: time.Millisecond})
	carried := make([]byte, 1)
	for _, b := range []byte("ab") { // the second one is carried by somebody who has begun
		if _, err := far.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
		if _, err := near.Read(carried); err != nil || carried[0] != b {
			t.Fatalf("%q, %v", carried, err)
		}
	}
	done := make(chan bool, 1)
	go func() {
		c, _ := near.(*faultyConn)
		_, _, direct := c.readDirect(carried, c.raw.Read)
		done <- direct
	}()
	select {
	case direct := <-done:
		if direct {
			t.Fatal("it read the socket")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it waits for the socket for good")
	}
}
