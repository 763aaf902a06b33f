package referee

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"time"
)

// The ports of servers lie below those that the system gives to outgoing connections, which could take one between the
// probe and the server's start.
const firstPort, lastPort = 15000, 32000

// freePorts finds a port that is free together with those at the given distances from it: a broker with listenPort p also
// listens on p-2 and p+1.
func freePorts(distances ...int) (int, error) {
	for range 200 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		free := isFree(port)
		for _, d := range distances {
			free = free && isFree(port+d)
		}
		if free {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free ports at distances %v", distances)
}

func isFree(port int) bool {
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// ask sends one request with string fields in the JSON encoding and returns the answer's code and body.
func ask(addr string, code int, fields map[string]string) (int, []byte, error) {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return 0, nil, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(3 * time.Second))
	header, err := json.Marshal(map[string]any{"code": code, "extFields": fields, "flag": 0, "language": "JAVA", "opaque": 1,
		"serializeTypeCurrentRPC": "JSON", "version": 513})
	if err != nil {
		return 0, nil, err
	}
	frame := binary.BigEndian.AppendUint32(nil, uint32(4+len(header)))
	frame = binary.BigEndian.AppendUint32(frame, uint32(len(header)))
	if _, err := conn.Write(append(frame, header...)); err != nil {
		return 0, nil, err
	}
	var prefix [8]byte
	if _, err := io.ReadFull(conn, prefix[:]); err != nil {
		return 0, nil, err
	}
	rest := make([]byte, binary.BigEndian.Uint32(prefix[:])-4)
	if _, err := io.ReadFull(conn, rest); err != nil {
		return 0, nil, err
	}
	headerLength := binary.BigEndian.Uint32(prefix[4:]) & 0xffffff
	var answer struct{ Code int }
	if err := json.Unmarshal(rest[:headerLength], &answer); err != nil {
		return 0, nil, err
	}
	return answer.Code, rest[headerLength:], nil
}

// Route asks a name server for a topic's route: its JSON text, or an error.
func Route(nameServer, topic string) (string, error) {
	code, body, err := ask(nameServer, 105, map[string]string{"topic": topic, "acceptStandardJsonOnly": "true"})
	if err == nil && code != 0 {
		err = fmt.Errorf("route of %s at %s: code %d", topic, nameServer, code)
	}
	return string(body), err
}

// poll calls check every 20 ms until it returns nil; p must stay alive.
func poll(ctx context.Context, p *Process, check func() error) error {
	var last error
	for {
		if last = check(); last == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%w: %s\n%s", ErrEnded, p.name, tail(p.Output(), 4000))
		case <-ctx.Done():
			return fmt.Errorf("%w: %s: %w\n%s", ErrNotReady, p.name, last, tail(p.Output(), 4000))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func listening(addr string) error {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return err
	}
	return conn.Close()
}
