package kernel

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
)

// client is a front end.
type client struct {
	t              *testing.T
	shell, control zmq4.Socket
	published      chan *message
	signer         signer
	connection     Connection
}

// start runs a kernel and connects to it.
func start(t *testing.T) *client {
	t.Helper()
	var ports []int
	for range 5 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	c := Connection{Transport: "tcp", IP: "127.0.0.1", Key: "secret", Scheme: "hmac-sha256", Shell: ports[0], Control: ports[1], Stdin: ports[2], IOPub: ports[3], Heartbeat: ports[4]}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "connection.json")
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	if c, err = ReadConnection(path); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background()) // the cleanup still asks
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, c, "test") }()
	patient := zmq4.WithDialerMaxRetries(80) // of 250 ms: the kernel may start late on a busy machine
	f := &client{t: t, shell: zmq4.NewDealer(ctx, patient), control: zmq4.NewDealer(ctx, patient), published: make(chan *message, 1000), signer: signer{[]byte(c.Key)}, connection: c}
	sub := zmq4.NewSub(ctx, patient)
	for s, port := range map[zmq4.Socket]int{f.shell: c.Shell, f.control: c.Control, sub: c.IOPub} {
		if err := s.Dial("tcp://127.0.0.1:" + itoa(port)); err != nil {
			t.Fatal(err)
		}
	}
	if err := sub.SetOption(zmq4.OptionSubscribe, ""); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			m, err := sub.Recv()
			if err != nil {
				return
			}
			if p, err := f.signer.parse(m.Frames); err == nil {
				p.parent = m.Frames[len(m.Frames)-3] // what it answers
				f.published <- p
			}
		}
	}()
	t.Cleanup(func() {
		reply := f.ask(f.control, "shutdown_request", dict{"restart": false})
		if reply["status"] != "ok" {
			t.Errorf("shutdown: %v", reply)
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Error("the kernel does not end")
		}
		cancel()
	})
	// A subscription needs a moment: ask until something is heard, then leave
	// behind all that was said before.
	for len(f.published) == 0 {
		f.ask(f.shell, "kernel_info_request", dict{})
		time.Sleep(time.Millisecond)
	}
	id := f.send(f.shell, "kernel_info_request", dict{})
	f.reply(f.shell)
	for m := range f.published {
		if bytes.Contains(m.parent, id) && bytes.Contains(m.content, []byte("idle")) {
			break
		}
	}
	return f
}

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

// ask sends a request and returns the content of the reply.
func (f *client) ask(s zmq4.Socket, kind string, content dict) dict {
	f.t.Helper()
	f.send(s, kind, content)
	return f.reply(s)
}

// send sends a request and returns its identity.
func (f *client) send(s zmq4.Socket, kind string, content dict) (id []byte) {
	f.t.Helper()
	frames, err := f.signer.frames(nil, "front", kind, nil, content)
	if err != nil {
		f.t.Fatal(err)
	}
	var h header
	if err := json.Unmarshal(frames[2], &h); err != nil {
		f.t.Fatal(err)
	}
	if err := s.SendMulti(zmq4.NewMsgFrom(frames...)); err != nil {
		f.t.Fatal(err)
	}
	return []byte(h.ID)
}

func (f *client) reply(s zmq4.Socket) dict {
	f.t.Helper()
	m, err := s.Recv()
	if err != nil {
		f.t.Fatal(err)
	}
	p, err := f.signer.parse(m.Frames)
	if err != nil {
		f.t.Fatal(err)
	}
	return contentOf(f.t, p)
}

