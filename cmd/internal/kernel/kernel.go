package kernel

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/cosmos72/gomacro/imports"
	"github.com/pkg/errors"
)

// Kernel answers the messages of a front end.
type Kernel struct {
	sockets *sockets
	signer  signer
	session string
	version string

	signatures signatures // of all messages that came

	interpreter *interpreter
	executed    int
	history     []past
	failedAt    time.Time       // when a cell last failed: those that waited for it do not run
	shown       map[string]bool // displays that exist, by their ids

	mu     sync.Mutex
	parent json.RawMessage    // header of the request that is being answered
	cancel context.CancelFunc // ends the context of the running cell; nil between cells
	cell   context.Context
	stop   context.CancelFunc
}

// Run runs a kernel until it is told to shut down or ctx is done.
func Run(ctx context.Context, c Connection, version string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s, err := listen(ctx, c)
	if err != nil {
		return err
	}
	defer s.close()
	k := &Kernel{sockets: s, signer: signer{[]byte(c.Key)}, session: newID(), version: version, shown: map[string]bool{}, stop: stop}
	k.interpreter = newInterpreter(map[string]imports.Package{"display": k.displayPackage()})
	if err := k.interpreter.importDisplay(); err != nil {
		return errors.Wrap(err, "start the interpreter")
	}
	k.interpreter.ir.DeclFunc("Context", k.context)
	k.interpreter.ir.DeclFunc("Display", k.show)
	go k.beat(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	defer signal.Stop(signals)
	go func() {
		for {
			select {
			case <-signals:
				k.interrupt()
			case <-ctx.Done():
				k.interrupt()
				return
			}
		}
	}()
	go k.serve(ctx, s.control)
	k.serve(ctx, s.shell)
	return nil
}

// context returns the context of the running cell, which an interrupt ends:
// long calls of compiled code take it and stop.
func (k *Kernel) context() context.Context {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.cell == nil {
		return context.Background()
	}
	return k.cell
}

// interrupt ends the running cell; between cells it does nothing.
func (k *Kernel) interrupt() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.cancel != nil {
		k.cancel()
		k.interpreter.ir.Interrupt(os.Interrupt)
	}
}

// beat sends back what comes in on the heartbeat socket. A message that cannot be
// answered is passed over: the next can.
func (k *Kernel) beat(ctx context.Context) {
	for ctx.Err() == nil {
		if m, err := k.sockets.heartbeat.Recv(); err == nil {
			_ = k.sockets.heartbeat.send(m.Frames)
		}
	}
}

// mostRefusals is how many messages of others are reported: more would fill the
// log of a front end.
const mostRefusals = 10

// serve answers the requests on a socket one after the other. They are taken from
// the socket at once, so that it is known which of them waited for a cell.
func (k *Kernel) serve(ctx context.Context, s *socket) {
	requests := make(chan *message, 1024)
	go func() {
		defer close(requests)
		refused := 0
		for ctx.Err() == nil {
			frames, err := s.Recv()
			if err != nil {
				continue // a message that is none; the socket's end is the context's
			}
			m, err := k.signer.parse(frames.Frames)
			if err == nil && !k.signatures.add(m.signature) {
				err = errors.New("a message that came before")
			}
			if err != nil {
				if refused++; refused <= mostRefusals {
					fmt.Fprintln(os.Stderr, "gophernotes:", err) // somebody else's message: not answered
				}
				continue
			}
			m.arrived = time.Now()
			requests <- m
		}
	}()
	for m := range requests {
		if ctx.Err() != nil {
			return
		}
		k.handle(s, m)
	}
}

