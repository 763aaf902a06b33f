package fastjson_test

import (
	"fmt"

	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// addresses is a table by broker id, whose keys Apache writes without quotes.
type addresses map[int64]string

func (a addresses) AppendJSON(w *fastjson.Writer) {
	w.BeginObject()
	for id := range int64(len(a)) {
		w.IntKey(id)
		w.String(a[id])
	}
	w.EndObject()
}

func (a addresses) ReadJSON(r *fastjson.Reader) {
	var id int64
	r.Entries(func() { id = r.Int64() }, func() { a[id] = r.String() })
}

func ExampleMarshal() {
	fmt.Printf("%s\n", fastjson.Marshal(addresses{0: "10.0.0.1:10911", 1: "10.0.0.2:10911"}))
	// Output: {0:"10.0.0.1:10911",1:"10.0.0.2:10911"}
}

func ExampleUnmarshal() {
	a := addresses{}
	if err := fastjson.Unmarshal([]byte(`{0:"10.0.0.1:10911","1":"10.0.0.2:10911"}`), a); err != nil {
		fmt.Println(err)
	}
	fmt.Println(a[0], a[1])
	// Output: 10.0.0.1:10911 10.0.0.2:10911
}
