package fastjson_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumemq/plume/remoting/protocol/fastjson"
)

// strings reads data as an object of strings and lists "name=value".
func members(data string, aliasing bool) ([]string, error) {
	r := fastjson.NewReader([]byte(data))
	if aliasing {
		r = fastjson.NewAliasingReader([]byte(data))
	}
	var list []string
	r.Object(func(name string) { list = append(list, strings.Clone(name)+"="+r.String()) })
	return list, r.End()
}

func TestReaderTakesTheDialect(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"strict", ` { "a" : "b" , "c":"d" } `, []string{"a=b", "c=d"}},
		{"names without quotes", `{a:"b",_c1:"d"}`, []string{"a=b", "_c1=d"}},
		{"numbers as names", `{0:"x",-1:"y"}`, []string{"0=x", "-1=y"}},
		{"single quotes", `{'a':'it"s'}`, []string{`a=it"s`}},
		{"other values as strings", `{"a":1,"b":true,"c":null,"d":-1.5e3}`, []string{"a=1", "b=true", "c=", "d=-1.5e3"}},
		{"comma before the bracket", `{"a":"b",}`, []string{"a=b"}},
		{"escapes", `{"a\u0001":"\b\f\n\r\t\"\\\/\u00e9\u4e2d"}`, []string{"a\x01=\b\f\n\r\t\"\\/é中"}},
		{"surrogates", `{"a":"\ud83d\ude00"}`, []string{"a=😀"}},
		{"half a pair", `{"a":"\ud83dx","b":"\ude00"}`, []string{"a=\ufffdx", "b=\ufffd"}},
		{"raw control characters", "{\"a\":\"x\ty\x01\"}", []string{"a=x\ty\x01"}},
		{"empty", `{}`, nil},
		{"null", `null`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, aliasing := range []bool{false, true} {
				got, err := members(c.in, aliasing)
				if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
					t.Errorf("aliasing %t: %v %s", aliasing, err, diff)
				}
			}
		})
	}
}