// handle answers a request between the states busy and idle.
func (k *Kernel) handle(s *socket, m *message) {
	onShell := s == k.sockets.shell
	if onShell {
		k.mu.Lock()
		k.parent = m.parent
		k.mu.Unlock()
	}
	k.status(m, "busy")
	defer k.status(m, "idle")
	var reply dict
	var kind string
	switch m.header.Type {
	case "kernel_info_request":
		kind, reply = "kernel_info_reply", k.info()
	case "execute_request":
		kind, reply = "execute_reply", k.execute(m)
	case "complete_request":
		kind, reply = "complete_reply", k.complete(m)
	case "inspect_request":
		kind, reply = "inspect_reply", k.inspect(m)
	case "is_complete_request":
		kind, reply = "is_complete_reply", isComplete(m)
	case "history_request":
		kind, reply = "history_reply", k.historyOf(m)
	case "comm_info_request":
		kind, reply = "comm_info_reply", dict{"status": "ok", "comms": dict{}}
	case "interrupt_request":
		k.interrupt()
		kind, reply = "interrupt_reply", dict{"status": "ok"}
	case "shutdown_request":
		var c struct {
			Restart bool `json:"restart"`
		}
		_ = json.Unmarshal(m.content, &c)
		k.answer(s, m, "shutdown_reply", dict{"status": "ok", "restart": c.Restart})
		k.interrupt()
		// The reply leaves before the sockets close.
		time.AfterFunc(50*time.Millisecond, func() { k.stop(); k.sockets.close() })
		return
	default:
		return // comm messages and others that need no answer
	}
	k.answer(s, m, kind, reply)
}

func (k *Kernel) answer(s *socket, m *message, kind string, reply dict) {
	frames, err := k.signer.frames(m.ids, k.session, kind, m.parent, reply)
	if err == nil {
		err = s.send(frames)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "gophernotes: %s: %v\n", kind, err)
	}
}

// publish sends a message to all front ends, in answer to the present request.
func (k *Kernel) publish(kind string, content any) error {
	k.mu.Lock()
	parent := k.parent
	k.mu.Unlock()
	return k.publishTo(parent, kind, content)
}

func (k *Kernel) publishTo(parent json.RawMessage, kind string, content any) error {
	frames, err := k.signer.frames([][]byte{[]byte(kind)}, k.session, kind, parent, content)
	if err != nil {
		return err
	}
	return k.sockets.iopub.send(frames)
}

func (k *Kernel) status(m *message, state string) {
	if err := k.publishTo(m.parent, "status", dict{"execution_state": state}); err != nil {
		fmt.Fprintf(os.Stderr, "gophernotes: status: %v\n", err)
	}
}

func (k *Kernel) info() dict {
	return dict{
		"status": "ok", "protocol_version": protocol, "implementation": "gophernotes", "implementation_version": k.version,
		"language_info": dict{
			"name": "go", "version": runtime.Version(), "mimetype": "text/x-go", "file_extension": ".go",
			"pygments_lexer": "go", "codemirror_mode": "go",
		},
		"banner":     "Go notebooks with hocsau. Import its packages by their paths; :help lists the commands.",
		"help_links": []dict{{"text": "hocsau", "url": "https://pkg.go.dev/github.com/hocsau/hocsau"}, {"text": "Go", "url": "https://go.dev/doc/"}},
	}
}

// execute runs a cell.
func (k *Kernel) execute(m *message) dict {
	var c struct {
		Code         string `json:"code"`
		Silent       bool   `json:"silent"`
		StoreHistory *bool  `json:"store_history"`
		StopOnError  *bool  `json:"stop_on_error"`
	}
	if err := json.Unmarshal(m.content, &c); err != nil {
		return k.failed(&failure{name: "BadRequest", says: err.Error(), trace: []string{err.Error()}})
	}
	if m.arrived.Before(k.failedAt) {
		return dict{"status": "aborted", "execution_count": k.executed, "user_expressions": dict{}, "payload": []any{}}
	}
	if !c.Silent && (c.StoreHistory == nil || *c.StoreHistory) {
		k.executed++
		k.history = append(k.history, past{line: k.executed, code: c.Code})
	}
	reply := k.run(c.Code, c.Silent)
	if reply["status"] == "error" && (c.StopOnError == nil || *c.StopOnError) {
		k.failedAt = time.Now()
	}
	return reply
}

