package kernel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
)

// ready is the frame that ends the handshake of a socket of a type.
func ready(kind string) string {
	body := "\x05READY\x0bSocket-Type" + string(binary.BigEndian.AppendUint32(nil, uint32(len(kind)))) + kind
	return "\x04" + string(rune(len(body))) + body
}

// claim is the header of a long frame of n bytes.
func claim(flags byte, n uint64) string {
	return string([]byte{flags | flagLong}) + string(binary.BigEndian.AppendUint64(nil, n))
}

// attack sends bytes to a port and reports whether the connection is dropped.
func attack(t *testing.T, port int, what string) (dropped bool) {
	t.Helper()
	c, err := net.Dial("tcp", "127.0.0.1:"+itoa(port))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() { _, _ = io.Copy(c, strings.NewReader(what)) }()
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, c)
	var timeout net.Error
	return !(errors.As(err, &timeout) && timeout.Timeout())
}

// What anybody can send before a signature drops the connection, and nothing
// else.
func TestKernel_hostile(t *testing.T) {
	f := start(t)
	c := f.connection
	hello := string(greeting())
	for _, a := range []struct {
		name string
		port int
		what string
	}{
		{"a frame of 2^63 - 1 bytes to the shell", c.Shell, hello + ready("DEALER") + claim(0, 1<<63-1)},
		{"a frame of 2^63 - 1 bytes to control", c.Control, hello + ready("DEALER") + claim(0, 1<<63-1)},
		{"a frame of 2^63 - 1 bytes to stdin", c.Stdin, hello + ready("DEALER") + claim(0, 1<<63-1)},
		{"a frame of 2^63 - 1 bytes to iopub", c.IOPub, hello + ready("SUB") + claim(0, 1<<63-1)},
		{"a frame of 2^63 - 1 bytes to the heartbeat", c.Heartbeat, hello + ready("REQ") + claim(0, 1<<63-1)},
		{"a frame of 17 MiB", c.Shell, hello + ready("DEALER") + claim(0, 17<<20)},
		{"frames without end", c.Shell, hello + ready("DEALER") + strings.Repeat("\x01\x00", 100_000)},
		{"frames without end to iopub", c.IOPub, hello + ready("SUB") + strings.Repeat("\x01\x00", 100_000)},
		{"subscriptions without end", c.IOPub, hello + ready("SUB") + strings.Repeat("\x00\x02\x01a", 2000)},
		{"what is no subscription", c.IOPub, hello + ready("SUB") + "\x00\x02aa"},
		{"a property that is cut", c.Shell, hello + "\x04\x07\x05READY\xff"},
		{"a long property", c.Shell, hello + "\x04\x0c\x05READY\x01a\xff\xff\xff\xff"},
		{"a handshake of 2^63 - 1 bytes", c.Shell, hello + claim(flagCommand, 1<<63-1)},
		{"a socket of another type", c.Shell, hello + ready("PUB")},
		{"no greeting", c.Shell, strings.Repeat("GET / HTTP/1.1\r\n", 10)},
	} {
		if !attack(t, a.port, a.what) {
			t.Errorf("%s: the connection stays", a.name)
		}
	}
	if reply, _ := f.run("1 + 2"); reply["status"] != "ok" {
		t.Errorf("reply %v", reply)
	}
}

// Connections that say nothing do not keep others from being heard.
func TestKernel_idleConnections(t *testing.T) {
	f := start(t)
	for range 40 {
		for _, port := range []int{f.connection.Shell, f.connection.Control, f.connection.IOPub, f.connection.Heartbeat} {
			c, err := net.Dial("tcp", "127.0.0.1:"+itoa(port))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
		}
	}
	late := zmq4.NewDealer(t.Context())
	defer late.Close()
	if err := late.Dial("tcp://127.0.0.1:" + itoa(f.connection.Shell)); err != nil {
		t.Fatal(err)
	}
	if reply := f.ask(late, "kernel_info_request", dict{}); reply["status"] != "ok" {
		t.Errorf("reply %v", reply)
	}
}

// A heartbeat that cannot be answered does not end the heart.
func TestKernel_heartbeat(t *testing.T) {
	f := start(t)
	dealer := zmq4.NewDealer(t.Context())
	defer dealer.Close()
	if err := dealer.Dial("tcp://127.0.0.1:" + itoa(f.connection.Heartbeat)); err != nil {
		t.Fatal(err)
	}
	for _, frames := range [][][]byte{{[]byte("no empty frame")}, {nil, []byte("ping")}} {
		if err := dealer.SendMulti(zmq4.NewMsgFrom(frames...)); err != nil {
			t.Fatal(err)
		}
	}
	m, err := dealer.Recv()
	if err != nil || string(m.Frames[len(m.Frames)-1]) != "ping" {
		t.Errorf("%v, %v, want the ping back", m, err)
	}
}

// A message that is sent again is not answered again.
func TestKernel_replay(t *testing.T) {
	f := start(t)
	frames, err := f.signer.frames(nil, "front", "execute_request", nil, dict{"code": "replayed := 1"})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := f.shell.SendMulti(zmq4.NewMsgFrom(frames...)); err != nil {
			t.Fatal(err)
		}
	}
	f.reply(f.shell)
	f.heard()
	if reply := f.ask(f.shell, "execute_request", dict{"code": "replayed"}); reply["execution_count"] != 2.0 {
		t.Errorf("cell %v, want the second", reply["execution_count"])
	}
}