func TestReaderRefuses(t *testing.T) {
	for _, in := range []string{
		``, `{`, `{"a"`, `{"a":`, `{"a":"b"`, `{"a":"b`, `{"a":"b\`, `{"a":"\u12"}`, `{"a":"\x"}`, `{"a" "b"}`, `{,,}`, `{"a":"b"}x`,
		`{"a":"b"}{`, `[]`, `{"a":}`, "{\x00}", `{"a":"b""c":"d"}`, `{,"a":"b"}`, `{"a":"b",,}`, `nul`, `{:1}`,
	} {
		if got, err := members(in, false); !errors.Is(err, fastjson.ErrSyntax) {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

func TestReaderIsBounded(t *testing.T) {
	deep := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	r := fastjson.NewReader(deep(fastjson.MaxDepth))
	if r.Skip(); r.End() != nil {
		t.Errorf("depth %d: %v", fastjson.MaxDepth, r.Err())
	}
	r = fastjson.NewReader(deep(fastjson.MaxDepth + 1))
	if r.Skip(); !errors.Is(r.End(), fastjson.ErrDepth) {
		t.Errorf("one deeper: %v", r.Err())
	}
	r = fastjson.NewReader([]byte(`[1,2,3]`))
	r.Limit(2)
	if r.Skip(); !errors.Is(r.End(), fastjson.ErrEntries) {
		t.Errorf("three of two entries: %v", r.Err())
	}
}

func TestReaderNumbers(t *testing.T) {
	r := fastjson.NewReader([]byte(`[1,"2",-9223372036854775808,null,"",1.5,"2.5",1E3,true,"false",1]`))
	var got []any
	read := []func() any{
		func() any { return r.Int32() }, func() any { return r.Int32() }, func() any { return r.Int64() },
		func() any { return r.Int64() }, func() any { return r.Int32() }, func() any { return r.Float64() },
		func() any { return r.Float64() }, func() any { return r.Float64() }, func() any { return r.Bool() },
		func() any { return r.Bool() }, func() any { return r.Bool() },
	}
	r.Array(func() { got = append(got, read[len(got)]()) })
	want := []any{int32(1), int32(2), int64(-9223372036854775808), int64(0), int32(0), 1.5, 2.5, 1000.0, true, false, true}
	if diff := cmp.Diff(want, got); diff != "" || r.End() != nil {
		t.Error(r.Err(), diff)
	}
	for _, in := range []string{"2147483648", `"x"`, "1.5", "{}"} {
		r := fastjson.NewReader([]byte(in))
		if n := r.Int32(); n != 0 || !errors.Is(r.End(), fastjson.ErrSyntax) {
			t.Errorf("%s: %d, %v", in, n, r.Err())
		}
	}
}

// TestObjectKeys: a map whose keys are whole objects, as Apache writes a Map<MessageQueue, V>.
func TestObjectKeys(t *testing.T) {
	r := fastjson.NewReader([]byte(`{{"q":1}:10,{"q":2}:20}`))
	sum := map[int32]int32{}
	var key int32
	r.Entries(func() { r.Object(func(string) { key = r.Int32() }) }, func() { sum[key] = r.Int32() })
	if diff := cmp.Diff(map[int32]int32{1: 10, 2: 20}, sum); diff != "" || r.End() != nil {
		t.Error(r.Err(), diff)
	}
}

func TestRawLeavesTheTextAlone(t *testing.T) {
	data := []byte(`{"a": {"x":"\u0041",1:[2]} ,"b":"c"}`)
	r := fastjson.NewAliasingReader(data)
	var got []string
	r.Object(func(name string) {
		if r.IsComposite() {
			got = append(got, string(r.Raw()))
			return
		}
		got = append(got, r.String())
	})
	if diff := cmp.Diff([]string{`{"x":"\u0041",1:[2]}`, "c"}, got); diff != "" || r.End() != nil {
		t.Error(r.Err(), diff)
	}
}

func TestWriter(t *testing.T) {
	write := func(w *fastjson.Writer) string {
		w.BeginObject()
		w.Key("addrs")
		w.BeginObject()
		w.IntKey(0)
		w.String("a")
		w.EndObject()
		w.Key("empty")
		w.StringMap(nil)
		w.Key("list")
		w.Strings([]string{"x", "y"})
		w.Key("none")
		w.Ints(nil)
		w.Key("table")
		w.BeginObject()
		w.ObjectKey(func() {
			w.BeginObject()
			w.IntMember("q", 1)
			w.EndObject()
		})
		w.Bool(true)
		w.EndObject()
		w.DoubleMember("tps", 0)
		w.EndObject()
		return string(w.Bytes())
	}
	if got, want := write(new(fastjson.Writer)), `{"addrs":{0:"a"},"empty":{},"list":["x","y"],"none":[],"table":{{"q":1}:true},"tps":0.0}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want := "{\n\t\"addrs\":{\n\t\t\"0\":\"a\"\n\t},\n\t\"empty\":{},\n\t\"list\":[\n\t\t\"x\",\n\t\t\"y\"\n\t],\n\t\"none\":[],\n\t\"table\":{\n\t\t{\n\t\t\t\"q\":1\n\t\t}:true\n\t},\n\t\"tps\":0.0\n}"
	if got := write(&fastjson.Writer{Pretty: true, Standard: true}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestDoubles: what Java's Double.toString prints.
func TestDoubles(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.0", 1: "1.0", 1e-4: "1.0E-4", 1e7: "1.0E7", 12345678.9: "1.23456789E7", 1.5: "1.5", 100: "100.0", 0.001: "0.001",
		1e21: "1.0E21", -2.5: "-2.5",
	} {
		var w fastjson.Writer
		if w.Double(f); string(w.Bytes()) != want {
			t.Errorf("%s, want %s", w.Bytes(), want)
		}
	}
}

// FuzzReader: whatever is read, nothing panics, both readers agree, and what is written of a string reads as that string.
func FuzzReader(f *testing.F) {
	for _, s := range []string{
		`{"a":"b"}`, `{0:"a",{"q":1}:[1,2,{"x":null}]}`, `{'a':'\u0041\ud83d\ude00'}`, `[[[[]]]]`, `{"a":"\`, `{"code":105,"extFields":{"topic":"T"}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		original := bytes.Clone(data)
		plain := fastjson.NewReader(data)
		plain.Skip()
		err := plain.End()
		if !bytes.Equal(data, original) {
			t.Fatal("the copying reader changed its data")
		}
		copied, copyErr := members(string(data), false)
		aliased, aliasErr := members(string(data), true)
		if fmt.Sprint(copyErr) != fmt.Sprint(aliasErr) || copyErr == nil && !cmp.Equal(copied, aliased) {
			t.Fatalf("copying %q %v, aliasing %q %v", copied, copyErr, aliased, aliasErr)
		}
		if copyErr == nil && err != nil {
			t.Fatalf("read but not skipped: %v", err)
		}
		r := fastjson.NewReader(fastjson.AppendString(nil, string(data)))
		if s := r.String(); s != string(data) || r.End() != nil {
			t.Fatalf("%q became %q, %v", data, s, r.Err())
		}
	})
}