// run runs the code of a cell and returns the reply.
func (k *Kernel) run(source string, silent bool) dict {
	if !silent {
		_ = k.publish("execute_input", dict{"code": source, "execution_count": k.executed})
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	k.mu.Lock()
	k.cell, k.cancel = ctx, cancel
	k.mu.Unlock()
	var r result
	var failed *failure
	restore, err := k.capture()
	if err != nil {
		return k.failed(&failure{name: "Error", says: err.Error(), trace: []string{err.Error()}})
	}
	code, special, failed := k.special(source)
	if failed == nil && !special {
		r, failed = k.interpreter.eval(code)
	}
	k.mu.Lock()
	k.cell, k.cancel = nil, nil
	k.mu.Unlock()
	restore()
	if failed != nil {
		return k.failed(failed)
	}
	if r.shown && !silent {
		if failed := k.showResult(r); failed != nil {
			return k.failed(failed)
		}
	}
	return dict{"status": "ok", "execution_count": k.executed, "user_expressions": dict{}, "payload": []any{}}
}

// showResult publishes the values of the last expression. An error that is not
// nil is the cell's where a call returned it; a variable that holds one is shown.
func (k *Kernel) showResult(r result) *failure {
	last := len(r.values) - 1
	if r.called && last >= 0 {
		if err, ok := r.values[last].v.(error); ok {
			return failureOf(err)
		}
	}
	var shown []Data
	var plain []string
	for i, x := range r.values {
		if x.v == nil && i == last {
			continue // no error
		}
		d, err := renderAll(x.v, k.interpreter.forms(x.v, x.t))
		if err != nil {
			return failureOf(err)
		}
		if len(d.Data) > 1 {
			shown = append(shown, d)
		} else {
			plain = append(plain, fmt.Sprint(d.Data[mimeText]))
		}
	}
	if len(plain) > 0 {
		shown = append(shown, Data{Data: MIMEMap{mimeText: strings.Join(plain, " ")}})
	}
	for i, d := range shown {
		c := content(d)
		kind := "display_data"
		if i == len(shown)-1 {
			kind, c["execution_count"] = "execute_result", k.executed
			delete(c, "transient")
		}
		_ = k.publish(kind, c)
	}
	return nil
}

// failureOf is an error that a cell returned.
func failureOf(err error) *failure {
	return &failure{name: "error", says: err.Error(), trace: []string{"error: " + err.Error()}}
}

// failed publishes an error and returns the reply that says so.
func (k *Kernel) failed(f *failure) dict {
	c := dict{"ename": f.name, "evalue": f.says, "traceback": f.trace}
	_ = k.publish("error", c)
	reply := dict{"status": "error", "execution_count": k.executed, "user_expressions": dict{}, "payload": []any{}}
	for key, v := range c {
		reply[key] = v
	}
	return reply
}

// capture sends what is written to the standard output and error to the front
// end as it comes, until the function that it returns is called.
func (k *Kernel) capture() (restore func(), err error) {
	out, errs := os.Stdout, os.Stderr
	readOut, writeOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Wrap(err, "capture the output")
	}
	readErr, writeErr, err := os.Pipe()
	if err != nil {
		_, _ = readOut.Close(), writeOut.Close()
		return nil, errors.Wrap(err, "capture the output")
	}
	os.Stdout, os.Stderr = writeOut, writeErr
	k.interpreter.ir.Comp.Globals.Stdout = writeOut
	k.interpreter.ir.Comp.Globals.Stderr = io.Discard // its warnings of names that are declared anew
	var done sync.WaitGroup
	for name, from := range map[string]*os.File{"stdout": readOut, "stderr": readErr} {
		done.Go(func() {
			k.stream(name, from)
			_ = from.Close()
		})
	}
	return func() {
		os.Stdout, os.Stderr = out, errs
		k.interpreter.ir.Comp.Globals.Stdout = out
		_, _ = writeOut.Close(), writeErr.Close()
		done.Wait()
	}, nil
}

func (k *Kernel) stream(name string, from io.Reader) {
	buffer := make([]byte, 32<<10)
	kept := 0 // bytes of a letter whose rest has not come yet
	for {
		n, err := from.Read(buffer[kept:])
		n += kept
		whole := wholeLetters(buffer[:n])
		if err != nil {
			whole = n
		}
		if whole > 0 {
			_ = k.publish("stream", dict{"name": name, "text": string(buffer[:whole])})
		}
		kept = copy(buffer, buffer[whole:n])
		if err != nil {
			return
		}
	}
}