func TestSignatures(t *testing.T) {
	var s signatures
	for i := range 2 * mostSignatures {
		if !s.add(itoa(i)) {
			t.Fatalf("signature %d is known", i)
		}
	}
	if s.add(itoa(mostSignatures)) || !s.add("0") || !s.add("") || !s.add("") || len(s.known) != mostSignatures {
		t.Errorf("%d signatures are known, want the last %d", len(s.known), mostSignatures)
	}
}

// wire is a connection on which these bytes come and then nothing more.
type wire struct {
	net.Conn
	in      *bytes.Reader
	written int
	closed  bool
}

func (w *wire) Read(p []byte) (int, error)       { return w.in.Read(p) }
func (w *wire) Write(p []byte) (int, error)      { w.written += len(p); return len(p), nil }
func (w *wire) Close() error                     { w.closed = true; return nil }
func (*wire) SetDeadline(time.Time) error        { return nil }
func (*wire) SetReadDeadline(time.Time) error    { return nil }
func (*wire) SetWriteDeadline(t time.Time) error { return nil }

func guardedWire(data []byte, b bounds) (*guardedConn, *wire) {
	w := &wire{in: bytes.NewReader(data)}
	return &guardedConn{Conn: w, guard: &guard{bounds: b}}, w
}

// What is claimed takes no memory.
func TestGuardedConn_memory(t *testing.T) {
	data := []byte(string(greeting()) + ready("DEALER") + claim(0, 16<<20-9) + "few bytes")
	c, w := guardedWire(data, boundsOf("router"))
	if err := c.shakeHands(); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := io.ReadAll(c)
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
		t.Errorf("%d bytes were taken for the %d that came", took, len(data))
	}
	if want := string(greeting()) + ready("DEALER"); string(got) != want || err != nil && !errors.Is(err, net.ErrClosed) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if !w.closed || c.guard.held != 0 {
		t.Errorf("closed %t, %d bytes are held", w.closed, c.guard.held)
	}
}

// All connections of a socket hold no more than its bound together.
func TestGuardedConn_together(t *testing.T) {
	b := boundsOf("router")
	b.held = 1000
	c, _ := guardedWire([]byte(string(greeting())+ready("DEALER")+claim(0, 900)+strings.Repeat("x", 900)), b)
	if err := c.shakeHands(); err != nil {
		t.Fatal(err)
	}
	c.guard.held += 500
	if err := c.message(); err == nil || !strings.Contains(err.Error(), "hold too much") {
		t.Errorf("error %v", err)
	}
}

// Another side that does not read is left.
func TestGuardedConn_stuck(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	b := boundsOf("pub")
	b.progress = 10 * time.Millisecond
	c := &guardedConn{Conn: near, guard: &guard{bounds: b}}
	if _, err := c.Write([]byte("a message")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("error %v, want that the connection is closed", err)
	}
	if _, err := near.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is open")
	}
}

// FuzzGuard: what the module gets are a greeting, a description and whole
// messages within bounds, however they come.
func FuzzGuard(f *testing.F) {
	hello := string(greeting())
	f.Add([]byte(hello+ready("DEALER")+"\x01\x00\x00\x02ab"), byte(0))
	f.Add([]byte(hello+ready("SUB")+"\x00\x01\x01"), byte(1))
	f.Add([]byte(hello+ready("REQ")+"\x01\x00\x00\x04ping"), byte(2))
	f.Add([]byte(hello+ready("DEALER")+claim(flagMore, 3)+"abc\x04\x05\x04PING\x00\x00"), byte(0))
	f.Add([]byte(hello+ready("DEALER")+claim(0, 1<<63-1)), byte(0))
	f.Fuzz(func(t *testing.T, data []byte, kind byte) {
		b := boundsOf([]string{"router", "pub", "rep"}[kind%3])
		c, w := guardedWire(data, b)
		if c.shakeHands() != nil {
			return
		}
		got, _ := io.ReadAll(c)
		if len(got) > len(data) || !w.closed || c.guard.held != 0 || c.in.Len() != 0 {
			t.Fatalf("%d bytes of %d, closed %t, held %d", len(got), len(data), w.closed, c.guard.held)
		}
		rest, frames, size := got[greetingLen:], 0, 0
		for first := true; len(rest) > 0; first = false {
			if len(rest) < 2 || rest[0]&flagLong != 0 && len(rest) < 9 {
				t.Fatal("a header that is cut")
			}
			n := 2 + int(rest[1])
			if rest[0]&flagLong != 0 {
				n = 9 + int(binary.BigEndian.Uint64(rest[1:]))
			}
			if n < 0 || n > len(rest) || rest[0]&flagCommand != 0 != first {
				t.Fatalf("a frame of %d bytes, %d are left, flags %#x", n, len(rest), rest[0])
			}
			frames, size = frames+1, size+n
			if more := rest[0]&flagMore != 0; !more {
				if !first && (frames > b.frames || size > b.message) {
					t.Fatalf("a message of %d frames and %d bytes", frames, size)
				}
				frames, size = 0, 0
			}
			rest = rest[n:]
		}
	})
}
