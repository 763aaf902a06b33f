package message_test

import (
	"fmt"
	"net/netip"

	"github.com/plumemq/plume/message"
)

func ExampleNew() {
	m := message.New("Orders", []byte("one coffee"))
	m.SetTags("created")
	m.SetKeys("order-42")
	fmt.Println(m.Topic, m.Tags(), m.Keys())
	// Output: Orders created [order-42]
}

func ExampleOffsetMsgID() {
	id := message.OffsetMsgID(netip.MustParseAddrPort("127.0.0.1:10911"), 4096)
	addr, off, err := message.ParseOffsetMsgID(id)
	fmt.Println(id, addr, off, err)
	// Output: 7F00000100002A9F0000000000001000 127.0.0.1:10911 4096 <nil>
}

func ExampleCompression_Compress() {
	body := make([]byte, 10000)
	small, err := message.Zlib.Compress(body, message.DefaultCompressLevel)
	if err != nil {
		fmt.Println(err)
	}
	plain, err := message.Zlib.Decompress(small, 4<<20)
	fmt.Println(len(small) < 100, len(plain), err)
	// Output: true 10000 <nil>
}