func contentOf(t *testing.T, m *message) dict {
	t.Helper()
	var c dict
	if err := json.Unmarshal(m.content, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// run runs a cell and returns the reply, and what was published until the kernel
// was idle, by kinds.
func (f *client) run(code string) (reply dict, shown map[string][]dict) {
	f.t.Helper()
	f.send(f.shell, "execute_request", dict{"code": code})
	reply = f.reply(f.shell)
	return reply, f.heard()
}

func (f *client) heard() map[string][]dict {
	f.t.Helper()
	shown := map[string][]dict{}
	for {
		select {
		case m := <-f.published:
			c := contentOf(f.t, m)
			shown[m.header.Type] = append(shown[m.header.Type], c)
			if m.header.Type == "status" && c["execution_state"] == "idle" {
				return shown
			}
		case <-time.After(20 * time.Second):
			f.t.Fatal("the kernel is never idle")
		}
	}
}

func TestKernel(t *testing.T) {
	f := start(t)
	for _, c := range []struct{ code, kind, want string }{
		{"1 + 2", "execute_result", `"text/plain":"3"`},
		{"import \"fmt\"\nfmt.Println(\"học sâu\")", "stream", `"text":"học sâu\n"`},
		{"x := 21\nfunc twice(a int) int { return 2 * a }\ntwice(x)", "execute_result", `"42"`},
		{"y", "error", "undefined identifier: y"},
		{"z := []int{1}\nz[5]", "error", "out of range"},
		{"import \"errors\"\nerrors.New(\"no luck\")", "error", "no luck"},
		{`display.HTML("<b>x</b>")`, "execute_result", `"text/html":"\u003cb\u003ex\u003c/b\u003e"`},
		{`display.Update("a", 1); display.Update("a", 2)`, "update_display_data", `"display_id":"a"`},
		{`Display("now")`, "display_data", `"now"`},
		{"display.Clear(true)", "clear_output", `"wait":true`},
		{":help", "stream", "Go, without generics"},
		{":nonsense", "error", "unknown command"},
		{"import \"github.com/hocsau/hocsau/plot\"\nplot.Curves(plot.Panel{Series: []plot.Series{{Y: []float64{1, 2}}}})", "execute_result", `"image/png"`},
		{"import (\"github.com/hocsau/hocsau/graph\"; \"github.com/hocsau/hocsau/zoo\")\ng := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)\nzoo.NewLeNet(g.Scope(), 10).Forward(g.Input(\"x\", 1, 1, 28, 28)).Shape()", "execute_result", "[1 10]"},
	} {
		reply, shown := f.run(c.code)
		text, err := json.Marshal(shown[c.kind])
		if err != nil || !strings.Contains(string(text), c.want) {
			t.Errorf("%s: %s is %s, want %s; reply %v", c.code, c.kind, text, c.want, reply)
		}
		if status := map[bool]string{true: "error", false: "ok"}[c.kind == "error"]; reply["status"] != status {
			t.Errorf("%s: status %v", c.code, reply["status"])
		}
	}
}

func TestKernel_interrupt(t *testing.T) {
	f := start(t)
	f.run("n := 7")
	for _, code := range []string{"for { n++ }", "func wait() { <-Context().Done() }\nwait()\nfor { }"} {
		f.send(f.shell, "execute_request", dict{"code": code})
		for m := range f.published {
			if m.header.Type == "execute_input" {
				break // it has begun, nearly
			}
		}
		time.Sleep(300 * time.Millisecond)
		f.ask(f.control, "interrupt_request", dict{})
		if reply := f.reply(f.shell); reply["status"] != "error" || reply["ename"] != interrupted {
			t.Errorf("%s: %v", code, reply)
		}
		f.heard()
	}
	if reply, _ := f.run("n > 7"); reply["status"] != "ok" {
		t.Errorf("after the interrupt: %v", reply)
	}
}

func TestKernel_requests(t *testing.T) {
	f := start(t)
	f.run("import \"strings\"\nword := \"é\"")
	reply := f.ask(f.shell, "complete_request", dict{"code": "word; strings.ToUp", "cursor_pos": 18})
	if matches, _ := json.Marshal(reply["matches"]); string(matches) != `["ToUpper","ToUpperSpecial"]` || reply["cursor_start"] != 14.0 {
		t.Errorf("complete: %v", reply)
	}
	reply = f.ask(f.shell, "inspect_request", dict{"code": "strings.ToUpper(word)", "cursor_pos": 10})
	if says, _ := json.Marshal(reply["data"]); !strings.Contains(string(says), "strings.ToUpper func(string) string") {
		t.Errorf("inspect: %v", reply)
	}
	if reply = f.ask(f.shell, "inspect_request", dict{"code": "nothing", "cursor_pos": 3}); reply["found"] != false {
		t.Errorf("inspect nothing: %v", reply)
	}
	if reply = f.ask(f.shell, "history_request", dict{"hist_access_type": "tail", "n": 5}); len(reply["history"].([]any)) != 1 {
		t.Errorf("history: %v", reply)
	}
	if reply = f.ask(f.shell, "kernel_info_request", dict{}); reply["protocol_version"] != "5.3" || reply["implementation"] != "gophernotes" {
		t.Errorf("info: %v", reply)
	}
}

// TestHistory asks for the cells that ran in each way.
func TestHistory(t *testing.T) {
	f := start(t)
	for _, code := range []string{"x := 1", "x", "x + 1", "x"} {
		f.run(code)
	}
	for _, c := range []struct {
		ask  dict
		want string
	}{
		{dict{"hist_access_type": "tail", "n": 2}, `[[0,3,"x + 1"],[0,4,"x"]]`},
		{dict{"hist_access_type": "tail", "n": 1, "output": true}, `[[0,4,["x",null]]]`},
		{dict{"hist_access_type": "range", "session": 0, "start": 2, "stop": 4}, `[[0,2,"x"],[0,3,"x + 1"]]`},
		{dict{"hist_access_type": "search", "pattern": "x*1"}, `[[0,1,"x := 1"],[0,3,"x + 1"]]`},
		{dict{"hist_access_type": "search", "pattern": "?", "unique": true}, `[[0,4,"x"]]`},
		{dict{"hist_access_type": "search", "pattern": "x*", "n": 1}, `[[0,4,"x"]]`},
		{dict{"hist_access_type": "search", "pattern": "y"}, `[]`},
	} {
		if got, _ := json.Marshal(f.ask(f.shell, "history_request", c.ask)["history"]); string(got) != c.want {
			t.Errorf("%v: %s, expected %s", c.ask, got, c.want)
		}
	}
}

// TestKernel_quiet runs cells that show less than the interpreter would say.
func TestKernel_quiet(t *testing.T) {
	f := start(t)
	for _, code := range []string{"import \"fmt\"", "x := 1", "x := \"again\"", "fmt.Println(x)"} {
		_, shown := f.run(code)
		if len(shown["execute_result"]) > 0 {
			t.Errorf("%s: shows %v, expected nothing", code, shown["execute_result"])
		}
		for _, stream := range shown["stream"] {
			if stream["name"] != "stdout" || stream["text"] != "again\n" {
				t.Errorf("%s: says %v", code, stream)
			}
		}
	}
}

// TestKernel_aborts runs all cells of a notebook at once: after the one that
// fails none of those sent with it runs, later ones do.
func TestKernel_aborts(t *testing.T) {
	f := start(t)
	f.run("import \"time\"")
	f.run("ran := 0")
	// The others must have arrived when it fails.
	cells := []string{"Display(1); ran = 1; time.Sleep(time.Second); panic(ran)", "ran = 2", "ran = 3"}
	for _, code := range cells {
		f.send(f.shell, "execute_request", dict{"code": code})
	}
	for i, want := range []string{"error", "aborted", "aborted"} {
		if reply := f.reply(f.shell); reply["status"] != want {
			t.Errorf("cell %d: %v, expected %s", i, reply, want)
		}
		f.heard()
	}
	_, shown := f.run("ran")
	if got, _ := json.Marshal(shown["execute_result"]); !strings.Contains(string(got), `"text/plain":"1"`) {
		t.Errorf("after the failure: %s, expected 1", got)
	}
}

func TestCompleteness(t *testing.T) {
	for code, want := range map[string]string{
		"x := 1": "complete", "f(": "incomplete", "func f() {": "incomplete", "x +": "incomplete", "`abc": "incomplete", "/* x": "incomplete",
		"}": "invalid", "x++": "complete", "": "complete", "func f() { return }": "complete",
	} {
		if got := completeness(code); got != want {
			t.Errorf("%q: %s, want %s", code, got, want)
		}
	}
}

func TestSigner_refuses(t *testing.T) {
	s := signer{[]byte("key")}
	frames, err := s.frames([][]byte{[]byte("id")}, "session", "status", nil, dict{})
	if err != nil {
		t.Fatal(err)
	}
	if m, err := s.parse(frames); err != nil || m.header.Type != "status" || string(m.ids[0]) != "id" {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := (signer{[]byte("other")}).parse(frames); err == nil || !strings.Contains(err.Error(), "wrong signature") {
		t.Errorf("another key: %v", err)
	}
	if _, err := s.parse(frames[:4]); err == nil || !strings.Contains(err.Error(), "4 frames") {
		t.Errorf("a short message: %v", err)
	}
}

func TestReadConnection_refuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "read connection file",
		`{"transport":"tcp"}`:                "expected transport, ip and five ports",
		`{"signature_scheme":"hmac-sha512"}`: "expected hmac-sha256",
	} {
		path := filepath.Join(t.TempDir(), "c.json")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadConnection(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestWholeLetters(t *testing.T) {
	for text, want := range map[string]int{"abc": 3, "": 0, "h\xe1\xbb": 1, "học": 5, "\xe1": 0, "ab\xff": 3} {
		if got := wholeLetters([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
