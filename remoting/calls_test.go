package remoting

import "testing"

// Calls that wait for longer than a round of opaques keep their places, and those that find them taken are found all the same.
func TestCallsThatWaitForRounds(t *testing.T) {
	const rounds = 3
	var table callTable
	calls := map[int32]*responseFuture{}
	for opaque := int32(-ringSize); opaque < (rounds-1)*ringSize; opaque++ { // the counter runs over into the negative
		f := &responseFuture{opaque: opaque}
		calls[opaque] = f
		if !table.put(f) {
			t.Fatalf("opaque %d is taken", opaque)
		}
		if table.put(&responseFuture{opaque: opaque}) {
			t.Fatalf("opaque %d is not taken", opaque)
		}
	}
	for f := range table.all() {
		if f.opaque%2 == 0 && table.take(f.opaque) != f {
			t.Errorf("call %d is not there", f.opaque)
		}
	}
	if want := rounds * ringSize / 2; table.count != want {
		t.Errorf("%d calls left, want %d", table.count, want)
	}
	for opaque, f := range calls {
		if opaque%2 == 0 {
			f = nil
		}
		if table.take(opaque) != f {
			t.Errorf("call %d is wrong", opaque)
		}
	}
	if table.count != 0 || table.rest != 0 || table.take(0) != nil {
		t.Error("calls are left")
	}
}
