package fastjson_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// pairs reads an object of strings; what is no string appears in angle brackets.
func pairs(data string, aliasing bool) (got []string, err error) {
	r := fastjson.NewReader([]byte(data))
	if aliasing {
		r = fastjson.NewAliasingReader([]byte(data))
	}
	r.Pairs(
		func(key, value string) { got = append(got, fmt.Sprintf("%s=%s", key, value)) },
		func(key string) { got = append(got, fmt.Sprintf("%s=<%s>", key, r.Raw())) })
	return got, r.End()
}

func TestPairs(t *testing.T) {
	long := strings.Repeat("x", 40)
	for data, want := range map[string][]string{
		`{}`:                                 nil,
		`null`:                               nil,
		`{"a":"1","b":""}`:                   {"a=1", "b="},
		`{ "a" : "1" , 'b':'2',c:"3"}`:       {"a=1", "b=2", "c=3"},
		`{"a":1,"b":true,"c":null,"d":[{}]}`: {"a=<1>", "b=<true>", "c=<null>", "d=<[{}]>"},
		`{"\u0061":"\u0001","b\"":"\\"}`:     {"a=\x01", "b\"=\\"},
		`{"a":"` + long + `"}`:               {"a=" + long},
		`{"a":"` + long + `\u0002` + long + `\"","b":"1"}`: {"a=" + long + "\x02" + long + `"`, "b=1"},
		`{"a":"exactly16 letter"}`:                         {"a=exactly16 letter"},
		`{"a":"exactly16 lette\n"}`:                        {"a=exactly16 lette\n"},
	} {
		for _, aliasing := range []bool{false, true} {
			if got, err := pairs(data, aliasing); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s, aliasing %v: %q, %v", data, aliasing, got, err)
			}
		}
	}
	for _, data := range []string{``, `{`, `{"a`, `{"a"`, `{"a"}`, `{"a":`, `{"a":"`, `{"a":"` + long, `{"a":"` + long + `\`, `{"a":"1"`, `{"a":"1",`, `{"a":"1","`, `{"a":"\x"}`} {
		for _, aliasing := range []bool{false, true} {
			if got, err := pairs(data, aliasing); err == nil {
				t.Errorf("%s, aliasing %v: %q without an error", data, aliasing, got)
			}
		}
	}
}
